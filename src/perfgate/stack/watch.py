"""The stack watched while the load runs: by the engine's events, and by looking every two seconds.

Both are needed. Only the events tell of a worker process killed for memory in a container that goes on; only looking
tells what was missed while the stream of events was broken.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

from perfgate.stack.engine import ENGINE_ERRORS, Engine
from perfgate.stack.faults import Faults
from perfgate.stack.states import ContainerState, FaultKind, broke, read_state

LOOK_EVERY: Final = 2.0  # seconds
BLIND_LIMIT: Final = 3  # failed looks in a row; then nothing is known about the stack any more
_JOIN_LIMIT: Final = 5.0  # seconds
_RETRY_AFTER: Final = 0.5  # seconds


class Watch:
    """From its making on, what changes in the containers of a run is a fault; the looking is done inside `with`."""

    def __init__(self, engine: Engine, key: str, faults: Faults) -> None:
        """Raises one of `ENGINE_ERRORS`."""
        self._engine = engine
        self._key = key
        self._faults = faults
        self._since = engine.clock()
        self.containers = engine.containers(key)  # as inspected
        self._before = {state.id: state for state in map(read_state, self.containers)}
        self._nudge = threading.Event()
        self._over = threading.Event()
        self._stream: Any = None
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._listen, self._look_on)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._nudge.set()
        if self._stream is not None:
            self._stream.close()
        for thread in self._threads:
            thread.join(_JOIN_LIMIT)

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                self._stream = self._engine.events(self._key, self._since)
                if self._over.is_set():  # `stop` came too early to close it
                    self._stream.close()
                for event in self._stream:
                    self._since = f"{event['timeNano'] / 1e9:.6f}"
                    self._hear(event)
            except ENGINE_ERRORS:
                pass  # whether the engine is gone is for the looks to say
            self._over.wait(_RETRY_AFTER)

    def _hear(self, event: Mapping[str, Any]) -> None:
        state = self._before.get(event["Actor"]["ID"])
        if state is None:
            return
        if event["Action"] == "oom":
            self._add(state, "oom-killed", "a process of it was killed for memory")
        elif event["Action"] == "health_status: unhealthy":
            self._add(state, "unhealthy", "its health check fails")
        self._nudge.set()

    def _look_on(self) -> None:
        blind = 0
        while not self._over.is_set():
            try:
                self._look()
                blind = 0
            except ENGINE_ERRORS as error:
                blind += 1
                if blind == BLIND_LIMIT:
                    self._faults.add("engine", "(Docker engine)", "gone", f"it stopped answering: {error}", "")
            self._nudge.wait(LOOK_EVERY)
            self._nudge.clear()

    def _look(self) -> None:
        for before in self._before.values():
            inspected = self._engine.inspect(before.id)
            if found := broke(before, read_state(inspected) if inspected else None):
                self._add(before, *found)

    def _add(self, state: ContainerState, kind: FaultKind, detail: str) -> None:
        if not self._faults.has(state.id, kind):
            self._faults.add(state.id, state.service, kind, detail, self._engine.log_tail(state.id))

"""The master's part of a shared load: who works, what they recorded, who was lost. Generates nothing itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gevent
from gevent.event import Event

from perfgate.load.inside.messages import END, HELLO, JOINED, PIECE, PLAN
from perfgate.load.inside.recorder import Flushed
from perfgate.load.inside.sinks import FileSink

if TYPE_CHECKING:  # importing it replaces the standard library's sockets, which the tests of this module can do without
    from locust.runners import MasterRunner

MISSING: Final = "missing"  # `locust.runners.STATE_MISSING`
JOINED_WITHIN: Final = 30.0  # seconds after the last of them connected
END_WITHIN: Final = 30.0  # seconds beyond Locust's stop timeout, for the last pieces
SLOW_CLOCK: Final = 0.05  # seconds; a clock less surely known is told
POLL: Final = 0.02

_log = logging.getLogger("perfgate")


@dataclass
class Worker:
    """As the master knows it. `counted` is what Locust's own reports of it add up to."""

    share: int
    name: str = ""
    clock_error: float = 0.0
    clock_offset: float = 0.0
    joined: bool = False
    heard_at: float = 0.0  # seconds since the epoch
    sink: FileSink | None = None
    pieces: int = 0
    torn: bool = False
    counted: int = 0
    totals: dict[str, Any] | None = None  # it has sent everything
    lost_at: float | None = None  # seconds since the epoch


@dataclass
class Gathering:
    """Raises nothing in Locust's message loop: what cannot be used or written is a lost worker, or `failed`."""

    runner: MasterRunner
    expected: int
    folder: Path
    fail: Callable[[OSError], None]
    note: Callable[[str], None]
    lent: Mapping[str, Any]  # what a worker of another machine needs; the answer to `PLAN`
    workers: dict[str, Worker] = field(default_factory=dict)
    requests: int = 0
    failures: int = 0
    _begun: bool = False
    _ending: bool = False
    _ended: Event = field(default_factory=Event)
    _flushed: list[Flushed] = field(default_factory=list)

    def listen(self) -> None:
        self.runner.register_message(HELLO, self._on_hello)
        self.runner.register_message(JOINED, self._on_joined)
        self.runner.register_message(PIECE, self._on_piece)
        self.runner.register_message(PLAN, self._on_plan)
        quit_at_once = self.runner.quit

        def quit_when_gathered() -> None:
            """Two may want the end at once, a shape and the planned time; the second must not cut the first short."""
            if self._ending:
                self._ended.wait()
            quit_at_once()

        self.runner.quit = quit_when_gathered
        self.runner.environment.events.worker_report.add_listener(self._on_report)

    def _on_plan(self, msg: Any, **_: Any) -> None:
        self.runner.send_message(PLAN, dict(self.lent), client_id=msg.node_id)

    def _on_hello(self, msg: Any, **_: Any) -> None:
        worker = self.workers.get(msg.node_id) or self._take_in(msg.node_id)
        share = None if worker is None else (worker.share, self.expected)
        answer = {"share": share, "sent": msg.data["sent"], "at": time.time()}
        self.runner.send_message(HELLO, answer, client_id=msg.node_id)

    def _take_in(self, node: str) -> Worker | None:
        """A share that nobody has; None: the load has begun, or has all its workers."""
        if self._begun:
            return None
        for other in [each for each in self.workers if not self._is_there(each)]:
            del self.workers[other]
        taken = {each.share for each in self.workers.values()}
        share = next((each for each in range(self.expected) if each not in taken), None)
        if share is None:
            return None
        self.workers[node] = Worker(share)
        return self.workers[node]

    def _on_joined(self, msg: Any, **_: Any) -> None:
        worker = self.workers.get(msg.node_id)
        if worker is None:
            return
        worker.name = f"{msg.data['host']}:{msg.data['process']}"
        worker.clock_offset, worker.clock_error = float(msg.data["clock_offset"]), float(msg.data["clock_error"])
        worker.joined, worker.heard_at = True, time.time()

    def wait_for_all(self) -> bool:
        """Until everybody has a share and a clock. False: somebody did not come to it."""
        deadline = time.monotonic() + JOINED_WITHIN
        while sum(each.joined for each in self.workers.values()) < self.expected:
            if time.monotonic() > deadline:
                return False
            gevent.sleep(POLL)
        self._begun = True
        for worker in self.workers.values():
            if worker.clock_error > SLOW_CLOCK:
                self.note(
                    f"The clock of worker {worker.name} is known to within {worker.clock_error:.3f} s only; its "
                    "requests may be placed that much too early or too late."
                )
        return True

    def _on_piece(self, msg: Any, **_: Any) -> None:
        worker, data = self.workers.get(msg.node_id), msg.data
        if worker is None or worker.torn:
            return
        if data["number"] != worker.pieces:
            self.note(f"Piece {worker.pieces} of the recording of worker {worker.name} is missing; it ends there.")
            worker.torn, worker.lost_at = True, worker.heard_at
            return
        try:
            if worker.sink is None:
                worker.sink = FileSink(self.folder / f"requests-worker-{worker.share}.pgr")
            worker.sink.write(data["data"])
        except OSError as error:
            self.fail(error)
            return
        worker.pieces += 1
        worker.heard_at = time.time()
        self.requests += data["requests"]
        self.failures += data["failures"]
        self._flushed.append(Flushed(data["requests"], data["failures"], tuple(data["times"])))
        if "totals" in data:
            worker.totals = data["totals"]
            if not self._ending:
                worker.lost_at = worker.lost_at or time.time()
                self.note(f"Worker {worker.name} left before the load ended; its users are gone from the load.")

    def _on_report(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        if client_id in self.workers:
            self.workers[client_id].counted += data["stats_total"]["num_requests"]

    def take_flushed(self) -> Flushed:
        """What came in since the last call."""
        pieces, self._flushed = self._flushed, []
        return Flushed(
            sum(each.requests for each in pieces),
            sum(each.failures for each in pieces),
            tuple(seconds for each in pieces for seconds in each.response_times),
        )

    def look(self) -> None:
        """Who is there? To be asked about once a second; each loss is told once."""
        for node, worker in self.workers.items():
            if worker.totals is None and not worker.torn and not self._is_there(node):
                worker.torn = True  # what might still come from it would be without an end
                worker.lost_at = worker.heard_at
                self.note(f"Worker {worker.name} was lost; its users are gone from the load.")

    def _is_there(self, node: str) -> bool:
        client = self.runner.clients.get(node)
        return client is not None and client.state != MISSING

    def anybody_is_there(self) -> bool:
        return any(self._is_there(each) for each in self.workers)

    def end(self, stop_timeout: float) -> None:
        """Ask everybody to stop, and wait for the last pieces; whoever does not send its own in time is lost."""
        self._ending = True
        waiting = [node for node, each in self.workers.items() if each.totals is None and self._is_there(node)]
        for node in waiting:
            self.runner.send_message(END, None, client_id=node)
        deadline = time.monotonic() + stop_timeout + END_WITHIN
        while any(self.workers[each].totals is None and not self.workers[each].torn for each in waiting):
            if time.monotonic() > deadline:
                break
            gevent.sleep(POLL)
            self.look()
        for worker in self.workers.values():
            if worker.totals is None:
                worker.lost_at = worker.lost_at or worker.heard_at
        self._ended.set()

    def close(self) -> None:
        for worker in self.workers.values():
            if worker.sink is not None:
                worker.sink.close()
                worker.sink = None

    def described(self) -> list[dict[str, Any]]:
        """For the end of the master's recording; see `driving`."""
        ordered = sorted(self.workers.values(), key=lambda each: each.share)
        return [
            {
                "share": each.share,
                "name": each.name,
                "lost_at": each.lost_at,
                "counted": each.counted if each.totals is None else each.totals["locust_requests"],
                "untimed": 0 if each.totals is None else each.totals["untimed"],
                "clock_offset": each.clock_offset,
                "clock_error": each.clock_error,
                "clock_drift": 0.0 if each.totals is None else each.totals["clock_offset"] - each.clock_offset,
            }
            for each in ordered
        ]

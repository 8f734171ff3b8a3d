"""What broke while the load ran, collected."""

from __future__ import annotations

import threading
import time
from typing import Final

from perfgate.records.stack import StackFault
from perfgate.stack.states import FaultKind

_LOG_LIMIT: Final = 20_000  # characters, as `StackFault.log_tail` takes them


class Faults:
    """Each kind once for each container or process; may be written and read by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], StackFault] = {}
        self._zero: float | None = None

    def load_started(self) -> None:
        self._zero = time.monotonic()

    def add(self, source: str, service: str, kind: FaultKind, detail: str, log_tail: str) -> None:
        since = 0.0 if self._zero is None else time.monotonic() - self._zero
        fault = StackFault(
            service=service[:256], kind=kind, at=since, detail=detail[:500], log_tail=log_tail[-_LOG_LIMIT:]
        )
        with self._lock:
            self._found.setdefault((source, kind), fault)

    def has(self, source: str, kind: str) -> bool:
        with self._lock:
            return (source, kind) in self._found

    def all(self) -> tuple[StackFault, ...]:
        with self._lock:
            return tuple(self._found.values())

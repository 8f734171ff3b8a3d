"""A stack that already runs somewhere: nothing to start, nothing to stop, only to wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from perfgate.records.stack import Service, StackFault, StackKind
from perfgate.settings.stack import Ready
from perfgate.stack.digest import digest
from perfgate.stack.readiness import Deadline, resolve, wait_for_answer
from perfgate.stack.target import Target


@dataclass(frozen=True)
class ExternalStack:
    target: str
    seconds_to_ready: float
    digest: str
    kind: StackKind = StackKind.EXTERNAL
    hosts: Mapping[str, str] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    containers: Mapping[str, str] = field(default_factory=dict)
    processes: Mapping[int, str] = field(default_factory=dict)
    engine_api: None = None

    def load_started(self) -> None:
        """Nothing is watched."""

    def faults(self) -> tuple[StackFault, ...]:
        return ()

    def usage(self) -> None:
        """It is elsewhere."""

    def save_logs(self, folder: Path) -> None:
        """There are none to be had."""


@contextmanager
def open_external(target: Target, ready: Ready, *, say: Callable[[str], None]) -> Iterator[ExternalStack]:
    deadline = Deadline(ready.within)
    wait_for_answer(
        target, ready, address=resolve(target), deadline=deadline, meanwhile=lambda: None, evidence=lambda: ""
    )
    say(f"{target.url} answers")
    yield ExternalStack(
        target=target.url,
        seconds_to_ready=deadline.used,
        digest=digest({"kind": StackKind.EXTERNAL.value, "target": target.url}),
    )

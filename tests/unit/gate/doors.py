"""Doors that lead nowhere: they note what was done through them, in order, and answer as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from perfgate import gate
from perfgate.errors import PerfGateError
from perfgate.load.driving import Driven
from perfgate.load.order import LoadOrder
from perfgate.machine import Machine
from perfgate.output import OutputFolder
from perfgate.records.baseline import Baseline
from perfgate.records.measurement import Subject
from perfgate.records.progress import Progress
from perfgate.records.stack import Service, StackFault, StackKind
from perfgate.records.starts import StartsCompared
from perfgate.records.telemetry import SamplingCost, Telemetry
from perfgate.records.verdict import Verdict
from perfgate.settings.model import File
from perfgate.settings.policy import Overrides, judging_policy, resolve_policy
from perfgate.stack.site import Site
from perfgate.stack.usage import Usage
from perfgate.telemetry.watched import Watched
from tests.builders import SECONDS, START, recording, times

FAULT = StackFault(service="api", kind="oom-killed", at=3, detail="a process of it was killed", log_tail="last words")
SOUND: Mapping[str, Sequence[float]] = {"GET /": tuple(times(0.05, 600))}
SCENARIO: Mapping[str, Any] = {"traffic": {"requests": [{"get": "/"}]}, "users": 10, "duration": "60s", "warm_up": "0s"}


def shut(*_: object, **__: object) -> NoReturn:
    raise AssertionError("a run that is compared with stored ones has no need of this door")


@dataclass
class FakeStack:
    world: World
    kind: StackKind = StackKind.PROCESS
    target: str = "http://127.0.0.1:1"
    digest: str = "stack-1"
    services: tuple[Service, ...] = (Service(name="api"),)
    hosts: Mapping[str, str] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    containers: Mapping[str, str] = field(default_factory=dict)
    processes: Mapping[int, str] = field(default_factory=dict)
    engine_api: None = None

    @property
    def seconds_to_ready(self) -> float:
        return self.world.seconds_to_ready

    def load_started(self) -> None:
        self.world.did.append("load started")

    def faults(self) -> tuple[StackFault, ...]:
        return self.world.faults

    def usage(self) -> Usage | None:
        return self.world.usage

    def save_logs(self, folder: Path) -> None:
        """There are none."""


@dataclass
class FakeWatching:
    world: World

    def wait_for_drain(self, started_at: float, ended_at: float) -> None:
        self.world.watched.append(f"drained after {ended_at - started_at:g}")

    def result(self, started_at: float, ended_at: float, warm_up: float, faults: Sequence[StackFault]) -> Telemetry:
        return Telemetry(
            started_at=started_at,
            warm_up=warm_up,
            load=ended_at - started_at,
            series=(),
            events=(),
            gaps=(),
            drains=(),
            cost=SamplingCost(cpu=0, wall=60, samples=0),
        )


@dataclass
class World:
    """`did` tells what happened in which order. `answers` are the response times that a load measures."""

    out: Path
    did: list[str] = field(default_factory=list)
    watched: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    stored: dict[str, list[Baseline]] = field(default_factory=dict)
    kept: list[Baseline] = field(default_factory=list)
    starts: list[StartsCompared] = field(default_factory=list)
    pruned: list[tuple[str, int]] = field(default_factory=list)
    asked: list[tuple[str, int | None]] = field(default_factory=list)
    orders: list[LoadOrder] = field(default_factory=list)
    faults: tuple[StackFault, ...] = ()
    answers: Callable[[str], Any] = lambda _: recording(SOUND)
    driven: dict[str, Any] = field(default_factory=dict)
    during_load: Callable[[Callable[[], bool]], None] = lambda _: None
    on_open: Callable[[], None] = lambda: None
    on_store: Callable[[], None] = lambda: None
    on_read: Callable[[], None] = lambda: None
    usage: Usage | None = None
    seconds_to_ready: float = 1.5
    clock: datetime = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

    # The stack

    @contextmanager
    def open_stack(self, _stack: object, kind: StackKind, site: Site) -> Iterator[FakeStack]:
        self.did.append("open")
        assert site.logs.is_dir()
        try:
            self.on_open()
            yield FakeStack(self, kind=kind)
        finally:
            self.did.append("close")

    # What is watched

    @contextmanager
    def watch(self, _asked: object, watched: Watched, _api: object) -> Iterator[FakeWatching]:
        self.watched.append("begun" if self.did[-1] == "open" else "too early or too late")
        yield FakeWatching(self)
        self.watched.append("ended while the stack was up" if "close" not in self.did else "too late")

    # The load

    def drive(
        self,
        order: LoadOrder,
        *,
        environ: Mapping[str, str],
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        on_started: Callable[[], None] = lambda: None,
    ) -> Driven:
        on_started()
        self.did.append(f"drive {order.profile.duration:g}")
        self.orders.append(order)
        self.during_load(should_stop)
        told: dict[str, Any] = {
            "files": (),
            "recording": self.answers(order.out.name),
            "started_at": START,
            "ended_at": START + SECONDS,
            "ended_because": "duration",
            "exit_code": 0,
            "locust_version": "2.40",
            "users_reached": order.profile.users,
            "requests_lost": 0,
            "arrivals_unsent": 0,
            "refusals": (),
            "notes": (),
        }
        return Driven(**{**told, **self.driven})

    # The store

    def read(self, scenario: str, *, limit: int | None = None) -> tuple[Baseline, ...]:
        self.did.append("read")
        self.asked.append((scenario, limit))
        self.on_read()
        return tuple(self.stored.get(scenario, ()))

    def write(self, baseline: Baseline) -> str:
        self.did.append("store")
        self.on_store()
        self.kept.append(baseline)
        self.stored.setdefault(baseline.measurement.scenario.name, []).insert(0, baseline)
        return "somewhere"

    def read_starts(self, scenario: str, *, limit: int) -> tuple[StartsCompared, ...]:
        return tuple(self.starts[:limit])

    def write_starts(self, starts: StartsCompared) -> str:
        self.did.append("store starts")
        self.starts.insert(0, starts)
        return "somewhere"

    def prune(self, scenario: str, keep: int) -> tuple[str, ...]:
        self.did.append("prune")
        self.pruned.append((scenario, keep))
        return ()

    # The console

    def stage(self, title: str) -> None:
        self.said.append(title)

    def line(self, text: str) -> None:
        self.said.append(text)

    def progress(self, progress: Progress) -> None:
        """Nobody watches."""

    def final(self, text: str, verdict: Verdict) -> None:
        raise AssertionError("the table is for the door that called")

    def command(self, text: str) -> None:
        raise AssertionError("workflow commands are for the door that called")

    def error(self, error: PerfGateError) -> None:
        raise AssertionError("errors are for the door that called")

    def now(self) -> datetime:
        self.clock += timedelta(minutes=1)
        return self.clock

    @property
    def doors(self) -> Any:
        """Those that only a comparison side by side opens stay shut."""
        doors: dict[str, Any] = {
            "open_stack": self.open_stack,
            "drive": self.drive,
            "watch": self.watch,
            "store": self,
            "console": self,
            "now": self.now,
            "machine": Machine("cpu-1", 2, 2**30, "Linux x86_64", "6", "3.11"),
            "subject": Subject(commit="c" * 40, branch="main", dirty=False),
            "environ": {},
            "steps_before": None,
        }
        return gate.Doors(**{each.name: shut for each in fields(gate.Doors)} | doors)

    def order(
        self,
        *,
        scenarios: Mapping[str, Any] | None = None,
        event: str = "local",
        overrides: Overrides | None = None,
        duration: float | None = None,
        **keys: Any,
    ) -> Any:
        file = File.model_validate(
            {
                "stack": {"target": "http://127.0.0.1:1", "process": {"commands": {"api": {"run": ["true"]}}}},
                "scenarios": scenarios or {"baseline": SCENARIO},
                "policy": {event: {"compare": "stored"}},
                **keys,
            }
        )
        return gate.Order(
            file=file,
            folder=self.out.parent,
            policy=resolve_policy(file, event=event, branch="main", overrides=overrides or Overrides()),
            judging=judging_policy(file),
            stack_kind=StackKind.PROCESS,
            duration=duration,
            out=OutputFolder(self.out),
        )

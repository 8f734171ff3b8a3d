"""What a run is to do, and everything of the outside world that it touches: handed in, so that the story is plain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from perfgate.baselines.store import Store
from perfgate.checkout import Base
from perfgate.console import Console
from perfgate.load.driving import Driven
from perfgate.load.metering import ReadCpu
from perfgate.load.order import LoadOrder
from perfgate.load.pairing import Enough, PairedLoad, PairedOrder
from perfgate.machine import Machine
from perfgate.output import OutputFolder
from perfgate.records.baseline import Baseline
from perfgate.records.criteria import Policy, Rules
from perfgate.records.measurement import Measurement, Subject
from perfgate.records.pairs import Side
from perfgate.records.progress import Progress
from perfgate.records.stack import StackFault, StackKind
from perfgate.records.step import Step
from perfgate.records.telemetry import SeriesKey, Telemetry
from perfgate.settings.model import File
from perfgate.settings.policy import RunPolicy
from perfgate.settings.stack import Stack as StackSettings
from perfgate.settings.telemetry import Telemetry as TelemetrySettings
from perfgate.stack.opening import RunningStack
from perfgate.stack.site import Site
from perfgate.telemetry.watched import Watched


class OpenStack(Protocol):
    def __call__(
        self,
        stack: StackSettings,
        kind: StackKind,
        site: Site,
        /,
    ) -> AbstractContextManager[RunningStack]: ...


class Drive(Protocol):
    def __call__(
        self,
        order: LoadOrder,
        *,
        environ: Mapping[str, str],
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        on_started: Callable[[], None] = ...,
    ) -> Driven: ...


class DrivePairs(Protocol):
    def __call__(
        self,
        order: PairedOrder,
        *,
        environ: Mapping[str, str],
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        enough: Enough,
        cpu: Mapping[Side, ReadCpu],
    ) -> PairedLoad: ...


class Watching(Protocol):
    """A watch that runs; see `telemetry.watching`."""

    def now(self) -> Mapping[SeriesKey, float]: ...

    def wait_for_drain(self, started_at: float, ended_at: float) -> None: ...

    def result(self, started_at: float, ended_at: float, warm_up: float, faults: Sequence[StackFault]) -> Telemetry: ...


class Watch(Protocol):
    def __call__(self, asked: TelemetrySettings, watched: Watched, api: Any, /) -> AbstractContextManager[Watching]: ...


@dataclass(frozen=True)
class Doors:
    open_stack: OpenStack
    drive: Drive
    drive_pairs: DrivePairs
    watch: Watch
    open_base: Callable[[], AbstractContextManager[Base]]
    open_reference: Callable[[str], AbstractContextManager[Base]]
    free_port: Callable[[], int]
    random_seed: Callable[[], int]
    available_memory: Callable[[], int | None]  # bytes; None: the system does not say
    store: Store
    console: Console
    now: Callable[[], datetime]
    machine: Machine
    subject: Subject
    environ: Mapping[str, str]
    # Where the level of stored runs like a measurement has changed; None: what finds it is not installed.
    steps_before: Callable[[Measurement, Sequence[Baseline]], tuple[Step, ...]] | None = None


@dataclass(frozen=True)
class Order:
    """All decided: the file, the policy in force, what the arguments overrode."""

    file: File
    folder: Path  # of perfgate.yml
    policy: RunPolicy
    judging: Policy
    stack_kind: StackKind
    duration: float | None  # seconds, overrides each scenario's
    out: OutputFolder
    rules: Rules | None = None  # whose settings these are, where a change is proposed
    side_environ: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)  # added to the stack's, by side
    # Seconds by which a relay before a side holds up what it is sent; a side that is not named is reached directly.
    relays: Mapping[Side, float] = field(default_factory=dict)

    @property
    def sides_differ(self) -> bool:
        """By more than their code."""
        return any(each.get(Side.BASE) != each.get(Side.HEAD) for each in (self.side_environ, self.relays))

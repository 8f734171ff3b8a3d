"""The story: measure, judge, report. (Publishing is told by the doors that know where: `cli`, `action`.)

Effects are handed in as `Doors`; what passes between the stages is a record that can be saved.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from perfgate import __version__
from perfgate.baselines.store import Store
from perfgate.console import Console
from perfgate.errors import LoadError, SettingsError
from perfgate.judge.summary import Summary, summarise
from perfgate.judge.verdict import judge, judge_scenario
from perfgate.load.driving import Driven, LoadOrder, declared_endpoints
from perfgate.machine import Machine, fingerprint
from perfgate.output import OutputFolder
from perfgate.records.baseline import Baseline
from perfgate.records.criteria import Policy
from perfgate.records.judgement import Judgement, ReasonCode, ScenarioJudgement, Verdict
from perfgate.records.measurement import Load, Measurement, Scenario, Stack, StackKind, Subject
from perfgate.records.progress import Progress
from perfgate.report.documents import documents
from perfgate.settings.digest import scenario_digest
from perfgate.settings.model import File
from perfgate.settings.model import Scenario as ScenarioSettings
from perfgate.settings.model import Stack as StackSettings
from perfgate.settings.policy import RunPolicy
from perfgate.settings.profiles import Profile, resolve
from perfgate.stack.opening import RunningStack


class OpenStack(Protocol):
    def __call__(
        self,
        stack: StackSettings,
        kind: StackKind,
        *,
        folder: Path,
        key: str,
        logs: Path,
        environ: Mapping[str, str],
        say: Callable[[str], None],
    ) -> AbstractContextManager[RunningStack]: ...


class Drive(Protocol):
    def __call__(
        self,
        order: LoadOrder,
        *,
        environ: Mapping[str, str],
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
    ) -> Driven: ...


@dataclass(frozen=True)
class Doors:
    """Everything of the outside world that a run touches."""

    open_stack: OpenStack
    drive: Drive
    store: Store
    console: Console
    now: Callable[[], datetime]
    machine: Machine
    subject: Subject
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Order:
    """What is to be done, all decided: the file, the policy in force, what the arguments overrode."""

    file: File
    folder: Path  # of perfgate.yml
    policy: RunPolicy
    judging: Policy
    stack_kind: StackKind
    duration: float | None  # seconds, overrides each scenario's
    out: OutputFolder


def run(order: Order, doors: Doors) -> Judgement:
    """The whole gate. Raises a `PerfGateError` where there can be no verdict; files of finished stages stay."""
    begun = doors.now()
    order.out.prepare()
    for name in order.policy.scenarios:  # a damaged one is told before the load, not after it
        _stored(name, order, doors)
    measurements = [measure(name, order, doors) for name in order.policy.scenarios]
    histories = {each.id: read_history(each, order, doors) for each in measurements}
    judgement = decide(measurements, histories, order, judged_at=doors.now(), begun=begun)
    write_documents(judgement, order.out)
    if order.policy.store:
        store_valid(judgement, measurements, order, doors)
    return judgement


def measure(name: str, order: Order, doors: Doors) -> Measurement:
    """One scenario on a stack of its own, saved as `<out>/<scenario>/measurement.json` beside its raw columns."""
    settings = order.file.scenarios[name]
    profile = _profile(settings, order)
    digest = scenario_digest(settings, profile, _content(settings.locustfile, order.folder))
    out = order.out.below(name)
    started = doors.now()
    key = f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    doors.console.stage(f"Starting the stack ({order.stack_kind.value})")
    opened = doors.open_stack(
        order.file.stack,
        order.stack_kind,
        folder=order.folder,
        key=key,
        logs=out.below("logs").path,
        environ=doors.environ,
        say=doors.console.line,
    )
    with opened as stack:
        doors.console.stage(f"Loading: {name}, {profile.users} users, {profile.duration:g} s")
        stack.load_started()
        driven = doors.drive(
            LoadOrder(settings, profile, stack.target, stack.hosts, order.folder, out.path, stack.networks),
            environ=doors.environ,
            on_progress=doors.console.progress,
            should_stop=lambda: bool(stack.faults()),
        )
        described = Stack(
            kind=stack.kind,
            target=stack.target,
            digest=stack.digest,
            services=stack.services,
            seconds_to_ready=stack.seconds_to_ready,
            faults=stack.faults(),
        )
    doors.console.stage("Judging")
    for note in driven.notes:
        doors.console.line(note)
    summary = summarise(
        driven.recording, started_at=driven.started_at, ended_at=driven.ended_at, warm_up=profile.warm_up
    )
    measurement = Measurement(
        id=key,
        started_at=started,
        subject=doors.subject,
        scenario=_described(name, settings, profile, digest),
        fingerprint=fingerprint(
            doors.machine,
            locust=driven.locust_version,
            perfgate=__version__,
            scenario_digest=digest,
            stack_digest=described.digest,
        ),
        stack=described,
        load=_load(driven, profile, summary),
        total=summary.total,
        endpoints=summary.endpoints,
        timeline=summary.timeline,
    )
    out.write("measurement.json", measurement.model_dump_json(indent=1))
    refuse_useless(measurement)
    return measurement


def refuse_useless(measurement: Measurement) -> None:
    """Raises `LoadError` if nothing succeeded on a stack that held: what is loaded is not what was meant to be."""
    total = measurement.total
    if total.response_times is not None or measurement.stack.faults:
        return
    if not total.requests:
        raise LoadError(
            f"not one request was made after the warm-up of {measurement.load.warm_up:g} s",
            remedy="make the load longer, or its `warm_up` or waits shorter",
        )
    raise LoadError(
        f"not one of {total.requests} requests to {measurement.stack.target} succeeded",
        remedy="see whether the requests of the scenario and what they expect fit the application; what went wrong is "
        "below, and the application's own log in the folder logs of the run",
        evidence="\n".join(f"{each.count} times: {each.message}" for each in total.failure_messages),
    )


def read_history(measurement: Measurement, order: Order, doors: Doors) -> tuple[Baseline, ...]:
    """The stored runs to compare with, saved beside the measurement so that it can be judged again just so."""
    stored = _stored(measurement.scenario.name, order, doors)
    history = tuple(each for each in stored if each.id != measurement.id)
    order.out.below(measurement.scenario.name).write(
        "baselines.json", "[" + ",\n".join(each.model_dump_json() for each in history) + "]"
    )
    return history


def _stored(name: str, order: Order, doors: Doors) -> tuple[Baseline, ...]:
    return doors.store.read(name, limit=2 * order.judging.history)


def decide(
    measurements: Sequence[Measurement],
    histories: Mapping[str, Sequence[Baseline]],
    order: Order,
    *,
    judged_at: datetime,
    begun: datetime | None,
) -> Judgement:
    """Pure: the same measurements, histories and policy give the same judgement."""
    scenarios: list[ScenarioJudgement] = [
        judge_scenario(each, histories[each.id], order.judging, today=judged_at.date()) for each in measurements
    ]
    return judge(
        scenarios,
        block_on=order.policy.block_on,
        event=order.policy.event,
        branch=order.policy.branch,
        judged_at=judged_at,
        seconds=(judged_at - begun).total_seconds() if begun else None,
        version=__version__,
        policy=order.judging,
    )


def write_documents(judgement: Judgement, out: OutputFolder) -> None:
    for name, text in documents(judgement).items():
        out.write(name, text)


def store_valid(judgement: Judgement, measurements: Sequence[Measurement], order: Order, doors: Doors) -> None:
    """Keep what may serve as a baseline: a run that did not fail and whose measurement is sound."""
    for measurement in measurements:
        if not storable(judgement, measurement.id):
            doors.console.line(f"{measurement.scenario.name}: not stored as a baseline, the run is not sound enough")
            continue
        doors.store.write(Baseline(stored_at=doors.now().astimezone(UTC), why="run", measurement=measurement))
        doors.store.prune(measurement.scenario.name, order.file.baseline.keep)
        doors.console.line(f"{measurement.scenario.name}: stored as baseline {measurement.id}")


UNSOUND = frozenset(
    {
        ReasonCode.GENERATOR_SATURATED,
        ReasonCode.LOAD_NOT_REACHED,
        ReasonCode.RECORDING_INCOMPLETE,
        ReasonCode.STACK_BROKE,
        ReasonCode.NOISY_RUNNER,
    }
)


def storable(judgement: Judgement, measurement_id: str) -> bool:
    scenario = next(each for each in judgement.scenarios if each.measurement_id == measurement_id)
    return scenario.verdict is not Verdict.FAIL and not any(reason.code in UNSOUND for reason in scenario.reasons)


def _profile(settings: ScenarioSettings, order: Order) -> Profile:
    """The load profile in force; a time limit is shared evenly between the scenarios of the run."""
    profile = resolve(settings, duration=order.duration)
    if order.policy.time_limit is None:
        return profile
    share = order.policy.time_limit / len(order.policy.scenarios)
    return profile if profile.duration <= share else resolve(settings, duration=share)


def _content(locustfile: str | None, folder: Path) -> bytes | None:
    if locustfile is None:
        return None
    try:
        return (folder / locustfile).read_bytes()
    except OSError as error:
        raise SettingsError(
            f"the Locust file {folder / locustfile} cannot be read: {error.strerror}",
            remedy="mend `locustfile` of the scenario; it is relative to perfgate.yml",
        ) from error


def _described(name: str, settings: ScenarioSettings, profile: Profile, digest: str) -> Scenario:
    return Scenario(
        name=name,
        profile=settings.profile,
        digest=digest,
        users=profile.users,
        spawn_rate=profile.spawn_rate,
        duration=profile.duration,
        warm_up=profile.warm_up,
        traffic=settings.locustfile or "declared",
        declared=declared_endpoints(settings),
    )


def _load(driven: Driven, profile: Profile, summary: Summary) -> Load:
    return Load(
        locust_version=driven.locust_version,
        started_at=datetime.fromtimestamp(driven.started_at, UTC),
        planned=profile.duration,
        warm_up=profile.warm_up,
        measured=summary.measured,
        users_wanted=profile.users,
        users_reached=driven.users_reached,
        complete=driven.recording.complete and driven.ended_because == "duration",
        ended_because=driven.ended_because,
        locust_exit_code=driven.exit_code,
        generator=summary.generator,
        requests_lost=driven.requests_lost,
    )

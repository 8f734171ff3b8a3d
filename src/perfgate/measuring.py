"""One scenario measured: a stack brought up and loaded; or two beside each other, base and head, loaded in turns."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from perfgate import __version__
from perfgate.checkout import Base
from perfgate.doors import Doors, Order
from perfgate.errors import LoadError, SettingsError
from perfgate.judge.pairing import TurnPair, in_turns, pair_up
from perfgate.judge.sequential import FIRST_LOOK, planned_looks
from perfgate.judge.side_by_side import alarms, undecided
from perfgate.judge.summary import Summary, summarise
from perfgate.load.driving import Driven, LoadOrder, declared_endpoints
from perfgate.load.order import secrets_of
from perfgate.load.pairing import GUARD, PairedLoad, PairedOrder, Why
from perfgate.machine import fingerprint
from perfgate.output import OutputFolder
from perfgate.records.measurement import EndpointStatistics, Load, Measurement, Scenario, SideBySide, Stack
from perfgate.records.pairs import Design, FreshStart, Side
from perfgate.records.recording import Recording
from perfgate.settings.digest import scenario_digest
from perfgate.settings.model import Scenario as ScenarioSettings
from perfgate.settings.model import Stack as StackSettings
from perfgate.settings.profiles import Profile, resolve
from perfgate.stack.opening import RunningStack
from perfgate.stack.ports import moved_aside

LONG_LOAD: Final = 120.0  # seconds, beyond which more looks are worth their price
LOOKS, MORE_LOOKS = 6, 12
SHORTEST_BLOCK, LONGEST_BLOCK = 1.0, 5.0  # seconds
WANTED_IN_A_BLOCK: Final = 30  # requests, as far as its length allows


@dataclass(frozen=True)
class Asked:
    """What a scenario asks for, worked out."""

    name: str
    settings: ScenarioSettings
    profile: Profile
    digest: str
    key: str
    started: datetime
    out: OutputFolder

    @classmethod
    def of(cls, name: str, order: Order, doors: Doors) -> Asked:
        settings = order.file.scenarios[name]
        profile = _profile(settings, order)
        secrets_of(settings, doors.environ)  # before anything is started, if one is missing
        started = doors.now()
        return cls(
            name=name,
            settings=settings,
            profile=profile,
            digest=scenario_digest(settings, profile, _content(settings.locustfile, order.folder)),
            key=f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            started=started,
            out=order.out.below(name),
        )

    def beside(self) -> Asked:
        """Loaded in turns it is another load, which stored runs are not held against."""
        return replace(self, key=f"{self.key}-2", digest=f"{self.digest}-beside", out=self.out.below("beside"))


def measure(name: str, order: Order, doors: Doors) -> Measurement:
    """On a stack of its own; saved as `<out>/<scenario>/measurement.json` beside its raw columns."""
    asked = Asked.of(name, order, doors)
    with _stack(Side.HEAD, asked, (order.file.stack, order.folder), order, doors) as stack:
        doors.console.stage(f"Loading: {name}, {asked.profile.users} users, {asked.profile.duration:g} s")
        stack.load_started()
        driven = doors.drive(
            _load_order(asked, stack, order, asked.out.path),
            environ=doors.environ,
            on_progress=doors.console.progress,
            should_stop=lambda: bool(stack.faults()),
        )
        described = _described_stack(stack)
    doors.console.stage("Judging")
    for note in driven.notes:
        doors.console.line(note)
    summary = summarise(
        driven.recording, started_at=driven.started_at, ended_at=driven.ended_at, warm_up=asked.profile.warm_up
    )
    measurement = _measurement(asked, driven, described, summary, doors)
    asked.out.write("measurement.json", measurement.model_dump_json(indent=1))
    refuse_useless(measurement)
    return measurement


def measure_beside(name: str, base: Base, order: Order, doors: Doors) -> Measurement:
    """Base and head up together and loaded in turns; once more on fresh starts where the head looks slower."""
    asked = Asked.of(name, order, doors).beside()
    trial = Trial(asked, _design(asked, order, doors), base, order, doors)
    first = trial.run(asked.out, ())
    measured, head_stack = first.compared, first.head_stack
    if alarms(measured.beside, measured.head, order.judging.side_by_side):
        doors.console.line("something looks slower: both sides are started afresh and measured again")
        again = trial.run(asked.out.below("again"), (first,))
        measured = again.compared
        head_stack = head_stack.model_copy(update={"faults": (*head_stack.faults, *again.head_stack.faults)})
    doors.console.stage("Judging")
    measurement = _measurement(asked, first.load.head, head_stack, first.summary, doors)
    measurement = measurement.model_copy(update={"side_by_side": measured.beside})
    asked.out.write("measurement.json", measurement.model_dump_json(indent=1))
    refuse_useless(measurement)
    return measurement


@dataclass(frozen=True)
class Compared:
    """What judging needs: the head's statistics, the total first, and all that was measured beside it."""

    head: tuple[EndpointStatistics, ...]
    beside: SideBySide


@dataclass(frozen=True)
class Ended:
    """One pair of fresh starts, loaded. `compared` holds the starts before it, too."""

    load: PairedLoad
    head_stack: Stack
    summary: Summary
    compared: Compared


@dataclass(frozen=True)
class Trial:
    asked: Asked
    design: Design
    base: Base
    order: Order
    doors: Doors

    def run(self, out: OutputFolder, before: tuple[Ended, ...]) -> Ended:
        """Fresh starts of both stacks, and pairs of blocks until all is decided or the plan is done."""
        asked, doors = replace(self.asked, out=out), self.doors
        with _both_stacks(asked, self.base, self.order, doors) as (base_stack, head_stack):
            paired = PairedOrder(
                base=_load_order(asked, base_stack, self.order, out.below("base").path),
                head=_load_order(asked, head_stack, self.order, out.path),
                design=self.design,
                warm_up=asked.profile.warm_up,
            )
            doors.console.stage(
                f"Loading base and head in turns: {asked.name}, {asked.profile.users} users each, "
                f"at most {paired.seconds:.0f} s"
            )

            def decided(base: Recording, head: Recording, turns: Sequence[TurnPair]) -> bool:
                _, compared = self._compare((base, head), turns, "planned", _described_stack(base_stack), before)
                return not undecided(compared.beside, compared.head, self.order.judging.side_by_side)

            for stack in (base_stack, head_stack):
                stack.load_started()
            load = doors.drive_pairs(
                paired,
                environ=doors.environ,
                on_progress=doors.console.progress,
                should_stop=lambda: bool(head_stack.faults() or base_stack.faults()),
                decided=decided,
            )
            described = _described_stack(base_stack), _described_stack(head_stack)
        for note in (*load.base.notes, *load.head.notes):
            doors.console.line(note)
        summary, compared = self._compare(
            (load.base.recording, load.head.recording), load.turns, load.ended_because, described[0], before
        )
        return Ended(load, described[1], summary, compared)

    def _compare(
        self,
        recordings: tuple[Recording, Recording],
        turns: Sequence[TurnPair],
        why: Why,
        base_stack: Stack,
        before: tuple[Ended, ...],
    ) -> tuple[Summary, Compared]:
        """Statistics are those of the first starts, which the second only confirm."""
        base, head = recordings
        start = FreshStart(pairs=pair_up(base, head, turns), ended_because=why)
        if before:
            first = before[0].compared
            stack = first.beside.stack
            both = stack.model_copy(update={"faults": (*stack.faults, *base_stack.faults)})
            beside = first.beside.model_copy(update={"stack": both, "starts": (*first.beside.starts, start)})
            return before[0].summary, Compared(first.head, beside)
        of_base, of_head = _summary(base, turns, Side.BASE), _summary(head, turns, Side.HEAD)
        beside = SideBySide(
            subject=self.base.subject,
            stack=base_stack,
            total=of_base.total,
            endpoints=of_base.endpoints,
            design=self.design,
            starts=(start,),
        )
        return of_head, Compared((of_head.total, *of_head.endpoints), beside)


def _summary(recording: Recording, turns: Sequence[TurnPair], side: Side) -> Summary:
    """Of a side's turns alone, as if one followed the other."""
    windows = [turn.base if side is Side.BASE else turn.head for turn in turns]
    seconds = sum(window.closes - window.opens for window in windows)
    return summarise(in_turns(recording, windows), started_at=0.0, ended_at=seconds, warm_up=0.0)


def _design(asked: Asked, order: Order, doors: Doors) -> Design:
    """As many pairs as the scenario's duration holds; raises `SettingsError` if that is too few to judge by."""
    block = order.file.side_by_side.block or _block(asked)
    room = asked.profile.duration - asked.profile.warm_up
    pairs = int(room / (2 * (block + GUARD))) - 1  # the first is not judged
    if pairs < FIRST_LOOK:
        needed = (FIRST_LOOK + 1) * 2 * (block + GUARD) + asked.profile.warm_up
        raise SettingsError(
            f"scenario {asked.name}: {asked.profile.duration:g} s are too short to compare base and head side by side",
            remedy=f"give it at least {needed:.0f} s, warm-up included (blocks of {block:g} s), or shorter blocks",
        )
    looks = LOOKS if asked.profile.duration <= LONG_LOAD else MORE_LOOKS
    return Design(seed=doors.random_seed(), block=block, looks=planned_looks(pairs, looks))


def _block(asked: Asked) -> float:
    """Long enough for some requests, short enough for many pairs: noise that lasts longer than a pair cancels out."""
    traffic = asked.settings.traffic
    if traffic is None:
        return 2.0
    rate = traffic.rate or asked.profile.users / max(sum(traffic.wait) / 2, 0.01)
    return round(min(max(WANTED_IN_A_BLOCK / rate, SHORTEST_BLOCK), LONGEST_BLOCK), 1)


@contextmanager
def _both_stacks(asked: Asked, base: Base, order: Order, doors: Doors) -> Iterator[tuple[RunningStack, RunningStack]]:
    """Base and head, started in an order that a coin decides: who is first may get the better places in memory."""
    head_stack = order.file.stack, order.folder
    moved = moved_aside(base.stack or order.file.stack, order.stack_kind, doors.free_port, head=order.file.stack)
    base_stack = moved, base.folder
    settings = {Side.BASE: base_stack, Side.HEAD: head_stack}
    sides = list(Side)
    random.Random(asked.key + asked.out.path.name).shuffle(sides)  # noqa: S311 - no secret is drawn
    with ExitStack() as opened:
        stacks = {side: opened.enter_context(_stack(side, asked, settings[side], order, doors)) for side in sides}
        yield stacks[Side.BASE], stacks[Side.HEAD]


def _stack(
    side: Side, asked: Asked, described: tuple[StackSettings, Path], order: Order, doors: Doors
) -> AbstractContextManager[RunningStack]:
    settings, folder = described
    doors.console.stage(f"Starting the {'' if side is Side.HEAD else 'base '}stack ({order.stack_kind.value})")
    logs = asked.out.below("logs")
    return doors.open_stack(
        settings,
        order.stack_kind,
        folder=folder,
        key=asked.key if side is Side.HEAD else f"{asked.key}-{side}",
        logs=(logs if side is Side.HEAD else logs.below(side)).path,
        environ={**doors.environ, **order.side_environ.get(side, {})},
        say=doors.console.line,
    )


def _described_stack(stack: RunningStack) -> Stack:
    return Stack(
        kind=stack.kind,
        target=stack.target,
        digest=stack.digest,
        services=stack.services,
        seconds_to_ready=stack.seconds_to_ready,
        faults=stack.faults(),
    )


def _load_order(asked: Asked, stack: RunningStack, order: Order, out: Path) -> LoadOrder:
    return LoadOrder(asked.settings, asked.profile, stack.target, stack.hosts, order.folder, out, stack.networks)


def _measurement(asked: Asked, driven: Driven, stack: Stack, summary: Summary, doors: Doors) -> Measurement:
    return Measurement(
        id=asked.key,
        started_at=asked.started,
        subject=doors.subject,
        scenario=_described(asked),
        fingerprint=fingerprint(
            doors.machine,
            locust=driven.locust_version,
            perfgate=__version__,
            scenario_digest=asked.digest,
            stack_digest=stack.digest,
        ),
        stack=stack,
        load=_load(driven, asked.profile, summary),
        total=summary.total,
        endpoints=summary.endpoints,
        timeline=summary.timeline,
    )


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


def _described(asked: Asked) -> Scenario:
    settings, profile = asked.settings, asked.profile
    return Scenario(
        name=asked.name,
        profile=settings.profile,
        digest=asked.digest,
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
        arrivals_unsent=driven.arrivals_unsent,
    )

"""Drive two loads in turns: a generator for each side, one schedule, the same requests in both blocks of a pair.

Each side has a process of its own, so that names resolve to that side's stack, sessions stay where they were made,
and a user's Locust file needs no change. While one side has its turn, the users of the other sleep.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from types import MappingProxyType, TracebackType
from typing import Final

from perfgate.judge.pairing import CpuReading, TurnPair, Window
from perfgate.load.driving import Driven, driven_of, prepared, refuse_failures
from perfgate.load.following import Heard, follow
from perfgate.load.launching import Generator, Launcher, launch_subprocess
from perfgate.load.metering import Meter, ReadCpu
from perfgate.load.opening import read_recording
from perfgate.load.order import LoadOrder, locust_arguments, locust_environment, locustfile_of, plan_for
from perfgate.load.turns import TURNS_FILE, Turn, append_end, append_turn
from perfgate.records.pairs import Design, EndedBecause, EnoughBecause, Side
from perfgate.records.progress import Progress
from perfgate.records.recording import Recording

LEAD: Final = 0.5  # seconds from writing a turn to its opening: the generators look for it every 50 ms
BEFORE: Final = 0.1  # seconds before a block opens, when the stacks' processor time is read
GUARD: Final = 0.25  # seconds between two blocks, for requests that are still on their way
SETTLED: Final = 1.3  # seconds after which all of a block is on disk: flushed once a second
START_WITHIN: Final = 130.0  # seconds for both generators to begin; each has a limit of its own before that
SLACK: Final = 30.0  # seconds beyond the schedule that a generator may run: for the looks

# Of base and head, as far as they are: why the load may end before its plan is done; None: it goes on.
Enough = Callable[[Recording, Recording, Sequence[TurnPair]], EnoughBecause | None]


@dataclass(frozen=True)
class PairedOrder:
    """`warm_up`: seconds of load for each side before the first pair."""

    base: LoadOrder
    head: LoadOrder
    design: Design
    warm_up: float

    @property
    def pairs(self) -> int:
        """One more than the last look needs: the first is not judged."""
        return self.design.looks[-1] + 1

    @property
    def seconds(self) -> float:
        """Of the whole schedule, if it is not cut short."""
        return seconds_of(self.design.block, self.warm_up, self.pairs)


def seconds_of(block: float, warm_up: float, pairs: int) -> float:
    """Of load on both sides together, for so many pairs after the warm-up of each side."""
    return (warm_up_pairs(block, warm_up) + pairs) * 2 * (block + GUARD) + LEAD


def warm_up_pairs(block: float, warm_up: float) -> int:
    return max(1, round(warm_up / block))


@dataclass(frozen=True)
class PairedLoad:
    base: Driven
    head: Driven
    turns: tuple[TurnPair, ...]
    ended_because: EndedBecause
    readings: tuple[CpuReading, ...] = ()


def drive_pairs(
    order: PairedOrder,
    *,
    environ: Mapping[str, str],
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
    enough: Enough,
    cpu: Mapping[Side, ReadCpu] = MappingProxyType({}),
    launch: Launcher = launch_subprocess,
) -> PairedLoad:
    """Load both sides in turns until the plan is done, it is `enough` at a look, or `should_stop`.

    `enough` is asked at the planned looks only. Raises as `driving.drive` does.
    """
    seconds = order.seconds + SLACK
    with (
        _generating(order.base, seconds, launch, environ) as base,
        _generating(order.head, seconds, launch, environ) as head,
        _Followers({Side.BASE: base, Side.HEAD: head}) as followers,
        Meter(cpu) as meter,
    ):
        followers.wait_until_begun()
        conductor = _Conductor(order, followers, meter, on_progress)
        turns, why = _conduct(order, conductor, followers, should_stop, enough)
        heard = followers.wait_until_ended()
    for side, each in ((Side.BASE, base), (Side.HEAD, head)):
        refuse_failures(heard[side], each.order, each.locustfile)
    return PairedLoad(
        base=driven_of(heard[Side.BASE], base.order, base.locustfile),
        head=driven_of(heard[Side.HEAD], head.order, head.locustfile),
        turns=tuple(turns),
        ended_because=why,
        readings=meter.readings,
    )


def _conduct(
    order: PairedOrder,
    conductor: _Conductor,
    followers: _Followers,
    should_stop: Callable[[], bool],
    enough: Enough,
) -> tuple[list[TurnPair], EndedBecause]:
    """Warm up, then pair after pair; between pairs nobody sends, so looking disturbs no block."""
    turns: list[TurnPair] = []
    for _ in range(warm_up_pairs(order.design.block, order.warm_up)):
        conductor.pair()
    for number in range(order.pairs):
        if followers.any_ended():
            return turns, "stack-broke"
        turns.append(conductor.pair())
        if should_stop():
            followers.end()
            return turns, "stack-broke"
        if number in order.design.looks:
            time.sleep(LEAD + SETTLED)
            recordings = read_recording(order.base.out), read_recording(order.head.out)
            if number < order.pairs - 1 and (why := enough(*recordings, turns)) is not None:
                followers.end()
                return turns, why
    followers.end()
    return turns, "planned"


class _Conductor:
    def __init__(
        self, order: PairedOrder, followers: _Followers, meter: Meter, on_progress: Callable[[Progress], None]
    ) -> None:
        self._order = order
        self._followers = followers
        self._meter = meter
        self._on_progress = on_progress
        self._chance = random.Random(order.design.seed)  # noqa: S311 - no secret is drawn
        self._begun = time.time()

    def pair(self) -> TurnPair:
        """Both blocks, in an order that a coin decides, with the same seed.

        Returns just before the second ends, so that the next pair can follow without a gap.
        """
        block = self._order.design.block
        first = Side.BASE if self._chance.random() < 0.5 else Side.HEAD
        seed = self._chance.getrandbits(32)
        opens = time.time() + LEAD
        early, late = Window(opens, opens + block), Window(opens + block + GUARD, opens + 2 * block + GUARD)
        turns = TurnPair(early, late) if first is Side.BASE else TurnPair(late, early)
        self._followers.announce(Side.BASE, Turn(turns.base.opens, turns.base.closes, seed))
        self._followers.announce(Side.HEAD, Turn(turns.head.opens, turns.head.closes, seed))
        for bound in (early.opens, late.opens, late.closes + GUARD):
            self._meter.read_at(bound - BEFORE)
        self._wait_until(late.closes + GUARD - LEAD)
        return turns

    def _wait_until(self, moment: float) -> None:
        while (left := moment - time.time()) > 0:
            time.sleep(min(left, 1.0))
            if left > 1.0:
                self._on_progress(self._followers.progress(time.time() - self._begun, self._order.seconds))


@dataclass(frozen=True)
class _Generating:
    """One side's process, running."""

    order: LoadOrder
    locustfile: Path
    turns: Path
    log: Path
    generator: Generator


@contextmanager
def _generating(
    order: LoadOrder, seconds: float, launch: Launcher, environ: Mapping[str, str]
) -> Iterator[_Generating]:
    """For at most `seconds` of load. All users come at once: they sleep until their side's first turn."""
    order = replace(order, profile=replace(order.profile, spawn_rate=float(order.profile.users), duration=seconds))
    locustfile = locustfile_of(order)
    turns = order.out.resolve() / TURNS_FILE
    plan = replace(plan_for(order, locustfile), turns=str(turns))
    arguments, environment = locust_arguments(order, locustfile), locust_environment(order, environ)
    with prepared(plan, order.out) as path:
        turns.write_text("", encoding="utf-8")
        with launch(path, arguments, folder=order.folder, environ=environment, networks=order.networks) as generator:
            yield _Generating(order, locustfile, turns, Path(plan.log), generator)


class _Followers:
    """A thread for each side that hears what its process says. Left early, the processes are killed."""

    def __init__(self, sides: Mapping[Side, _Generating]) -> None:
        self._sides = sides
        self._stop = Event()
        self._begun = {side: Event() for side in sides}
        self._latest: dict[Side, Progress] = {}
        self._pool = ThreadPoolExecutor(max_workers=len(sides), thread_name_prefix="follow")
        self._heard: dict[Side, Future[Heard]] = {}

    def __enter__(self) -> _Followers:
        self._heard = {side: self._pool.submit(self._follow, side) for side in self._sides}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            for each in self._sides.values():
                each.generator.kill()
        self._pool.shutdown()

    def _follow(self, side: Side) -> Heard:
        generating = self._sides[side]

        def on_progress(progress: Progress) -> None:
            self._latest[side] = progress

        try:
            return follow(
                generating.generator,
                generating.order.profile.duration,
                generating.log,
                on_progress,
                self._stop.is_set,
                on_started=self._begun[side].set,
            )
        finally:
            self._begun[side].set()

    def wait_until_begun(self) -> None:
        """Both, or one has given up, which `any_ended` tells."""
        for each in self._begun.values():
            each.wait(START_WITHIN)

    def any_ended(self) -> bool:
        return any(each.done() for each in self._heard.values())

    def announce(self, side: Side, turn: Turn) -> None:
        append_turn(self._sides[side].turns, turn)

    def end(self) -> None:
        """The load ends in order."""
        for each in self._sides.values():
            append_end(each.turns)

    def wait_until_ended(self) -> dict[Side, Heard]:
        if self.any_ended():
            self._stop.set()  # what is left of the other is of no use
        return {side: each.result() for side, each in self._heard.items()}

    def progress(self, elapsed: float, planned: float) -> Progress:
        latest = tuple(self._latest.values())
        return Progress(
            elapsed=elapsed,
            remaining=max(0.0, planned - elapsed),
            users=max((each.users for each in latest), default=0),
            requests=sum(each.requests for each in latest),
            failures=sum(each.failures for each in latest),
            request_rate=sum(each.request_rate or 0.0 for each in latest) if latest else None,
            p95=max((each.p95 for each in latest if each.p95 is not None), default=None),  # of the slower side
        )

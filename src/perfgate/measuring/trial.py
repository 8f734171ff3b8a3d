"""Fresh starts of two stacks, loaded in turns: the first, those that are to confirm them, and the control."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from perfgate.checkout import Base
from perfgate.doors import Doors, Order
from perfgate.judge.pairing import CpuReading, TurnPair, in_turns, pair_up
from perfgate.judge.side_by_side import enough
from perfgate.judge.summary import Summary, summarise
from perfgate.load.driving import Driven
from perfgate.load.pairing import PairedLoad, PairedOrder, seconds_of
from perfgate.measuring.asked import Asked
from perfgate.measuring.described import described_stack, lacked, side_load
from perfgate.measuring.observing import finish_both, observe_both
from perfgate.measuring.planned import for_control, for_fresh_starts
from perfgate.measuring.stacks import BothStacks, Code, base_and_head, base_twice, cpu_of, open_both
from perfgate.output import OutputFolder
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import EndpointStatistics
from perfgate.records.measurement import SideBySide, SideLoad
from perfgate.records.pairs import Design, EndedBecause, EnoughBecause, FreshStart, Side
from perfgate.records.recording import Recording
from perfgate.records.stack import Stack, StackKind
from perfgate.records.starts import StartLuck
from perfgate.records.telemetry import TelemetrySummary

CONTROL: Final = "control"  # folder of the control, beside the head's own files
# Whether more load could still change anything; asked at the planned looks.
Rule = Callable[[SideBySide, Sequence[EndpointStatistics], Policy], EnoughBecause | None]


@dataclass(frozen=True)
class Compared:
    """What judging needs. `summary` is of the head on the first starts."""

    summary: Summary
    beside: SideBySide

    @property
    def head(self) -> tuple[EndpointStatistics, ...]:
        return self.summary.total, *self.summary.endpoints


@dataclass(frozen=True)
class Taken:
    """What one pair of fresh starts has given so far: of base and head each."""

    recordings: tuple[Recording, Recording]
    turns: Sequence[TurnPair]
    stacks: tuple[Stack, Stack]
    start: FreshStart
    telemetry: Mapping[Side, TelemetrySummary] = field(default_factory=dict)  # once the load is over


@dataclass(frozen=True)
class Done:
    """`load` is of the head on the first starts; `head_stack` has the faults of all; `spent`: seconds of load."""

    compared: Compared
    load: Driven
    head_stack: Stack
    spent: float
    telemetry: TelemetrySummary  # of the head on the first starts


@dataclass(frozen=True)
class Trial:
    """`base` is what the head is measured beside."""

    asked: Asked
    design: Design
    base: Base
    luck: StartLuck | None
    order: Order
    doors: Doors
    rule: Rule = enough

    def first(self) -> Done:
        load, taken = self._run(self.asked.out, self._base_and_head(), self.design, self._compared)
        compared = self._compared(taken)
        beside = compared.beside.model_copy(update={"loads": self._loads("first", load)[:1]})
        compared = replace(compared, beside=beside)
        return Done(compared, load.head, taken.stacks[1], self._seconds(load), taken.telemetry[Side.HEAD])

    def again(self, done: Done) -> Done:
        """Both stacks started afresh, and the same plan once more, as far as the time limit has room."""
        design = for_fresh_starts(self.design, self.asked.profile.warm_up, self._left(done))
        if design is None:
            raise ValueError("the plan keeps half of the time limit for this")
        external = self.order.stack_kind is StackKind.EXTERNAL
        what = "loaded by new generators" if external else "started afresh and measured again"
        self.doors.console.line(f"something looks slower: both sides are {what}")

        def compared(taken: Taken) -> Compared:
            beside = _with_faults(done.compared.beside, taken.stacks[:1])
            return replace(done.compared, beside=beside.model_copy(update={"starts": (*beside.starts, taken.start)}))

        load, taken = self._run(self.asked.out.below("again"), self._base_and_head(), design, compared)
        faults = (*done.head_stack.faults, *taken.stacks[1].faults)
        confirmed = compared(taken)
        loads = (*confirmed.beside.loads, *self._loads("again", load))
        return replace(
            done,
            compared=replace(confirmed, beside=confirmed.beside.model_copy(update={"loads": loads})),
            head_stack=done.head_stack.model_copy(update={"faults": faults}),
            spent=done.spent + self._seconds(load),
        )

    def control(self, done: Done) -> Done:
        """The base against itself on fresh starts, for as long as the confirmation took."""
        took = len(done.compared.beside.starts[1].pairs)
        design = for_control(self.design, self.asked.profile.warm_up, took, self._left(done))
        if design is None:
            self.doors.console.line("it shows again; the time limit leaves no room for a control")
            return done
        self.doors.console.line("it shows again: now the base is measured against itself")

        def compared(taken: Taken) -> Compared:
            beside = _with_faults(done.compared.beside, taken.stacks)
            return replace(done.compared, beside=beside.model_copy(update={"control": taken.start}))

        sides = base_twice(self.base, self.order, self.doors)
        load, taken = self._run(self.asked.out.below(CONTROL), sides, design, compared)
        return replace(done, compared=compared(taken), spent=done.spent + self._seconds(load))

    def _loads(self, start: Literal["first", "again"], load: PairedLoad) -> tuple[SideLoad, SideLoad]:
        """Of base and head."""
        base, head = (
            side_load(side, start, driven, self.asked.profile, _summary(driven.recording, load.turns, side))
            for side, driven in ((Side.BASE, load.base), (Side.HEAD, load.head))
        )
        return base, head

    def _base_and_head(self) -> Mapping[Side, Code]:
        return base_and_head(self.base, self.order, self.doors)

    def _left(self, done: Done) -> float:
        """Seconds of load that the time limit still allows."""
        return math.inf if self.asked.limit is None else self.asked.limit - done.spent

    def _seconds(self, load: PairedLoad) -> float:
        return seconds_of(self.design.block, self.asked.profile.warm_up, len(load.turns))

    def _compared(self, taken: Taken) -> Compared:
        base, head = taken.recordings
        of_base, of_head = _summary(base, taken.turns, Side.BASE), _summary(head, taken.turns, Side.HEAD)
        beside = SideBySide(
            subject=self.base.subject,
            lacks=lacked(self.base),
            set_apart=self.order.sides_differ,
            stack=taken.stacks[0],
            total=of_base.total,
            endpoints=of_base.endpoints,
            design=self.design,
            starts=(taken.start,),
            start_luck=self.luck,
            telemetry=taken.telemetry.get(Side.BASE),
        )
        return Compared(of_head, beside)

    def _run(
        self, out: OutputFolder, sides: Mapping[Side, Code], design: Design, compared: Callable[[Taken], Compared]
    ) -> tuple[PairedLoad, Taken]:
        """Fresh starts of both stacks, and pairs of blocks until all is decided or the plan is done."""
        asked, doors = replace(self.asked, out=out), self.doors
        with (
            open_both(asked, sides, self.order, doors) as stacks,
            observe_both(stacks, sides, self.order, doors, out) as observations,
        ):
            paired = PairedOrder(
                base=asked.load_on(stacks.base, self.order, out.below("base").path, sides[Side.BASE].relay),
                head=asked.load_on(stacks.head, self.order, out.path, sides[Side.HEAD].relay),
                design=design,
                warm_up=asked.profile.warm_up,
            )
            both = "the base against itself" if out.path.name == CONTROL else f"{self.base.called} and head in turns"
            doors.console.stage(
                f"Loading {both}: {asked.name}, {asked.profile.users} users each, at most {paired.seconds:.0f} s"
            )

            def look(base: Recording, head: Recording, turns: Sequence[TurnPair]) -> EnoughBecause | None:
                so_far = compared(_taken((base, head), turns, "planned", stacks))
                return self.rule(so_far.beside, so_far.head, self.order.judging.side_by_side)

            for stack in (stacks.base, stacks.head):
                stack.load_started()
            load = doors.drive_pairs(
                paired,
                environ=doors.environ,
                on_progress=doors.console.progress,
                should_stop=lambda: bool(stacks.head.faults() or stacks.base.faults()),
                enough=look,
                cpu={Side.BASE: cpu_of(stacks.base), Side.HEAD: cpu_of(stacks.head)},
            )
            recordings = load.base.recording, load.head.recording
            taken = _taken(recordings, load.turns, load.ended_because, stacks, load.readings)
            taken = replace(taken, telemetry=finish_both(observations, load))
        for note in (*load.base.notes, *load.head.notes):
            doors.console.line(note)
        return load, taken


def _taken(
    recordings: tuple[Recording, Recording],
    turns: Sequence[TurnPair],
    why: EndedBecause,
    stacks: BothStacks,
    readings: Sequence[CpuReading] = (),
) -> Taken:
    start = FreshStart(pairs=pair_up(*recordings, turns, readings), ended_because=why, first_up=stacks.first_up)
    return Taken(recordings, turns, (described_stack(stacks.base), described_stack(stacks.head)), start)


def _with_faults(beside: SideBySide, stacks: Sequence[Stack]) -> SideBySide:
    """What broke in later starts of the base belongs to the base."""
    faults = (*beside.stack.faults, *(fault for each in stacks for fault in each.faults))
    return beside.model_copy(update={"stack": beside.stack.model_copy(update={"faults": faults})})


def _summary(recording: Recording, turns: Sequence[TurnPair], side: Side) -> Summary:
    """Of a side's turns alone, as if one followed the other."""
    windows = [turn.base if side is Side.BASE else turn.head for turn in turns]
    seconds = sum(window.closes - window.opens for window in windows)
    return summarise(in_turns(recording, windows), started_at=0.0, ended_at=seconds, warm_up=0.0)

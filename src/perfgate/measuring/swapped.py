"""Base and head on a machine that does not hold both: whole stacks are swapped, and each turn is a fresh start.

Every pair of turns has two fresh starts of its own, so their luck shows in how much pairs differ, and nothing need be
confirmed on others. What the machine does in the minutes between two turns does not cancel out: that is the price.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from perfgate.checkout import Base
from perfgate.doors import Doors, Order
from perfgate.judge.pairing import CpuReading, TurnPair, Window, in_turns, pair_up
from perfgate.judge.side_by_side import enough
from perfgate.judge.summary import Summary, summarise
from perfgate.judge.telemetry_turns import summarise_turns
from perfgate.load.driving import Driven
from perfgate.load.metering import Meter
from perfgate.load.pairing import BEFORE
from perfgate.measuring.asked import Asked
from perfgate.measuring.described import described_stack, lacked, measurement_of, refuse_useless, side_load
from perfgate.measuring.observing import observe
from perfgate.measuring.planned import FEWEST_SWAPS, planned_swaps
from perfgate.measuring.stacks import Code, base_alone, cpu_of, head_code, open_side
from perfgate.output import OutputFolder
from perfgate.records.measurement import Measurement, SideBySide
from perfgate.records.pairs import Design, EndedBecause, FreshStart, Side
from perfgate.records.recording import joined
from perfgate.records.stack import Stack
from perfgate.records.telemetry import Telemetry, TelemetrySummary


@dataclass(frozen=True)
class Turn:
    """One side started, loaded and taken down."""

    driven: Driven
    stack: Stack
    window: Window  # of the load without its warm-up
    telemetry: Telemetry
    readings: tuple[CpuReading, ...]  # of this side alone


@dataclass(frozen=True)
class Swap:
    """A turn of each side."""

    base: Turn
    head: Turn


def measure_swapped(asked: Asked, base: Base, order: Order, doors: Doors) -> Measurement:
    """As many swaps as the scenario's duration has room for. Saved as `beside.measure_beside` does."""
    design = planned_swaps(asked, doors.random_seed())
    swapping = Swapping(asked, design, base, order, doors)
    swaps: list[Swap] = []
    why: EndedBecause | None = None
    chance = random.Random(design.seed)  # noqa: S311 - no secret is drawn
    while why is None:
        doors.console.stage(f"Swapping stacks: {asked.name}, {len(swaps) + 1} of at most {design.looks[-1]} times")
        swaps.append(swapping.swap(len(swaps) + 1, base_first=chance.random() < 0.5))
        why = swapping.over(swaps)
    doors.console.stage("Judging")
    beside, summary = _compared(swaps, design, why, base)
    of_base, of_head = [swap.base for swap in swaps], [swap.head for swap in swaps]
    measurement = measurement_of(asked, _driven(of_head), _stack(of_head), summary, doors)
    base_load = side_load(Side.BASE, "first", _driven(of_base), asked.profile, _summary(of_base))
    beside = beside.model_copy(
        update={"loads": (base_load,), "telemetry": _telemetry(of_base), "set_apart": order.sides_differ}
    )
    measurement = measurement.model_copy(update={"side_by_side": beside, "telemetry": _telemetry(of_head)})
    asked.out.write("measurement.json", measurement.model_dump_json(indent=1))
    refuse_useless(measurement)
    return measurement


@dataclass(frozen=True)
class Swapping:
    asked: Asked
    design: Design
    base: Base
    order: Order
    doors: Doors

    def swap(self, number: int, *, base_first: bool) -> Swap:
        """A turn of each side, in an order that a coin decided."""
        turns: dict[Side, Turn] = {}
        for side in (Side.BASE, Side.HEAD) if base_first else (Side.HEAD, Side.BASE):
            code = base_alone(self.base, self.order) if side is Side.BASE else head_code(self.order)
            turns[side] = self._turn(side, code, self.asked.out.below(f"{number}-{side}"))
        return Swap(turns[Side.BASE], turns[Side.HEAD])

    def _turn(self, side: Side, code: Code, out: OutputFolder) -> Turn:
        """All users come at once: the warm-up is as long for each."""
        profile, warm_up = self.asked.profile, self.asked.profile.warm_up
        short = replace(
            profile, duration=warm_up + self.design.block, stages=(), spawn_rate=float(self.asked.profile.users)
        )
        asked = replace(self.asked, out=out, profile=short)
        telemetry = self.order.file.telemetry
        with (
            open_side(side, asked, code, self.order, self.doors) as stack,
            observe(stack, telemetry, self.order, self.doors, out) as observation,
        ):
            stack.load_started()
            with Meter({side: cpu_of(stack)}) as meter:
                driven = self.doors.drive(
                    asked.load_on(stack, self.order, out.path, code.relay),
                    environ=self.doors.environ,
                    on_progress=self.doors.console.progress,
                    should_stop=lambda: bool(stack.faults()),
                    on_started=lambda: self._read_at_bounds(meter, time.time()),
                )
            described = described_stack(stack)
            observed = observation.finish(driven.started_at, driven.ended_at, warm_up)
        opens = driven.started_at + warm_up
        return Turn(driven, described, Window(opens, opens + self.design.block), observed, meter.readings)

    def _read_at_bounds(self, meter: Meter, begun: float) -> None:
        """The stack's processor time at both ends of the block; `begun`: seconds since the epoch."""
        opens = begun + self.asked.profile.warm_up
        for bound in (opens - BEFORE, opens + self.design.block):
            meter.read_at(bound)

    def over(self, swaps: Sequence[Swap]) -> EndedBecause | None:
        """Why there is no further swap. Starting may take as long as the load."""
        stacks = [turn.stack for swap in swaps for turn in (swap.base, swap.head)]
        if any(stack.faults for stack in stacks):
            return "stack-broke"
        starting = sum(stack.seconds_to_ready for stack in stacks)
        next_too = starting * (len(swaps) + 1) / len(swaps)
        if len(swaps) >= self.design.looks[-1] or (
            len(swaps) >= FEWEST_SWAPS and next_too > self.asked.profile.duration
        ):
            return "planned"
        if len(swaps) not in self.design.looks:
            return None
        beside, summary = _compared(swaps, self.design, "planned", self.base)
        return enough(beside, (summary.total, *summary.endpoints), self.order.judging.side_by_side)


def _compared(swaps: Sequence[Swap], design: Design, why: EndedBecause, base: Base) -> tuple[SideBySide, Summary]:
    of_base, of_head = _summary([swap.base for swap in swaps]), _summary([swap.head for swap in swaps])
    pairs = (
        pair_up(
            swap.base.driven.recording,
            swap.head.driven.recording,
            [TurnPair(swap.base.window, swap.head.window)],
            sorted((*swap.base.readings, *swap.head.readings), key=lambda reading: reading.at),
        )
        for swap in swaps
    )
    beside = SideBySide(
        subject=base.subject,
        lacks=lacked(base),
        stack=_stack([swap.base for swap in swaps]),
        total=of_base.total,
        endpoints=of_base.endpoints,
        design=design,
        starts=(FreshStart(pairs=tuple(chain.from_iterable(pairs)), ended_because=why, swapped=True),),
    )
    return beside, of_head


def _driven(turns: Sequence[Turn]) -> Driven:
    """One that stands for all: what any of them lacked, it lacks."""
    loads = [turn.driven for turn in turns]
    lost = [each.requests_lost for each in loads]
    early = next((each for each in loads if each.ended_because != "duration"), loads[0])
    return replace(
        next((each for each in loads if not each.recording.complete), early),
        started_at=loads[0].started_at,
        ended_because=early.ended_because,
        exit_code=next((each.exit_code for each in loads if each.exit_code), 0),
        users_reached=min(each.users_reached for each in loads),
        requests_lost=None if None in lost else sum(each for each in lost if each is not None),
        arrivals_unsent=sum(each.arrivals_unsent for each in loads),
        refusals=tuple({(each.label, each.status): each for one in loads for each in one.refusals}.values()),
        notes=tuple(dict.fromkeys(note for each in loads for note in each.notes)),
    )


def _telemetry(turns: Sequence[Turn]) -> TelemetrySummary:
    return summarise_turns([turn.telemetry for turn in turns])


def _stack(turns: Sequence[Turn]) -> Stack:
    faults = tuple(fault for turn in turns for fault in turn.stack.faults)
    return turns[0].stack.model_copy(update={"faults": faults})


def _summary(turns: Sequence[Turn]) -> Summary:
    """Of all turns of a side, as if one followed the other."""
    parts, begin = [], 0.0
    for turn in turns:
        part = in_turns(turn.driven.recording, [turn.window])
        parts.append(replace(part, start=part.start + begin))
        begin += turn.window.closes - turn.window.opens
    return summarise(joined(parts), started_at=0.0, ended_at=begin, warm_up=0.0)

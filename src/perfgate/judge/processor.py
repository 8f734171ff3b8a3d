"""Processor time of the stacks side by side: what a request costs, and whether the idle side is idle."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from perfgate.judge.paired import MINIMUM_PAIRS, Levels, estimate
from perfgate.records.measurement import SideBySide
from perfgate.records.pairs import BlockCpu, Pair, Side
from perfgate.records.provenance import StacksCpu
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict

IDLE: Final = 0.05  # of a core: a side that uses more while the other has its turn takes from it
_LEVEL: Final = 0.05  # of each bound


def stacks_cpu(measured: SideBySide) -> StacksCpu | None:
    """Over all starts. A metric beside the others: much steadier than times on a noisy runner, and blind for waiting.

    None: it could not be read. Of stacks that are swapped, nobody is there to be idle.
    """
    pairs = [pair for start in measured.starts for pair in start.judged]
    base, head = [pair.base_cpu for pair in pairs], [pair.head_cpu for pair in pairs]
    of_base, of_head = _per_request(base), _per_request(head)
    idle = _idle(head), _idle(base)  # of the base while the head has its turn, and the other way round
    if of_base is None or of_head is None:
        return None
    found = [each for pair in pairs if (each := _difference(pair)) is not None]
    measure = estimate(found, Levels(_LEVEL, _LEVEL), start_luck=0) if len(found) >= MINIMUM_PAIRS else None
    return StacksCpu(
        base_per_request=of_base,
        head_per_request=of_head,
        change=None if measure is None else math.expm1(measure.estimate),
        low=None if measure is None or measure.lower is None else math.expm1(measure.lower),
        high=None if measure is None or measure.upper is None else math.expm1(measure.upper),
        pairs=len(found),
        base_idle=idle[0],
        head_idle=idle[1],
    )


def idle_reasons(cpu: StacksCpu | None, reference: str | None = None) -> Iterator[Reason]:
    """Where one side works in the other's turns, and the other does not do so as much: then one pays for the other.

    `reference`: what stands in the place of the base; None: the base itself.
    """
    base, head = _used_while_idle(cpu)
    if max(base, head) > IDLE and abs(base - head) > IDLE:
        busier = Side.BASE if base > head else Side.HEAD
        yield Reason(
            code=ReasonCode.IDLE_SIDE_BUSY,
            verdict=Verdict.CONDITIONAL,
            facts={"base": base, "head": head, "busier": busier.value, "reference": reference},
        )


def idle_notes(cpu: StacksCpu | None, reference: str | None = None) -> Iterator[Note]:
    """Where both work in each other's turns alike, both are slowed alike."""
    base, head = _used_while_idle(cpu)
    if max(base, head) > IDLE and abs(base - head) <= IDLE:
        yield Note(code=NoteCode.IDLE_SIDES_BUSY, facts={"base": base, "head": head, "reference": reference})


def _used_while_idle(cpu: StacksCpu | None) -> tuple[float, float]:
    """Cores; what is not known accuses nobody."""
    if cpu is None or cpu.base_idle is None or cpu.head_idle is None:
        return 0.0, 0.0
    return cpu.base_idle, cpu.head_idle


def _difference(pair: Pair) -> float | None:
    """ln(head) - ln(base) of the seconds that a request costs; None where a block is too short to tell."""
    base, head = _per_request([pair.base_cpu]), _per_request([pair.head_cpu])
    return math.log(head / base) if base and head else None


def _per_request(blocks: Sequence[BlockCpu | None]) -> float | None:
    known = [each for each in blocks if each is not None]
    requests = sum(each.requests for each in known)
    return sum(each.loaded for each in known) / requests if requests else None


def _idle(blocks: Sequence[BlockCpu | None]) -> float | None:
    """Cores that the other side used in these blocks."""
    known = [(each.idle, each.wall) for each in blocks if each is not None and each.idle is not None]
    wall = sum(wall for _, wall in known)
    return sum(idle for idle, _ in known) / wall if wall else None

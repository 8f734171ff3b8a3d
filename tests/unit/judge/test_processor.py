"""Processor time side by side: read at the bounds of blocks, told by request, and the idle side held to be idle."""

from __future__ import annotations

import pytest

from perfgate.judge.pairing import CpuReading, pair_up
from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.measurement import Measurement
from perfgate.records.pairs import Pair, Side
from perfgate.records.provenance import StacksCpu
from perfgate.records.verdict import NoteCode, ReasonCode, Verdict
from tests.turns import schedule, side
from tests.unit.judge.test_side_by_side import judged, measured

COST = 0.002  # seconds of processor time a request


def paired(
    *, head: float = 1.0, base_idle: float = 0.01, head_idle: float = 0.01, pairs: int = 25, seed: int = 0
) -> tuple[Pair, ...]:
    """60 requests a block; the head needs `head` times the processor time; idle in cores."""
    turns = schedule(pairs, seed=seed)
    readings = []
    used = {Side.BASE: 5.0, Side.HEAD: 7.0}
    for turn in turns:
        in_order = [(turn.base, Side.BASE), (turn.head, Side.HEAD)]
        for window, loaded in sorted(in_order, key=lambda each: each[0].opens):
            readings.append(CpuReading(window.opens - 0.1, used[Side.BASE], used[Side.HEAD]))
            idle = Side.HEAD if loaded is Side.BASE else Side.BASE
            used[loaded] += 60 * COST * (head if loaded is Side.HEAD else 1.0)
            used[idle] += (base_idle if idle is Side.BASE else head_idle) * 1.25
        readings.append(CpuReading(max(turn.base.closes, turn.head.closes) + 0.15, used[Side.BASE], used[Side.HEAD]))
    recordings = side([each.base for each in turns], seed=1), side([each.head for each in turns], seed=2)
    return pair_up(*recordings, turns, readings)


def with_cpu(each: Measurement, **told: float) -> Measurement:
    beside = each.side_by_side
    assert beside is not None
    starts = []
    for number, start in enumerate(beside.starts):
        read = paired(pairs=len(start.pairs), seed=number, **told)  # type: ignore[arg-type]
        pairs = [
            pair.model_copy(update={"base_cpu": one.base_cpu, "head_cpu": one.head_cpu})
            for pair, one in zip(start.pairs, read, strict=True)
        ]
        starts.append(start.model_copy(update={"pairs": tuple(pairs)}))
    return each.model_copy(update={"side_by_side": beside.model_copy(update={"starts": tuple(starts)})})


def shown(judgement: ScenarioJudgement) -> StacksCpu | None:
    assert judgement.provenance.side_by_side is not None
    return judgement.provenance.side_by_side.cpu


def codes(judgement: ScenarioJudgement) -> set[ReasonCode]:
    return {reason.code for reason in judgement.reasons}


def test_a_block_has_what_was_used_between_its_bounds() -> None:
    cpu = paired(head=1.5, base_idle=0.02)[3].head_cpu
    assert cpu is not None
    assert cpu.loaded == pytest.approx(60 * COST * 1.5)
    assert cpu.idle == pytest.approx(0.02 * 1.25)
    assert cpu.requests == 60


def test_a_reading_that_is_missing_far_off_or_runs_backwards_tells_nothing() -> None:
    turns = schedule(1)
    recording = side([each.base for each in turns], seed=1)
    begin, end = min(turns[0].base.opens, turns[0].head.opens), max(turns[0].base.closes, turns[0].head.closes)
    for readings in (
        [],
        [CpuReading(begin - 5, 1, 1), CpuReading(end + 5, 2, 2)],
        [CpuReading(begin - 0.1, None, None), CpuReading(begin + 1.15, None, None), CpuReading(end + 0.1, None, None)],
        [CpuReading(begin - 0.1, 9, 9), CpuReading(begin + 1.15, 2, 2), CpuReading(end + 0.1, 1, 1)],
    ):
        (pair,) = pair_up(recording, recording, turns, readings)
        assert pair.base_cpu is None
        assert pair.head_cpu is None


def test_of_stacks_that_are_swapped_nobody_is_there_to_be_idle() -> None:
    turns = schedule(1)
    recording = side([each.base for each in turns], seed=1)
    opens, closes = turns[0].base.opens, turns[0].base.closes
    (pair,) = pair_up(recording, recording, turns, [CpuReading(opens, 1, None), CpuReading(closes, 1.6, None)])
    assert pair.base_cpu is not None
    assert (pair.base_cpu.loaded, pair.base_cpu.idle) == (pytest.approx(0.6), None)
    each = with_cpu(measured(0.0, pairs=40), head=1.5)
    assert each.side_by_side is not None
    start = each.side_by_side.starts[0]
    alone = tuple(
        pair.model_copy(
            update={
                name: getattr(pair, name).model_copy(update={"idle": None})
                for name in ("base_cpu", "head_cpu")
                if getattr(pair, name) is not None
            }
        )
        for pair in start.pairs
    )
    beside = each.side_by_side.model_copy(update={"starts": (start.model_copy(update={"pairs": alone}),)})
    cpu = shown(judged(each.model_copy(update={"side_by_side": beside})))
    assert cpu is not None
    assert (cpu.change, cpu.base_idle, cpu.head_idle) == (pytest.approx(0.5), None, None)


def test_what_a_request_costs_is_told_and_not_judged() -> None:
    result = judged(with_cpu(measured(0.0, pairs=40), head=1.5))
    cpu = shown(result)
    assert cpu is not None
    assert cpu.base_per_request == pytest.approx(COST)
    assert cpu.head_per_request == pytest.approx(1.5 * COST)
    assert cpu.change == pytest.approx(0.5)
    assert (cpu.low, cpu.high) == pytest.approx((0.5, 0.5))  # nothing varies here
    assert result.verdict is Verdict.PASS


def test_without_readings_nothing_is_told() -> None:
    result = judged(measured(0.0, pairs=40))
    assert shown(result) is None
    assert result.verdict is Verdict.PASS


def test_a_base_that_works_on_in_the_heads_turns_spoils_the_comparison() -> None:
    result = judged(with_cpu(measured(0.2, 0.2), base_idle=0.4))
    assert result.verdict is Verdict.CONDITIONAL
    reason = next(each for each in result.reasons if each.code is ReasonCode.IDLE_SIDE_BUSY)
    assert reason.facts["base"] == pytest.approx(0.4)
    assert ReasonCode.REGRESSION not in codes(result)


def test_a_head_that_works_on_slows_the_base_so_a_fail_stands_and_a_pass_does_not() -> None:
    slower, same = (judged(with_cpu(each, head_idle=0.4)) for each in (measured(0.2, 0.2), measured(0.0, pairs=40)))
    assert slower.verdict is Verdict.FAIL
    assert codes(slower) == {ReasonCode.REGRESSION, ReasonCode.IDLE_SIDE_BUSY}
    assert same.verdict is Verdict.CONDITIONAL
    assert codes(same) == {ReasonCode.IDLE_SIDE_BUSY}


def test_two_sides_that_work_on_alike_are_a_doubt_told_in_a_note() -> None:
    result = judged(with_cpu(measured(0.0, pairs=40), base_idle=0.3, head_idle=0.31))
    assert result.verdict is Verdict.PASS
    assert NoteCode.IDLE_SIDES_BUSY in {note.code for note in result.notes}


@pytest.mark.parametrize("idle", [0.0, 0.049])
def test_a_little_work_in_the_background_is_idle(idle: float) -> None:
    result = judged(with_cpu(measured(0.0, pairs=40), base_idle=idle, head_idle=0.0))
    assert result.verdict is Verdict.PASS
    assert NoteCode.IDLE_SIDES_BUSY not in {note.code for note in result.notes}

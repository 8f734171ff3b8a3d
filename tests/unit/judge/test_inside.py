"""What the inside says unasked: backlogs, exhausted pools, leaks, drift and gaps, and where to look."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from perfgate.judge.verdict import judge_scenario
from perfgate.judge.where_to_look import where_to_look
from perfgate.records.criteria import Policy, Tolerance
from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.measurement import SideBySide
from perfgate.records.metric import Metric
from perfgate.records.telemetry import Gap, Pool, Queue, Source, Telemetry
from perfgate.records.verdict import NoteCode, Reason, ReasonCode, Verdict
from perfgate.settings.series import parse_series, parse_telemetry_budget
from tests.builders import measurement, stored, times
from tests.telemetry import MIB, drain, growing, watched, with_telemetry

TODAY = date(2026, 11, 25)
QUEUE = Queue(name="jobs", depth=parse_series("probe depth"), done=parse_series("probe done"))
rng = np.random.default_rng(1)


def judged(telemetry: Telemetry, **policy: Any) -> ScenarioJudgement:
    run = with_telemetry(measurement({"GET /": times(0.05, 600)}), telemetry)
    return judge_scenario(run, (), Policy(**policy), today=TODAY)


def reasons(telemetry: Telemetry, code: ReasonCode) -> list[Reason]:
    return [each for each in judged(telemetry).reasons if each.code is code]


def notes(telemetry: Telemetry) -> set[NoteCode]:
    mine = {NoteCode.MEMORY_GROWS, NoteCode.DRIFT, NoteCode.TELEMETRY_GAP}
    return {each.code for each in judged(telemetry).notes} & mine


class TestBacklog:
    def test_that_grows_through_the_run_is_a_reason(self) -> None:
        depth = [at / 10 for at in range(600)]
        [found] = reasons(
            watched({"probe depth": depth, "probe done": [0.0] * 600}, queues=(QUEUE,)), ReasonCode.BACKLOG
        )
        assert found.verdict is Verdict.CONDITIONAL
        assert found.facts["per_minute"] == pytest.approx(6.0, rel=0.01)
        assert found.facts["done"] == 0.0

    def test_that_goes_up_and_down_is_none(self) -> None:
        depth = [float(each) for each in rng.poisson(8, 600)]
        assert reasons(watched({"probe depth": depth}, queues=(QUEUE,)), ReasonCode.BACKLOG) == []

    def test_that_was_not_worked_off_is_a_reason_too(self) -> None:
        full = {"probe depth": [50.0] * 600}
        left = (drain("probe depth", before=0, at_end=50, seconds=None),)
        gone = (drain("probe depth", before=0, at_end=50, seconds=4.0),)
        assert reasons(watched(full, queues=(QUEUE,), drains=left), ReasonCode.BACKLOG)
        assert reasons(watched(full, queues=(QUEUE,), drains=gone), ReasonCode.BACKLOG) == []

    @pytest.mark.parametrize(("at_end", "found"), [(12.0, 1), (11.0, 0)])
    def test_that_was_not_worked_off_counts_from_ten_more_than_before(self, at_end: float, found: int) -> None:
        left = (drain("probe depth", before=2, at_end=at_end, seconds=None),)
        full = {"probe depth": [at_end] * 600}
        assert len(reasons(watched(full, queues=(QUEUE,), drains=left), ReasonCode.BACKLOG)) == found

    def test_of_a_handful_is_nobodys_concern(self) -> None:
        depth = [float(at // 100) for at in range(600)]
        assert reasons(watched({"probe depth": depth}, queues=(QUEUE,)), ReasonCode.BACKLOG) == []


@pytest.mark.parametrize(("used", "found"), [([2, 2, 1, 2], 1), ([1] * 99 + [2], 0)])
def test_a_pool_that_is_often_exhausted_is_a_reason(used: list[float], found: int) -> None:
    pool = Pool(name="database", used=parse_series("probe used"), size=2.0)
    assert len(reasons(watched({"probe used": used}, pools=(pool,)), ReasonCode.POOL_EXHAUSTED)) == found


class TestNotes:
    def test_a_leak_is_said_unasked(self) -> None:
        assert notes(watched({"container api: memory": growing(MIB)})) == {NoteCode.MEMORY_GROWS}

    def test_memory_that_fills_up_and_then_stays_is_none(self) -> None:
        filling = [60 * MIB + 20 * MIB * min(at / 200, 1.0) for at in range(600)]
        noise = [each - 60 * MIB for each in growing(0.0)]
        assert notes(watched({"container api: memory": [a + b for a, b in zip(filling, noise, strict=True)]})) == set()

    def test_memory_that_hardly_grows_once_it_has_filled_up_is_none(self) -> None:
        filling = [2 * MIB * min(at, 300) / 60 + MIB / 8 * max(at - 300, 0) / 60 for at in range(600)]
        noise = growing(0.0, noise=0.001 * MIB)
        assert notes(watched({"container api: memory": [a + b for a, b in zip(filling, noise, strict=True)]})) == set()

    def test_a_gap_is_a_doubt(self) -> None:
        gap = Gap(source=Source.PROBE, subject="depth", missed=3, why="it did not answer")
        assert notes(watched({}, gaps=(gap,))) == {NoteCode.TELEMETRY_GAP}


class TestWhereToLook:
    def slower(self, cpu: float) -> Telemetry:
        return watched(
            {
                "container api: cpu": list(rng.normal(cpu, 0.02, 600)),
                "container worker: cpu": list(rng.normal(0.1, 0.02, 600)),
                "container api: memory": growing(0.0),
            }
        )

    def judged(self, before: int, now: float) -> ScenarioJudgement:
        history = [
            stored(with_telemetry(measurement({"GET /": times(0.05, 600, seed=day)}, day=day), self.slower(0.2)))
            for day in range(before)
        ]
        run = with_telemetry(measurement({"GET /": times(now, 600)}, day=40), self.slower(0.6))
        policy = Policy(tolerances=(Tolerance(metric=Metric.P50, fail=0.1),))
        return judge_scenario(run, history, policy, today=TODAY)

    @pytest.mark.parametrize("before", [1, 8])
    def test_names_what_moved_with_a_regression_and_nothing_else(self, before: int) -> None:
        found = self.judged(before, now=0.2)
        assert found.verdict is Verdict.FAIL
        assert [each.key.label for each in found.where_to_look] == ["container api: cpu"]
        [moved] = found.where_to_look
        assert (moved.baseline, moved.candidate) == pytest.approx((0.2, 0.6), rel=0.05)
        assert moved.change == pytest.approx(2.0, rel=0.1)
        assert moved.runs == before

    def test_names_what_fell_too(self) -> None:
        run = with_telemetry(measurement({"GET /": times(0.2, 600)}, day=40), self.slower(0.2))
        before = [
            stored(with_telemetry(measurement({"GET /": times(0.05, 600, seed=day)}, day=day), self.slower(0.6)))
            for day in range(8)
        ]
        reason = Reason(code=ReasonCode.REGRESSION, verdict=Verdict.FAIL)
        [moved] = where_to_look(run, before, [reason])
        assert (moved.key.label, moved.change) == ("container api: cpu", pytest.approx(-2 / 3, rel=0.1))
        assert moved.distance > 0

    def test_is_empty_where_nothing_got_worse(self) -> None:
        assert self.judged(8, now=0.05).where_to_look == ()

    def test_beside_a_base_it_is_the_bases_telemetry_that_counts(self) -> None:
        run = with_telemetry(measurement({"GET /": times(0.05, 600)}), self.slower(0.6))
        base = with_telemetry(measurement({"GET /": times(0.05, 600)}), self.slower(0.2))
        assert base.telemetry is not None
        beside = SideBySide.model_construct(telemetry=base.telemetry)
        found = where_to_look(
            run.model_copy(update={"side_by_side": beside}),
            (),
            [Reason(code=ReasonCode.REGRESSION, verdict=Verdict.FAIL)],
        )
        assert [(each.key.label, each.runs) for each in found] == [("container api: cpu", 0)]


def test_a_broken_budget_is_a_place_to_start_from_too() -> None:
    budget = parse_telemetry_budget("container api: cpu mean < 0.1")
    assert judged(watched({"container api: cpu": [0.5] * 20}), telemetry_budgets=(budget,)).verdict is Verdict.FAIL

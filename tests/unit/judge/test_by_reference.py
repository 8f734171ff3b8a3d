"""Runs compared by their ratios to a pinned reference: what cancels out, what is shown twice, what has crept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
import pytest
from scipy import stats

from perfgate.judge.by_reference import estimate, looks_slower
from perfgate.judge.history import comparable
from perfgate.judge.ratios import RunRatio, measured_ratios, of_run
from perfgate.judge.verdict import judge_scenario
from perfgate.records.baseline import Baseline, baseline_of
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Kind, ScenarioJudgement
from perfgate.records.measurement import BesideReference, Measurement, Subject
from perfgate.records.metric import Metric
from perfgate.records.reference import MeasuredRatio
from perfgate.records.step import Step
from perfgate.records.verdict import NoteCode, ReasonCode, Verdict
from perfgate.settings.criteria import SIDE_BY_SIDE_TOLERANCES
from tests.builders import measurement, stored, times
from tests.unit.judge.test_side_by_side import change, codes, measured

POLICY = Policy(tolerances_side_by_side=SIDE_BY_SIDE_TOLERANCES)
TODAY = date(2026, 1, 1)
RELEASE, LATER = "a" * 40, "b" * 40
METRICS = (Metric.P50, Metric.P95)


@cache
def template(starts: int) -> Measurement:
    return measured(*(0.0,) * starts, pairs=30)


def run(
    *ratios: float, day: float = 100, commit: str = RELEASE, machine: float = 1.0, error: float = 0.01
) -> Measurement:
    """One that was measured beside the reference `v1.2.0`: by how much slower it was, on each pair of fresh starts.

    `machine`: how fast it is; all times of both sides are so many times as long.
    """
    made = template(len(ratios))
    assert made.side_by_side is not None
    beside = made.side_by_side.model_copy(update={"subject": Subject(commit=commit)})
    starts = tuple(
        tuple(
            MeasuredRatio(label=label, metric=metric, estimate=math.log1p(ratio), error=error, pairs=29)
            for label in (TOTAL, "GET /")
            for metric in METRICS
        )
        for ratio in ratios
    )
    started = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    total = made.total.model_copy(update={"response_times": _times(made, machine * (1 + ratios[0]))})
    return made.model_copy(
        update={
            "id": f"{started:%Y%m%d-%H%M%S}-000000",
            "started_at": started,
            "side_by_side": None,
            "total": total,
            "reference": BesideReference(name="v1.2.0", beside=beside, starts=starts),
        }
    )


def _times(made: Measurement, factor: float) -> object:
    times = made.total.response_times
    assert times is not None
    slower = {name: getattr(times, name) for name in ("p50", "p95")}
    return times.model_copy(
        update={name: each.model_copy(update={"value": each.value * factor}) for name, each in slower.items()}
    )


def history(many: int, *, level: float = 0.0, spread: float = 0.015, commit: str = RELEASE) -> list[Baseline]:
    """A run a day, on machines that differ by half."""
    chance = np.random.default_rng(4)
    made = [
        run(
            math.expm1(math.log1p(level) + chance.normal(0, spread)),
            day=day,
            commit=commit,
            machine=math.exp(chance.normal(0, 0.5)),
        )
        for day in range(many)
    ]
    return [baseline_of(each, each.started_at, "run") for each in made]


def judged(candidate: Measurement, runs: Sequence[Baseline], steps: Sequence[Step] = ()) -> ScenarioJudgement:
    return judge_scenario(candidate, runs, POLICY, today=TODAY, steps=steps)


class TestEstimate:
    def test_with_enough_runs_it_is_a_prediction_interval_from_their_spread(self) -> None:
        ratios = np.random.default_rng(1).normal(0.1, 0.02, 20)
        found = estimate(RunRatio(0.15, 0.01, 1), [RunRatio(float(each), 0.01, 1) for each in ratios], luck=0.01)
        spread = stats.median_abs_deviation(ratios, scale="normal")
        assert found.spread == pytest.approx(spread, rel=1e-3)
        assert found.change == pytest.approx(0.15 - np.median(ratios))
        assert found.error == pytest.approx(spread * math.sqrt(1 + math.pi / 40), rel=1e-3)
        assert found.upper(0.05) == pytest.approx(found.change + stats.t.ppf(0.95, 19) * found.error)

    def test_a_run_whose_pairs_are_less_sure_is_less_sure(self) -> None:
        before = [RunRatio(float(each), 0.01, 1) for each in np.random.default_rng(1).normal(0, 0.02, 20)]
        sure, unsure = (estimate(RunRatio(0.0, error, 1), before, luck=0.01).error for error in (0.01, 0.05))
        assert unsure**2 - sure**2 == pytest.approx(0.05**2 - 0.01**2)

    def test_runs_that_happen_to_agree_are_not_taken_for_exact(self) -> None:
        found = estimate(RunRatio(0.0, 0.01, 1), [RunRatio(0.0, 0.01, 1)] * 10, luck=0.01)
        assert found.error >= 0.01

    def test_with_one_run_both_errors_count_in_quadrature(self) -> None:
        found = estimate(RunRatio(0.03, 0.02, 1), [RunRatio(0.01, 0.01, 1)], luck=0.01)
        assert found.change == pytest.approx(0.02)
        assert found.error == pytest.approx(math.sqrt(0.02**2 + 2 * 0.01**2 + 0.01**2 + 2 * 0.01**2))
        assert found.degrees == 8

    def test_runs_of_another_machine_tell_nothing_of_the_spread_here(self) -> None:
        before = [RunRatio(0.0, 0.01, 1)] * 10
        assert estimate(RunRatio(0.0, 0.01, 1), before, luck=0.01, at_least=0.15).error > 0.15

    @pytest.mark.parametrize("many", [1, 4, 8, 30])
    def test_its_bounds_hold_as_often_as_they_say(self, many: int) -> None:
        """Where runs differ by what pairs and starts explain."""
        chance, missed = np.random.default_rng(2), 0
        for _ in range(1000):
            drawn = chance.normal(0, math.hypot(0.012, math.sqrt(2) * 0.01), many + 1)
            before = [RunRatio(float(each), 0.012, 1) for each in drawn[1:]]
            missed += estimate(RunRatio(float(drawn[0]), 0.012, 1), before, luck=0.01).upper(0.05) < 0
        assert missed / 1000 < 0.085


class TestVerdict:
    def test_machines_that_differ_by_half_are_no_change(self) -> None:
        result = judged(run(0.0, machine=1.7), history(20))
        assert result.verdict is Verdict.PASS
        assert change(result, Metric.P50).kind is Kind.UNCHANGED
        assert change(result, Metric.P50).runs == 20

    def test_what_it_would_have_been_here_is_told_as_before(self) -> None:
        found = change(judged(run(0.1, machine=1.0), history(20, level=0.1)), Metric.P50)
        reference = template(1).side_by_side
        assert reference is not None
        assert reference.total.response_times is not None
        assert found.baseline == pytest.approx(reference.total.response_times.p50.value * 1.1, rel=0.02)

    def test_a_slow_down_shown_again_on_fresh_starts_fails(self) -> None:
        result = judged(run(0.2, 0.2), history(20))
        assert result.verdict is Verdict.FAIL
        assert ReasonCode.REGRESSION in codes(result)
        assert change(result, Metric.P50).change == pytest.approx(0.2, abs=0.01)

    @pytest.mark.parametrize("ratios", [(0.2,), (0.2, 0.0)])
    def test_one_that_is_not_shown_again_is_conditional(self, ratios: tuple[float, ...]) -> None:
        result = judged(run(*ratios), history(20))
        assert result.verdict is Verdict.CONDITIONAL
        assert ReasonCode.UNCONFIRMED in codes(result)
        assert ReasonCode.REGRESSION not in codes(result)
        assert change(result, Metric.P50).kind is Kind.INCONCLUSIVE

    @pytest.mark.parametrize("again", [-0.1, 0.0, 0.2, 0.5])
    def test_whatever_fresh_starts_show_a_change_lies_within_its_interval(self, again: float) -> None:
        told, once = (change(judged(run(*each), history(20)), Metric.P50) for each in ((0.2, again), (0.2,)))
        assert told.bound_better < told.change < told.bound_worse
        assert told.bound_better <= once.bound_better
        assert told.bound_worse >= once.bound_worse

    def test_only_what_looks_slower_is_measured_again(self) -> None:
        policy = POLICY.side_by_side
        for ratio, again in ((0.0, False), (0.2, True)):
            candidate = run(ratio)
            assert looks_slower(candidate, comparable(candidate, history(20), 30), policy) is again

    def test_what_has_no_tolerance_starts_nothing_afresh(self) -> None:
        candidate, policy = run(0.2), Policy(tolerances_side_by_side=SIDE_BY_SIDE_TOLERANCES[-1:]).side_by_side
        assert not looks_slower(candidate, comparable(candidate, history(20), 30), policy)

    def test_a_level_that_stored_runs_have_is_no_regression(self) -> None:
        assert ReasonCode.REGRESSION not in codes(judged(run(0.3, 0.3), history(20, level=0.3)))

    def test_few_runs_may_decide_by_their_own_errors(self) -> None:
        few = history(3, spread=0.005)
        assert change(judged(run(0.0, error=0.005), few), Metric.P50).kind is Kind.UNCHANGED
        assert judged(run(0.3, 0.3), few).verdict is Verdict.FAIL
        assert change(judged(run(0.0, error=0.05), few), Metric.P50).kind is Kind.INCONCLUSIVE

    def test_what_no_pair_of_blocks_bears_is_said(self) -> None:
        candidate = run(0.0)
        assert candidate.reference is not None
        bare = tuple(tuple(each for each in start if each.metric is Metric.P50) for start in candidate.reference.starts)
        lacking = candidate.model_copy(update={"reference": candidate.reference.model_copy(update={"starts": bare})})
        result = judged(lacking, history(20))
        assert (ReasonCode.TOO_FEW_REQUESTS, Metric.P95) in {(each.code, each.metric) for each in result.reasons}

    def test_it_is_the_same_when_judged_again_from_files(self) -> None:
        candidate, runs = run(0.2, 0.2), history(12)
        again = Measurement.model_validate_json(candidate.model_dump_json())
        read = [Baseline.model_validate_json(each.model_dump_json()) for each in runs]
        assert judged(again, read) == judged(candidate, runs)

    def test_stored_runs_keep_ratios_and_no_pairs(self) -> None:
        (kept,) = history(1)
        assert kept.measurement.reference is not None
        assert [start.pairs for start in kept.measurement.reference.beside.starts] == [()]
        assert of_run(kept.measurement.reference, TOTAL, Metric.P95) is not None


class TestAnotherReference:
    def test_a_moved_reference_begins_anew(self) -> None:
        result = judged(run(0.0), history(12, commit=LATER))
        (reason,) = (each for each in result.reasons if each.code is ReasonCode.NO_BASELINE)
        assert reason.facts["other_references"] == 12
        assert not any(each.changes for each in result.rows)

    def test_runs_beside_another_are_left_out_with_a_note_while_there_are_few(self) -> None:
        older = history(12, commit=LATER)
        newer = [baseline_of(run(0.0, day=20 + day), datetime(2026, 2, 1, tzinfo=UTC), "run") for day in range(9)]
        few, enough = judged(run(0.0), [*older, *newer[:3]]), judged(run(0.0), [*older, *newer])
        assert few.provenance.runs == 3
        assert [each.facts["runs"] for each in few.notes if each.code is NoteCode.OTHER_REFERENCE] == [12]
        assert not [each for each in enough.notes if each.code is NoteCode.OTHER_REFERENCE]

    def test_runs_of_before_there_was_a_reference_are_left_out_by_that_name(self) -> None:
        alone = measurement({"GET /": times(0.1, 600)}, day=1, digest="load-1")
        candidate = run(0.0)
        in_turns = candidate.scenario.model_copy(update={"digest": "load-1-beside"})
        found = comparable(candidate.model_copy(update={"scenario": in_turns}), [stored(alone)], 30)
        assert (found.runs, found.other_references, found.other_loads) == ((), 1, 0)

    def test_a_run_without_a_reference_is_compared_with_such_alone(self) -> None:
        alone = run(0.0).model_copy(update={"reference": None})
        assert comparable(alone, history(3), 30).other_references == 3
        assert not comparable(alone, history(3), 30).runs


class TestCreep:
    def test_it_is_told_with_its_interval(self) -> None:
        result = judged(run(0.09), history(20, level=0.09))
        (note,) = (each for each in result.notes if (each.code, each.metric) == (NoteCode.CREEP, Metric.P50))
        assert note.facts["reference"] == "v1.2.0"
        assert note.facts["change"] == pytest.approx(0.09)
        half = stats.norm.ppf(0.975) * math.sqrt(0.01**2 + 2 * 0.01**2)
        assert note.facts["low"] == pytest.approx(1.09 * math.exp(-half) - 1)
        assert note.facts["high"] == pytest.approx(1.09 * math.exp(half) - 1)
        assert ReasonCode.CREEP not in codes(result)

    def test_beyond_what_is_taken_it_is_conditional_though_nothing_changed(self) -> None:
        result = judged(run(0.3), history(20, level=0.3))
        crept = [each for each in result.reasons if each.code is ReasonCode.CREEP]
        assert {each.metric for each in crept} == {Metric.P50, Metric.P95}
        assert {each.verdict for each in crept} == {Verdict.CONDITIONAL}
        assert {each.endpoint for each in crept} == {TOTAL}
        assert not [each for each in result.notes if each.code is NoteCode.CREEP]
        assert result.verdict is Verdict.CONDITIONAL

    def test_it_is_told_from_the_first_run_on(self) -> None:
        assert ReasonCode.CREEP in codes(judged(run(0.3), []))

    def test_one_that_is_not_certain_is_a_note(self) -> None:
        assert ReasonCode.CREEP not in codes(judged(run(0.2, error=0.1), history(20, level=0.2)))

    def test_less_than_the_tolerance_is_no_reason_however_sure_it_is(self) -> None:
        """Certainly more than half of 15 %, and as estimated not all of it."""
        assert ReasonCode.CREEP not in codes(judged(run(0.12, error=0.001), history(20, level=0.12)))


def test_a_change_of_level_is_told_with_the_runs_since() -> None:
    runs = history(12)
    step = Step(run=runs[3].id, metric=Metric.P50, endpoint=TOTAL, change=0.1)
    (note,) = (each for each in judged(run(0.0), runs, [step]).notes if each.code is NoteCode.LEVEL_CHANGED)
    assert note.facts == {
        "change": 0.1, "since": "2026-01-04", "commit": "c" * 40, "runs": 9, "reference": "v1.2.0",
    }  # fmt: skip
    assert not [each for each in judged(run(0.0), [], [step]).notes if each.code is NoteCode.LEVEL_CHANGED]


def test_the_trend_is_of_what_each_run_would_have_been_here() -> None:
    """Machines that differ by half are not in it."""
    result = judged(run(0.1), history(12, level=0.1))
    reference = template(1).side_by_side
    assert reference is not None
    assert reference.total.response_times is not None
    figures = [each.figures[Metric.P50] / reference.total.response_times.p50.value for each in result.trend]
    assert len(figures) == 12
    assert all(1.04 < each < 1.16 for each in figures)
    (of_endpoint,) = result.trend_of_endpoints
    assert of_endpoint.endpoint == "GET /"
    assert None not in of_endpoint.figures[Metric.P50]


def test_ratios_come_from_the_pairs_of_blocks() -> None:
    beside = measured(0.1, pairs=30).side_by_side
    assert beside is not None
    found = {(each.label, each.metric): each for each in measured_ratios(beside.starts[0], beside.design)}
    p50 = found[TOTAL, Metric.P50]
    assert p50.estimate == pytest.approx(math.log(1.1), abs=3 * p50.error)
    assert 0.002 < p50.error < 0.02
    assert p50.pairs == 29
    assert (TOTAL, Metric.P99) not in found  # a block holds too few requests

"""What a reader sees behind a comparison is what was compared."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from perfgate.judge.behind import FIGURES, RUNS, SERIES
from perfgate.judge.ratios import measured_ratios
from perfgate.judge.verdict import judge_scenario
from perfgate.records.baseline import baseline_of
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import TOTAL
from perfgate.records.measurement import BesideReference, Measurement
from perfgate.records.metric import Metric
from perfgate.records.step import Step
from perfgate.settings.criteria import SIDE_BY_SIDE_TOLERANCES
from tests.builders import stored
from tests.unit.judge.test_side_by_side import change, judged, measured
from tests.unit.judge.test_verdict import judged as judged_stored
from tests.unit.judge.test_verdict import run, steady_history

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_pairs_lead_to_the_change_that_is_told() -> None:
    found = judged(measured(0.2))
    behind = found.pairs[0]
    told = change(found, behind.metric)
    (start,) = behind.starts
    assert behind.endpoint == TOTAL
    assert len(start.changes) == told.runs
    assert start.estimate == pytest.approx(told.change, abs=1e-4)
    assert (start.bound_better, start.bound_worse) == pytest.approx((told.bound_better, told.bound_worse), abs=1e-4)
    assert min(start.changes) < start.estimate < max(start.changes)
    assert len(found.pairs) <= SERIES
    assert all(each.metric is not Metric.ERROR_RATIO for each in found.pairs)


def test_fresh_starts_stand_behind_the_first() -> None:
    found = judged(measured(0.2, 0.2))
    assert [len(each.starts) for each in found.pairs[:2]] == [2, 2]
    provenance = found.provenance.side_by_side
    assert provenance is not None
    assert provenance.ended_because == ("planned", "planned")
    assert provenance.looks[-1] == 24


def beside_a_reference(slower: float) -> Measurement:
    """Its pairs and its ratios belong together."""
    made = measured(slower)
    assert made.side_by_side is not None
    beside = made.side_by_side
    ratios = tuple(measured_ratios(start, beside.design) for start in beside.starts)
    reference = BesideReference(name="v1.2.0", beside=beside, starts=ratios)
    return made.model_copy(update={"side_by_side": None, "reference": reference})


def test_beside_a_reference_the_pairs_lead_to_the_change_from_stored_runs() -> None:
    now, before = beside_a_reference(0.2), beside_a_reference(0.05)
    runs = [baseline_of(before.model_copy(update={"id": f"20250101-00000{at}-abcdef"}), NOW, "run") for at in range(3)]
    policy = Policy(tolerances_side_by_side=SIDE_BY_SIDE_TOLERANCES)
    found = judge_scenario(now, runs, policy, today=NOW.date())
    behind = found.pairs[0]
    (start,) = behind.starts
    told = change(found, behind.metric)
    assert behind.endpoint == TOTAL
    assert start.estimate == pytest.approx(told.change, abs=1e-4)
    assert start.estimate == pytest.approx(1.2 / 1.05 - 1, abs=0.03)
    assert (start.bound_better, start.bound_worse) == pytest.approx((told.bound_better, told.bound_worse), abs=1e-4)
    assert min(start.changes) < start.estimate < max(start.changes)
    alone = judge_scenario(now, [], policy, today=NOW.date()).pairs[0].starts[0]
    assert alone.estimate == pytest.approx(0.2, abs=0.03)
    assert alone.bound_worse is None
    stored_now = now.model_copy(update={"reference": now.reference and now.reference.stored()})
    assert judge_scenario(stored_now, runs, policy, today=NOW.date()).pairs == ()


def test_the_trend_has_the_stored_runs_oldest_first() -> None:
    history = steady_history(5)
    found = judged_stored(run(day=100), history)
    assert [each.id for each in found.trend] == sorted(each.id for each in history)
    newest = found.trend[-1]
    assert newest.figures[Metric.P50] == pytest.approx(0.1, rel=0.1)
    assert set(newest.figures) == set(FIGURES)
    assert len(found.trend) <= RUNS
    assert found.pairs == ()


def test_what_was_before_a_change_of_level_is_shown_and_not_compared_with() -> None:
    history = [stored(each) for each in steady_history(9)]
    step = Step(run=history[5].id, metric=Metric.P50, endpoint=TOTAL, change=0.2)
    of_endpoint = Step(
        run=history[7].id, metric=Metric.P95, endpoint=history[0].measurement.endpoints[0].label, change=1
    )
    found = judge_scenario(run(day=100), history, Policy(), today=date(2026, 2, 1), steps=[of_endpoint, step])
    assert [each.compared for each in found.trend] == [False] * 5 + [True] * 4
    assert found.provenance.runs == 4
    assert found.trend_steps == (step, of_endpoint)
    (endpoint,) = found.trend_of_endpoints
    assert endpoint.endpoint == of_endpoint.endpoint
    assert endpoint.figures[Metric.P50] == pytest.approx([0.1] * 9, rel=0.1)
    unknown = step.model_copy(update={"run": "not stored any more"})
    assert judge_scenario(run(day=100), history, Policy(), today=date(2026, 2, 1), steps=[unknown]).provenance.runs == 9


def test_what_was_before_an_accepted_run_is_shown_and_not_compared_with() -> None:
    history = [stored(each) for each in steady_history(6)]
    history[2] = history[2].model_copy(update={"why": "accepted"})
    found = judged_stored(run(day=100), history)
    assert [each.compared for each in found.trend] == [False] * 2 + [True] * 4

"""What a reader sees behind a comparison is what was compared."""

from __future__ import annotations

import pytest

from perfgate.judge.behind import FIGURES, RUNS, SERIES
from perfgate.records.measurement import TOTAL
from perfgate.records.metric import Metric
from tests.unit.judge.test_side_by_side import change, judged, measured
from tests.unit.judge.test_verdict import judged as judged_stored
from tests.unit.judge.test_verdict import run, steady_history


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


def test_the_trend_has_the_stored_runs_oldest_first() -> None:
    history = steady_history(5)
    found = judged_stored(run(day=100), history)
    assert [each.id for each in found.trend] == sorted(each.id for each in history)
    newest = found.trend[-1]
    assert newest.figures[Metric.P50] == pytest.approx(0.1, rel=0.1)
    assert set(newest.figures) == set(FIGURES)
    assert len(found.trend) <= RUNS
    assert found.pairs == ()

"""A warning limit that is crossed, as far as that is certain."""

from __future__ import annotations

import pytest

from perfgate.judge.changes import change_reasons
from perfgate.records.criteria import Tolerance
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Change, Kind
from perfgate.records.metric import Metric
from perfgate.records.verdict import ReasonCode


@pytest.mark.parametrize(
    ("metric", "change", "bound", "warned"),
    [
        (Metric.P95, 0.07, 0.01, True),
        (Metric.P95, 0.07, 0.0, False),  # it may be no change at all
        (Metric.P95, 0.07, None, False),
        (Metric.P95, 0.05, 0.01, False),  # the limit itself
        (Metric.THROUGHPUT, -0.07, -0.01, True),
        (Metric.THROUGHPUT, -0.07, 0.0, False),
        (Metric.THROUGHPUT, 0.07, 0.01, False),
    ],
)
def test_a_warning_wants_a_worsening_beyond_its_limit_that_is_surely_one(
    metric: Metric, change: float, bound: float | None, *, warned: bool
) -> None:
    found = Change(
        endpoint=TOTAL,
        metric=metric,
        baseline=1.0,
        candidate=1.0 + change,
        absolute=False,
        change=change,
        bound_better=bound,
        bound_worse=None,
        kind=Kind.INCONCLUSIVE,
        tolerance=Tolerance(metric=metric, fail=0.1, warn=0.05),
        gated=True,
        runs=8,
        spread=0.02,
        spread_from="history",
        smallest_detectable=0.05,
    )
    assert [each.code for each in change_reasons([found], unsound=False)] == [ReasonCode.WARNING] * warned

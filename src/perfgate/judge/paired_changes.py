"""What pairs of blocks showed, as changes; ratios, which need no pairs, beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from perfgate.judge.changes import RATIOS, tolerance_for
from perfgate.judge.comparison import Subject, ratio_change
from perfgate.judge.differences import COMPARED, Compared
from perfgate.judge.inference import NORMAL
from perfgate.judge.side_by_side import Judged
from perfgate.judge.values import value_of
from perfgate.records.criteria import Policy
from perfgate.records.judgement import Change
from perfgate.records.measurement import EndpointStatistics, SideBySide
from perfgate.records.metric import METRICS

POWER: Final = 0.80


def paired_changes(
    judged: Sequence[Judged], measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy
) -> tuple[Change, ...]:
    """Of the total and of every endpoint on both sides, also of ratios, which need no pairs."""
    return (*map(_change, judged), *_ratios(measured, head, policy))


def _change(judged: Judged) -> Change:
    compared, first, again = judged.compared, judged.first, judged.again
    middle = first.estimate if again is None else (first.estimate + again.estimate) / 2
    tolerance = compared.tolerance
    sign = 1 if METRICS[compared.metric].lower_is_better else -1
    return Change(
        endpoint=compared.label,
        metric=compared.metric,
        baseline=value_of(compared.base, compared.metric) or 0.0,
        candidate=value_of(compared.head, compared.metric) or 0.0,
        absolute=False,
        change=math.expm1(sign * middle),
        bound_better=None if first.lower is None else math.expm1(sign * first.lower),
        bound_worse=None if first.upper is None else math.expm1(sign * first.upper),
        kind=judged.settled,
        tolerance=tolerance,
        gated=compared.gated,
        runs=first.pairs,
        spread=first.spread if math.isfinite(first.spread) else None,
        spread_from="pairs",
        smallest_detectable=None if tolerance is None else _smallest_detectable(judged, tolerance.fail),
    )


def _standard_error(judged: Judged) -> float | None:
    """As wide as the lower bound says, at its level."""
    if judged.first.lower is None:
        return None
    return (judged.first.estimate - judged.first.lower) / -NORMAL.inv_cdf(judged.level)


def _smallest_detectable(judged: Judged, margin: float) -> float | None:
    error = _standard_error(judged)
    if error is None:
        return None
    limit = math.log1p(margin)
    reach = (NORMAL.inv_cdf(POWER) - NORMAL.inv_cdf(judged.level)) * error
    return math.expm1(max(limit, limit / 2 + reach))


def _ratios(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> Iterator[Change]:
    metrics = dict.fromkeys((*COMPARED, *(each.metric for each in policy.tolerances)))
    rows = [(each, base) for each in head if (base := measured.statistics(each.label)) is not None and base.requests]
    for metric in metrics:
        if metric not in RATIOS:
            continue
        for statistics, base in rows:
            tolerance = tolerance_for(metric, statistics.label, policy)
            subject = Subject(metric, statistics, (base,), tolerance)
            level = policy.alpha_fail / max(len(rows), 1)
            change = ratio_change(statistics.label, subject, level=level, alpha_pass=policy.alpha_pass)
            if change is not None:
                judged = Compared(statistics.label, metric, tolerance, base, statistics, ())
                yield change.model_copy(update={"gated": judged.gated})

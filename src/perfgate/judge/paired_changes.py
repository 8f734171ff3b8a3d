"""What pairs of blocks showed, as changes; ratios, whose intervals pairs only widen, beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from perfgate.judge.changes import tolerance_for, worsening
from perfgate.judge.comparison import Subject, ratio_change
from perfgate.judge.differences import Compared, compared_metrics
from perfgate.judge.judged import Judged
from perfgate.judge.paired_errors import clustering
from perfgate.judge.values import value_of
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import EndpointStatistics
from perfgate.records.judgement import Change, Kind
from perfgate.records.measurement import SideBySide
from perfgate.records.metric import METRICS, RATIOS
from perfgate.records.provenance import ControlShown


def paired_changes(
    judged: Sequence[Judged], measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy
) -> tuple[Change, ...]:
    """Of the total and of every endpoint on both sides, also of ratios."""
    block = measured.design.block
    return (*(_change(each, block) for each in judged), *compared_ratios(measured, head, policy, policy.alpha_pass))


def _change(judged: Judged, block: float) -> Change:
    compared, first, tolerance = judged.compared, judged.first, judged.compared.tolerance
    return Change(
        endpoint=compared.label,
        metric=compared.metric,
        baseline=value_of(compared.base, compared.metric) or 0.0,
        candidate=value_of(compared.head, compared.metric) or 0.0,
        absolute=False,
        change=_relative(judged, judged.estimate),
        bound_better=None if judged.lower is None else _relative(judged, judged.lower),
        bound_worse=None if judged.upper is None else _relative(judged, judged.upper),
        kind=judged.settled,
        tolerance=tolerance,
        gated=compared.gated,
        runs=first.pairs,
        spread=first.spread if math.isfinite(first.spread) else None,
        spread_from="pairs",
        smallest_detectable=None if judged.outlook is None else judged.outlook.smallest_detectable(),
        more_seconds=_more_seconds(judged, block),
    )


def controls_shown(judged: Sequence[Judged]) -> tuple[ControlShown, ...]:
    """Of what fresh starts have shown again: the total first."""
    return tuple(
        ControlShown(
            endpoint=each.compared.label,
            metric=each.compared.metric,
            claimed=_relative(each, each.estimate),
            change=_relative(each, each.control.estimate),
            low=None if each.control.lower is None else _relative(each, each.control.lower),
            high=None if each.control.upper is None else _relative(each, each.control.upper),
            refutes=each.refuted,
        )
        for each in judged
        if each.confirmed and each.control is not None
    )


def _relative(judged: Judged, logarithm: float) -> float:
    """Signed as the metric is: less throughput is below zero."""
    return math.expm1(logarithm if METRICS[judged.compared.metric].lower_is_better else -logarithm)


def _more_seconds(judged: Judged, block: float) -> float | None:
    if judged.kind is not Kind.INCONCLUSIVE or judged.outlook is None:
        return None
    pairs = judged.outlook.more_pairs()
    return None if pairs is None else pairs * 2 * block


def compared_ratios(
    measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy, alpha_pass: float
) -> Iterator[Change]:
    """Of failures, over all blocks together; `alpha_pass`: one-sided error at which one is shown to be unchanged."""
    rows = [(each, base) for each in head if (base := measured.statistics(each.label)) is not None and base.requests]
    for metric in compared_metrics(measured, policy):
        if metric not in RATIOS:
            continue
        for statistics, base in rows:
            tolerance = tolerance_for(metric, statistics.label, policy)
            subject = Subject(metric, statistics, (base,), tolerance)
            level = policy.alpha_fail / max(len(rows), 1)
            change = ratio_change(
                statistics.label,
                subject,
                level=level,
                alpha_pass=alpha_pass,
                clustering=clustering(measured.starts[0].judged, statistics.label),
            )
            if change is not None:
                gated = Compared(statistics.label, metric, tolerance, base, statistics, ()).gated
                yield change.model_copy(update={"gated": gated, "more_seconds": _more_for_ratio(change, measured)})


def _more_for_ratio(change: Change, measured: SideBySide) -> float | None:
    """Seconds of load by which it would be decided if it is what it seems, its interval narrowing by the root."""
    if change.kind is not Kind.INCONCLUSIVE or change.tolerance is None:
        return None
    limit, worse = change.tolerance.fail, worsening(change)
    bound, room = change.bound_worse, limit - worse
    if worse > limit:
        bound, room = change.bound_better, worse - limit / 2
    if bound is None or room <= 0:
        return None
    half = abs(bound - change.change)
    so_far = len(measured.starts[0].judged) * 2 * measured.design.block
    return so_far * max(0.0, (half / room) ** 2 - 1)

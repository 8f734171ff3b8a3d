"""What lies behind the changes, bounded, for readers who want to see it: pairs of blocks, and stored runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from perfgate.judge.by_reference import Judged as ByRatio
from perfgate.judge.history import History
from perfgate.judge.judged import Judged
from perfgate.judge.paired import PairedEstimate
from perfgate.judge.ratios import neighbours_joined, of_run
from perfgate.judge.values import value_of
from perfgate.records.baseline import Baseline
from perfgate.records.endpoint import TOTAL
from perfgate.records.evidence import EndpointTrend, PairEvidence, StartEvidence, StoredRun
from perfgate.records.judgement import Kind
from perfgate.records.measurement import BesideReference
from perfgate.records.metric import METRICS, PERCENTILES, Metric
from perfgate.records.step import Step

SERIES: Final = 40  # metrics of endpoints
RUNS: Final = 60
ENDPOINTS: Final = 40
FIGURES: Final = (Metric.P50, Metric.P95, Metric.P99, Metric.ERROR_RATIO, Metric.THROUGHPUT)
_WORST_FIRST: Final = (Kind.REGRESSED, Kind.INCONCLUSIVE, Kind.IMPROVED, Kind.UNCHANGED)


def pair_evidence(judged: Sequence[Judged]) -> tuple[PairEvidence, ...]:
    """Of what has a tolerance: the total first, then the worst and largest."""
    held = [each for each in judged if each.compared.tolerance is not None]
    total = [each for each in held if each.compared.label == TOTAL]
    others = [each for each in held if each.compared.label != TOTAL]
    others.sort(key=lambda each: (_WORST_FIRST.index(each.settled), -abs(each.first.estimate)))
    return tuple(map(_evidence, [*total, *others][:SERIES]))


def _evidence(judged: Judged) -> PairEvidence:
    compared = judged.compared
    sign = 1 if METRICS[compared.metric].lower_is_better else -1
    estimates = [judged.first, *([] if judged.again is None else [judged.again])]
    return PairEvidence(
        endpoint=compared.label,
        metric=compared.metric,
        starts=tuple(_start(*each, sign) for each in zip(estimates, compared.starts, strict=False)),
        control=None if judged.control is None else _start(judged.control, compared.control, sign),
        joined=judged.first.joined,
    )


def ratio_evidence(judged: Sequence[ByRatio], alpha_pass: float) -> tuple[PairEvidence, ...]:
    """The same beside a reference: each pair's ratio to it, against the ratio that stored runs have.

    Nothing of a run whose pairs were left out when it was stored.
    """
    held = [each for each in judged if each.compared.tolerance is not None and any(each.compared.starts)]
    total = [each for each in held if each.compared.label == TOTAL]
    others = [each for each in held if each.compared.label != TOTAL]
    others.sort(key=lambda each: (_WORST_FIRST.index(each.settled), -abs(each.ratio.estimate - each.expected)))
    return tuple(_ratios(each, alpha_pass) for each in [*total, *others][:SERIES])


def _ratios(judged: ByRatio, alpha_pass: float) -> PairEvidence:
    compared, first, again = judged.compared, judged.first, judged.again
    sign = 1 if METRICS[compared.metric].lower_is_better else -1
    told: list[tuple[float, float | None, float | None]] = [(judged.ratio.estimate, None, None)]
    if first is not None:
        told = [(first.change, first.lower(judged.level), first.upper(alpha_pass))]
    if again is not None:
        told.append((again.change, again.lower(alpha_pass), again.upper(alpha_pass)))
    return PairEvidence(
        endpoint=compared.label,
        metric=compared.metric,
        starts=tuple(
            _of_start(*each, [found - judged.expected for found in differences], sign)
            for each, differences in zip(told, compared.starts, strict=False)
        ),
        joined=neighbours_joined(compared.starts[0]),
    )


def _start(estimated: PairedEstimate, differences: Sequence[float], sign: int) -> StartEvidence:
    return _of_start(estimated.estimate, estimated.lower, estimated.upper, differences, sign)


def _of_start(
    estimate: float, lower: float | None, upper: float | None, differences: Sequence[float], sign: int
) -> StartEvidence:
    """From the log scale, worse above zero."""

    def relative(difference: float) -> float:
        return round(math.expm1(sign * difference), 5)

    return StartEvidence(
        changes=tuple(map(relative, differences)),
        estimate=relative(estimate),
        bound_better=None if lower is None else relative(lower),
        bound_worse=None if upper is None else relative(upper),
    )


@dataclass(frozen=True)
class Trend:
    """The newest runs that are known, the oldest first, and where their level changed.

    Beside a `reference`, their times are those that they would have had here: the reference's, by their ratio to it.
    """

    runs: tuple[Baseline, ...] = ()
    compared: frozenset[str] = frozenset()  # ids
    steps: tuple[Step, ...] = ()
    reference: BesideReference | None = None  # as this run had it beside it


def trend(history: History, steps: Sequence[Step], reference: BesideReference | None = None) -> Trend:
    runs = tuple(reversed(history.known[:RUNS]))
    known = [run.id for run in runs]
    return Trend(
        runs=runs,
        compared=frozenset(run.id for run in history.runs),
        steps=tuple(sorted((step for step in steps if step.run in known), key=lambda step: known.index(step.run))),
        reference=reference,
    )


def trend_of_total(trend: Trend) -> tuple[StoredRun, ...]:
    return tuple(_stored_run(run, trend) for run in trend.runs)


def trend_of_endpoints(trend: Trend, labels: Sequence[str]) -> tuple[EndpointTrend, ...]:
    if not trend.runs:
        return ()
    return tuple(_endpoint_trend(label, trend) for label in labels[:ENDPOINTS])


def _endpoint_trend(label: str, trend: Trend) -> EndpointTrend:
    figures = {
        metric: tuple(_rounded(_figure(run, label, metric, trend)) for run in trend.runs) for metric in PERCENTILES
    }
    return EndpointTrend(endpoint=label, figures=figures)


def _rounded(value: float | None) -> float | None:
    """To the microsecond: the judgement stays small."""
    return None if value is None else round(value, 6)


def _figure(run: Baseline, label: str, metric: Metric, trend: Trend) -> float | None:
    own, here = run.measurement.reference, trend.reference
    if here is None or metric is Metric.ERROR_RATIO:
        statistics = run.measurement.statistics(label)
        return value_of(statistics, metric) if statistics else None
    ratio, beside = of_run(own, label, metric) if own else None, here.beside.statistics(label)
    value = value_of(beside, metric) if beside else None
    if ratio is None or value is None:
        return None
    return value * math.exp(ratio.signed(metric))


def _stored_run(run: Baseline, trend: Trend) -> StoredRun:
    measurement = run.measurement
    values = {metric: _figure(run, TOTAL, metric, trend) for metric in FIGURES}
    return StoredRun(
        id=run.id,
        measured_at=measurement.started_at,
        commit=measurement.subject.commit,
        accepted=run.why == "accepted",
        compared=run.id in trend.compared,
        figures={metric: value for metric, value in values.items() if value is not None},
    )

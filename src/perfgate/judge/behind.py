"""What lies behind the changes, bounded, for readers who want to see it: pairs of blocks, and stored runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from perfgate.judge.judged import Judged
from perfgate.judge.paired import PairedEstimate
from perfgate.judge.values import value_of
from perfgate.records.baseline import Baseline
from perfgate.records.evidence import PairEvidence, StartEvidence, StoredRun
from perfgate.records.judgement import Kind
from perfgate.records.measurement import TOTAL
from perfgate.records.metric import METRICS, Metric

SERIES: Final = 40  # metrics of endpoints
RUNS: Final = 60
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


def _start(estimated: PairedEstimate, differences: Sequence[float], sign: int) -> StartEvidence:
    def relative(difference: float) -> float:
        return round(math.expm1(sign * difference), 5)

    return StartEvidence(
        changes=tuple(map(relative, differences)),
        estimate=relative(estimated.estimate),
        bound_better=None if estimated.lower is None else relative(estimated.lower),
        bound_worse=None if estimated.upper is None else relative(estimated.upper),
    )


def trend(newest_first: Sequence[Baseline]) -> tuple[StoredRun, ...]:
    return tuple(stored_run(each) for each in reversed(newest_first[:RUNS]))


def stored_run(run: Baseline) -> StoredRun:
    measurement = run.measurement
    values = {metric: value_of(measurement.total, metric) for metric in FIGURES}
    return StoredRun(
        id=run.id,
        measured_at=measurement.started_at,
        commit=measurement.subject.commit,
        accepted=run.why == "accepted",
        figures={metric: value for metric, value in values.items() if value is not None},
    )

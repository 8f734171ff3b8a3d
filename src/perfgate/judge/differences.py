"""What is compared side by side: for each metric of an endpoint one number a pair of blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from perfgate.judge.changes import tolerance_for
from perfgate.records.criteria import Policy, Tolerance
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.measurement import SideBySide
from perfgate.records.metric import Metric
from perfgate.records.pairs import BlockFigures, Pair

FIGURES: Final = {Metric.P50: "p50", Metric.P95: "p95", Metric.P99: "p99", Metric.MEAN: "log_mean"}
BY_PAIRS: Final = frozenset({*FIGURES, Metric.THROUGHPUT})
COMPARED: Final = (Metric.P50, Metric.P95, Metric.P99, Metric.MEAN, Metric.ERROR_RATIO)
# Requests of each side below which an endpoint is reported, and can fail, but does not make anything unclear.
GATED_FROM: Final = 1500
# Requests of each side below which p99 is reported, and neither fails nor makes anything unclear.
P99_FROM: Final = 5000


@dataclass(frozen=True)
class Compared:
    """One metric of one endpoint, on each pair of fresh starts."""

    label: str
    metric: Metric
    tolerance: Tolerance | None
    base: EndpointStatistics
    head: EndpointStatistics
    starts: tuple[tuple[float, ...], ...]  # of each pair but the first, on the log scale, worse above zero
    control: tuple[float, ...] = ()  # of base against base
    swapped: bool = False  # each pair has fresh starts of its own

    @property
    def gated(self) -> bool:
        """Whether it can make the verdict unclear."""
        if self.tolerance is None:
            return False
        requests = min(self.base.requests, self.head.requests)
        return self.label == TOTAL or self.tolerance.endpoint is not None or requests >= GATED_FROM


def compared(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> Iterator[Compared]:
    for statistics in head:
        base = measured.statistics(statistics.label)
        if base is None:
            continue
        for metric in compared_metrics(measured, policy):
            if metric in BY_PAIRS:
                starts = tuple(differences(start.judged, statistics.label, metric) for start in measured.starts)
                control = differences(measured.control.judged, statistics.label, metric) if measured.control else ()
                tolerance = tolerance_for(metric, statistics.label, policy)
                if metric is Metric.P99 and min(base.requests, statistics.requests) < P99_FROM:
                    tolerance = None
                yield Compared(
                    statistics.label, metric, tolerance, base, statistics, starts, control, measured.starts[0].swapped
                )


def compared_metrics(measured: SideBySide, policy: Policy) -> tuple[Metric, ...]:
    """Throughput only where users wait for answers: what is sent at a rate has that rate."""
    closed = () if measured.design.rate is not None else (Metric.THROUGHPUT,)
    return tuple(dict.fromkeys((*COMPARED, *closed, *(each.metric for each in policy.tolerances))))


def differences(pairs: Sequence[Pair], label: str, metric: Metric) -> tuple[float, ...]:
    found = []
    for pair in pairs:
        block = next((each for each in pair.blocks if each.label == label), None)
        base, head = (figure(side, metric) for side in (block.base, block.head)) if block else (None, None)
        if base is not None and head is not None:
            found.append(head - base)
    return tuple(found)


def figure(figures: BlockFigures, metric: Metric) -> float | None:
    """On the log scale, worse above zero."""
    if metric is Metric.THROUGHPUT:
        successes = figures.requests - figures.failures
        return -math.log(successes) if successes else None
    value: float | None = getattr(figures, FIGURES[metric])
    return value if value is None or metric is Metric.MEAN else math.log(value)

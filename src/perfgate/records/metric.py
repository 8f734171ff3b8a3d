"""The metrics that are judged: name, unit, which direction is worse."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Unit(StrEnum):
    SECONDS = "seconds"
    PER_SECOND = "per second"
    RATIO = "ratio"
    COUNT = "count"
    BYTES = "bytes"
    BYTES_PER_MINUTE = "bytes per minute"


class Metric(StrEnum):
    """Names as users write them in budgets and tolerances."""

    REQUESTS = "requests"
    FAILURES = "failures"
    SUCCESS_RATE = "success_rate"
    ERROR_RATIO = "error_ratio"
    P50 = "p50"
    P95 = "p95"
    P99 = "p99"
    MEAN = "mean"
    MAX = "max"
    THROUGHPUT = "throughput"
    TOKENS_P50 = "tokens_per_second p50"
    TOKENS_P5 = "tokens_per_second p5"


@dataclass(frozen=True)
class MetricFacts:
    unit: Unit
    lower_is_better: bool
    description: str


METRICS: Final[dict[Metric, MetricFacts]] = {
    Metric.REQUESTS: MetricFacts(Unit.COUNT, lower_is_better=False, description="requests made"),
    Metric.FAILURES: MetricFacts(Unit.COUNT, lower_is_better=True, description="requests failed"),
    Metric.SUCCESS_RATE: MetricFacts(Unit.RATIO, lower_is_better=False, description="successes / all"),
    Metric.ERROR_RATIO: MetricFacts(Unit.RATIO, lower_is_better=True, description="failures / all"),
    Metric.P50: MetricFacts(Unit.SECONDS, lower_is_better=True, description="median response time"),
    Metric.P95: MetricFacts(Unit.SECONDS, lower_is_better=True, description="95th percentile of response time"),
    Metric.P99: MetricFacts(Unit.SECONDS, lower_is_better=True, description="99th percentile of response time"),
    Metric.MEAN: MetricFacts(Unit.SECONDS, lower_is_better=True, description="mean response time"),
    Metric.MAX: MetricFacts(Unit.SECONDS, lower_is_better=True, description="longest response time"),
    Metric.THROUGHPUT: MetricFacts(
        Unit.PER_SECOND, lower_is_better=False, description="successful requests per second"
    ),
    # Of a streamed answer after its first token; measured as the time per token, so a high time is a low rate.
    Metric.TOKENS_P50: MetricFacts(
        Unit.PER_SECOND, lower_is_better=False, description="median of the tokens per second"
    ),
    Metric.TOKENS_P5: MetricFacts(
        Unit.PER_SECOND, lower_is_better=False, description="tokens per second that 95 % of the answers reach"
    ),
}

# Shares of failed or successful requests: compared by their difference, since a baseline may be zero.
RATIOS: Final = frozenset({Metric.ERROR_RATIO, Metric.SUCCESS_RATE})
PERCENTILES: Final[dict[Metric, float]] = {Metric.P50: 0.50, Metric.P95: 0.95, Metric.P99: 0.99}

# Rates whose percentile is the inverse of one of the time per token.
INVERSES: Final[dict[Metric, Metric]] = {Metric.TOKENS_P50: Metric.P50, Metric.TOKENS_P5: Metric.P95}

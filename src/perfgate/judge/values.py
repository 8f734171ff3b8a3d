"""The value of a metric in a run's statistics, and how surely that run alone knows it."""

from __future__ import annotations

import math
from typing import Final

from perfgate.judge.inference import NORMAL
from perfgate.records.endpoint import PER_TOKEN, EndpointStatistics, Percentile
from perfgate.records.metric import INVERSES, PERCENTILES, Metric

# A percentile is judged closely only with this many observations beyond it.
BEYOND: Final = 10


def value_of(statistics: EndpointStatistics, metric: Metric) -> float | None:
    """In base units; None where there is nothing to measure it on."""
    times = statistics.response_times
    match metric:
        case Metric.REQUESTS:
            return float(statistics.requests)
        case Metric.FAILURES:
            return float(statistics.failures)
        case Metric.ERROR_RATIO:
            return statistics.error_ratio
        case Metric.SUCCESS_RATE:
            return None if statistics.error_ratio is None else 1 - statistics.error_ratio
        case Metric.THROUGHPUT:
            return statistics.throughput
        case Metric.MEAN:
            return times.mean if times else None
        case Metric.MAX:
            return times.max if times else None
        case Metric.P50 | Metric.P95 | Metric.P99 | Metric.TOKENS_P50 | Metric.TOKENS_P5:
            percentile = percentile_of(statistics, metric)
            return percentile.value if percentile else None


def percentile_of(statistics: EndpointStatistics, metric: Metric) -> Percentile | None:
    if metric in INVERSES:
        of_times = percentile_of(statistics, INVERSES[metric])
        has_tokens = statistics.endpoint is not None and statistics.endpoint.method == PER_TOKEN
        return _inverse(of_times) if has_tokens and of_times is not None else None
    if statistics.response_times is None or metric not in PERCENTILES:
        return None
    percentile: Percentile = getattr(statistics.response_times, metric.value)
    return percentile


def _inverse(percentile: Percentile) -> Percentile:
    """Of a rate: a short time is a high rate."""
    return Percentile(
        value=1 / percentile.value,
        low=1 / percentile.high if percentile.high else None,
        high=1 / percentile.low if percentile.low else None,
        confidence=percentile.confidence,
    )


def needed_requests(metric: Metric) -> int:
    """So that ten observations lie beyond the percentile: 20 for p50, 200 for p95, 1000 for p99; 20 for others."""
    return round(BEYOND / (1 - PERCENTILES.get(INVERSES.get(metric, metric), 0.5)))


def sampling_error(statistics: EndpointStatistics, metric: Metric) -> float | None:
    """Standard error of ln(metric) within this run; None: too few requests to tell."""
    times = statistics.response_times
    if times is None:
        return None
    match metric:
        case Metric.THROUGHPUT:
            return 1 / math.sqrt(times.count)
        case Metric.MEAN | Metric.MAX:
            return log_deviation(statistics) / math.sqrt(times.count) if times.count > 1 else None
        case _:
            percentile: Percentile = getattr(times, metric.value)
            return _percentile_error(percentile)


def _percentile_error(percentile: Percentile) -> float | None:
    """A quarter of the 95 % interval, near enough; a side that is not bounded counts twice the bounded one."""
    z = NORMAL.inv_cdf((1 + percentile.confidence) / 2)
    below = math.log(percentile.value / percentile.low) if percentile.low else None
    above = math.log(percentile.high / percentile.value) if percentile.high else None
    if below is None and above is None:
        return None
    known = [side for side in (below, above) if side is not None]
    width = sum(known) if len(known) == 2 else 3 * known[0]
    return max(width / (2 * z), 1e-6)


def log_deviation(statistics: EndpointStatistics) -> float:
    """Standard deviation of ln(response time) over the whole run, from the sums that blocks keep."""
    count = sum(block.requests - block.failures for block in statistics.blocks)
    if count < 2:
        return 0.0
    first = math.fsum(block.log_sum for block in statistics.blocks)
    second = math.fsum(block.log_square_sum for block in statistics.blocks)
    return math.sqrt(max(second - first * first / count, 0.0) / (count - 1))


def observations(statistics: EndpointStatistics, metric: Metric) -> int:
    if metric in PERCENTILES or metric in INVERSES:
        return statistics.response_times.count if statistics.response_times else 0
    return statistics.requests

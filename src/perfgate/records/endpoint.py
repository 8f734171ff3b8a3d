"""An endpoint, and what its requests came to: response times with their intervals, failures, blocks.

Percentiles are exact, from the raw columns; the histogram and the blocks are kept so that later versions can compare
again without the columns.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from perfgate.records.base import Bytes, Count, PerSecond, Record, Seconds, Share

# Methods of rows that are no request of their own: a journey's end-to-end time, the time to the first token of a
# streamed answer and the time per token after it; and of requests that only look whether something has happened yet.
# They have statistics, budgets and tolerances as every endpoint has, and no part in the total.
JOURNEY, POLL, FIRST_TOKEN, PER_TOKEN = "JOURNEY", "POLL", "TTFT", "TPOT"
ASIDE: Final = frozenset({JOURNEY, POLL, FIRST_TOKEN, PER_TOKEN})

# The label under which all requests together are judged; no endpoint is called so, since endpoints have a method.
TOTAL: Final = "total"


class Endpoint(Record):
    """Method and name under which requests are grouped; `label` is how users write it: `POST /tickets/{id}`."""

    method: str = Field(max_length=64)
    name: str = Field(max_length=4096)

    @property
    def label(self) -> str:
        return f"{self.method} {self.name}"

    @property
    def is_aside(self) -> bool:
        return self.method in ASIDE


class Percentile(Record):
    """An exact percentile of a sample, with a distribution-free interval from order statistics.

    `low` or `high` is None where the sample is too small to bound that side.
    """

    value: Seconds
    low: Seconds | None
    high: Seconds | None
    confidence: Share


class ResponseTimes(Record):
    """Of successful requests only; a failed request has no response time worth the name."""

    count: Count
    mean: Seconds
    trimmed_log_mean: float = Field(description="mean of ln(seconds) without the lowest and highest 5 %")
    min: Seconds
    max: Seconds
    p50: Percentile
    p95: Percentile
    p99: Percentile


class Histogram(Record):
    """Logarithmic buckets: bucket `i` counts response times in (growth**(i-1), growth**i] seconds."""

    growth: float = Field(gt=1)
    buckets: tuple[int, ...]
    counts: tuple[Count, ...]


class Block(Record):
    """A stretch of the run, the unit over which statistics repeat; offsets from the end of the warm-up."""

    start: Seconds
    duration: Seconds
    requests: Count
    failures: Count
    p50: Seconds | None
    p95: Seconds | None
    p99: Seconds | None
    mean: Seconds | None
    log_sum: float = Field(description="sum of ln(seconds) over the successes")
    log_square_sum: float = Field(description="sum of ln(seconds) squared over the successes")


class FailureCount(Record):
    message: str = Field(max_length=2000)
    count: Count


class EndpointStatistics(Record):
    """One endpoint, or all together, without the warm-up."""

    endpoint: Endpoint | None = Field(description="None: all endpoints together")
    requests: Count
    failures: Count
    response_times: ResponseTimes | None = Field(description="None: not one success")
    throughput: PerSecond = Field(description="successful requests per second")
    request_rate: PerSecond = Field(description="requests sent per second")
    bytes_received: Bytes
    statuses: dict[int, Count] = Field(description="requests by HTTP status; 0: no answer")
    failure_messages: tuple[FailureCount, ...] = Field(description="the most frequent first, at most ten")
    histogram: Histogram
    blocks: tuple[Block, ...]

    @property
    def label(self) -> str:
        return self.endpoint.label if self.endpoint else TOTAL

    @property
    def error_ratio(self) -> float | None:
        return self.failures / self.requests if self.requests else None

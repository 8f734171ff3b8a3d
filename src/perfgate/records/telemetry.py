"""What happened inside the stack while the load ran, on one clock with the requests.

`telemetry.json` holds every sample; a measurement keeps a summary of each series, by which budgets can be judged again,
and a thinned copy to draw.

History of the schema
1     first
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from perfgate.records.base import Count, Record, Seconds, Share

SCHEMA_VERSION: Final = 1
MOST_SERIES: Final = 400  # of one side of a run; a page of metrics can have thousands
MOST_SHOWN: Final = 60  # thinned copies in a measurement
MOST_POINTS: Final = 240  # of a thinned copy
MOST_BLOCKS: Final = 60
MOST_EVENTS: Final = 200
MOST_GAPS: Final = 100
MOST_QUEUES: Final = 30


class Source(StrEnum):
    """Where a series comes from; as budgets name it: `container api: memory max < 1GiB`."""

    CONTAINER = "container"  # of a process stack: the process tree of one of its commands
    PROMETHEUS = "prometheus"
    PROBE = "probe"
    REQUESTS = "requests"  # the load's own response times; only budgets name it, as `p95 drift < 10%`


class SeriesUnit(StrEnum):
    CORES = "cores"
    BYTES = "bytes"
    BYTES_PER_SECOND = "bytes per second"
    SECONDS = "seconds"
    PER_SECOND = "per second"
    RATIO = "ratio"
    NUMBER = "number"


CONTAINER_SERIES: Final[dict[str, SeriesUnit]] = {
    "cpu": SeriesUnit.CORES,
    "memory": SeriesUnit.BYTES,
    "network_in": SeriesUnit.BYTES_PER_SECOND,
    "network_out": SeriesUnit.BYTES_PER_SECOND,
    "block_read": SeriesUnit.BYTES_PER_SECOND,
    "block_write": SeriesUnit.BYTES_PER_SECOND,
    "throttled": SeriesUnit.RATIO,
    "pids": SeriesUnit.NUMBER,
}
Name = Annotated[str, Field(min_length=1, max_length=300)]


class SeriesRef(Record):
    """Which quantity of what. `subject`: the service, the page or the probe.

    Of a container `name` is one of `CONTAINER_SERIES`: memory leaves out page cache that can be dropped, throttled is
    the share of the scheduler's periods. Of a page it is the metric with its labels, of a histogram that is its mean,
    and there are `NAME p95` and `NAME rate`; without labels it is the sum over all of them. Of a probe it is `value`.
    """

    source: Source
    subject: Name
    name: Name

    @property
    def label(self) -> str:
        return f"{self.source.value} {self.subject}" + ("" if self.name == "value" else f": {self.name}")


class SeriesKey(SeriesRef):
    unit: SeriesUnit


class Series(Record):
    """`offsets` and `values` are equally long. Offsets ascend and count from the start of the load, as the timeline's
    do: below zero before it, above its length while the stack was watched on. None: asked for, and not to be had.
    """

    key: SeriesKey
    offsets: tuple[Seconds, ...]
    values: tuple[float | None, ...]

    @model_validator(mode="after")
    def _equally_long(self) -> Self:
        if len(self.offsets) != len(self.values):
            raise ValueError("offsets and values are not equally long")
        return self


class Growth(Record):
    """By how much a series grew a minute: the Theil-Sen slope through the medians of its blocks."""

    per_minute: float
    low: float | None = Field(description="None: too few blocks to bound it")
    high: float | None
    confidence: Share
    blocks: Count


class SeriesSummary(Record):
    """Over the load without the warm-up, as for requests; all None where there was no sample."""

    key: SeriesKey
    samples: Count
    missed: Count = Field(description="asked for, and not to be had")
    min: float | None
    max: float | None
    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    block: Seconds = Field(description="length of each of `blocks`")
    blocks: tuple[float | None, ...] = Field(
        max_length=MOST_BLOCKS, description="medians of equally long stretches, the first from the end of the warm-up"
    )
    growth: Growth | None = Field(description="None: too short, or too few samples, to tell")


class TelemetryEvent(Record):
    """Something that happened to a container or process. `oom` may have struck a child process alone."""

    at: Seconds = Field(description="after the start of the load")
    subject: Name
    kind: Literal["oom", "restart", "exit", "unhealthy", "gone"]
    detail: str = Field(max_length=500)


class Gap(Record):
    """A doubt: something that was to be sampled and could not be, all the time or now and then."""

    source: Source
    subject: Name
    missed: Count = Field(description="samples; 0: it could not be sampled at all")
    why: str = Field(max_length=500, description="the last reason: foreign text")


class SamplingCost(Record):
    """What watching took of PerfGate's own process; what an engine or a service spends to answer is not in it."""

    cpu: Seconds = Field(ge=0, description="processor time")
    wall: Seconds = Field(ge=0, description="for how long it sampled")
    samples: Count

    @property
    def cores(self) -> float | None:
        return self.cpu / self.wall if self.wall else None


class Drain(Record):
    """A queue after the load: how deep it was at its end, and how long until it was as before the load."""

    key: SeriesKey
    before: float | None = Field(description="the deepest before the load, or in its first second; None: not known")
    at_end: float | None = Field(description="when the load ended")
    seconds: Seconds | None = Field(description="after the end of the load; None: not within `watched`")
    watched: Seconds = Field(description="for how long after the load it was looked at, at most")


class Distribution(Record):
    """A histogram of a page over the load without the warm-up, label sets added up."""

    key: SeriesKey
    bounds: tuple[float, ...] = Field(description="upper ends of the buckets, ascending; the last count has none")
    counts: tuple[float, ...] = Field(description="of each bucket by itself, one more than `bounds`")
    total: float = Field(description="sum of all observed values")


class Queue(Record):
    """What belongs to one queue."""

    name: Name
    depth: SeriesRef
    received: SeriesRef | None = None
    done: SeriesRef | None = None
    waited: SeriesRef | None = None
    failed: SeriesRef | None = None
    retried: SeriesRef | None = None


class Pool(Record):
    name: Name
    used: SeriesRef
    size: SeriesRef | float


class PoolUse(Record):
    """How much of a pool was in use, over the load without the warm-up."""

    name: Name
    used: SeriesRef
    size: float | None = Field(description="the largest seen; None: not known")
    most: float | None
    mean: float | None
    exhausted: Share | None = Field(description="share of the samples in which all of it was in use")


class Telemetry(Record):
    """`telemetry.json`: every sample of one side."""

    schema_version: Literal[1] = 1
    started_at: float = Field(description="the zero of all offsets: the start of the load, in seconds since the epoch")
    warm_up: Seconds
    load: Seconds = Field(description="length of the load, warm-up included")
    series: tuple[Series, ...] = Field(max_length=MOST_SERIES)
    events: tuple[TelemetryEvent, ...] = Field(max_length=MOST_EVENTS)
    gaps: tuple[Gap, ...] = Field(max_length=MOST_GAPS)
    drains: tuple[Drain, ...] = Field(max_length=MOST_SERIES)
    distributions: tuple[Distribution, ...] = Field(default=(), max_length=MOST_SERIES)
    queues: tuple[Queue, ...] = Field(default=(), max_length=MOST_QUEUES)
    pools: tuple[Pool, ...] = Field(default=(), max_length=MOST_QUEUES)
    cost: SamplingCost


class TelemetrySummary(Record):
    """What a measurement keeps of it."""

    series: tuple[SeriesSummary, ...] = Field(max_length=MOST_SERIES)
    events: tuple[TelemetryEvent, ...] = Field(max_length=MOST_EVENTS)
    gaps: tuple[Gap, ...] = Field(max_length=MOST_GAPS)
    drains: tuple[Drain, ...] = Field(max_length=MOST_SERIES)
    queues: tuple[Queue, ...] = Field(default=(), max_length=MOST_QUEUES)
    pools: tuple[PoolUse, ...] = Field(default=(), max_length=MOST_QUEUES)
    cost: SamplingCost
    thinned: tuple[Series, ...] = Field(
        max_length=MOST_SHOWN, description="to draw: real samples, the lowest and highest of every stretch"
    )

    def of(self, ref: SeriesRef) -> SeriesSummary | None:
        return next((each for each in self.series if each.key.label == ref.label), None)


class Moved(Record):
    """A series that moved together with a regression: a place to look, never shown to be the cause."""

    key: SeriesKey
    baseline: float = Field(description="mean of the compared run, or the median of several runs' means")
    candidate: float = Field(description="mean of this run")
    change: float | None = Field(description="relative; None where the baseline is zero")
    distance: float = Field(ge=0, description="how many of its own standard deviations apart; the order of the list")
    runs: Count = Field(description="stored runs compared with; 0: base and head side by side")

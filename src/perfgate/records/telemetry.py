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


Name = Annotated[str, Field(min_length=1, max_length=300)]


class SeriesKey(Record):
    """Which quantity of what. `subject`: the service, the page or the probe; of a container `name` is one of

    cpu (cores), memory (bytes in use, page cache that can be dropped left out), network_in, network_out, block_read,
    block_write (bytes per second), throttled (share of the scheduler's periods), pids (number). Of a page it is the
    metric with its labels, and for a histogram also `NAME p95` and so on; of a probe it is `value`.
    """

    source: Source
    subject: Name
    name: Name
    unit: SeriesUnit

    @property
    def label(self) -> str:
        return f"{self.source.value} {self.subject}" + ("" if self.name == "value" else f": {self.name}")


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
    cost: SamplingCost


class TelemetrySummary(Record):
    """What a measurement keeps of it."""

    series: tuple[SeriesSummary, ...] = Field(max_length=MOST_SERIES)
    events: tuple[TelemetryEvent, ...] = Field(max_length=MOST_EVENTS)
    gaps: tuple[Gap, ...] = Field(max_length=MOST_GAPS)
    drains: tuple[Drain, ...] = Field(max_length=MOST_SERIES)
    cost: SamplingCost
    thinned: tuple[Series, ...] = Field(
        max_length=MOST_SHOWN, description="to draw: real samples, the lowest and highest of every stretch"
    )

    def of(self, source: Source, subject: str, name: str) -> SeriesSummary | None:
        wanted = (source, subject, name)
        return next((e for e in self.series if (e.key.source, e.key.subject, e.key.name) == wanted), None)


class Moved(Record):
    """A series that moved together with a regression: a place to look, never shown to be the cause."""

    key: SeriesKey
    baseline: float = Field(description="mean of the compared run, or the median of several runs' means")
    candidate: float = Field(description="mean of this run")
    change: float | None = Field(description="relative; None where the baseline is zero")
    distance: float = Field(ge=0, description="how many of its own standard deviations apart; the order of the list")
    runs: Count = Field(description="stored runs compared with; 0: base and head side by side")

"""What one run measured: everything needed to judge it, now or again later with other limits.

`measurement.json` beside the raw request columns. Percentiles are exact, from the raw columns; the histograms and
the block summaries are kept so that later versions can compare again without the columns.

History of the schema
1     first; `telemetry` and `reference` came before anything was released, and may be missing
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from perfgate.records.base import Bytes, Count, PerSecond, Record, Seconds, Share
from perfgate.records.pairs import Design, FreshStart, Side
from perfgate.records.reference import MeasuredRatio
from perfgate.records.starts import StartLuck
from perfgate.records.telemetry import TelemetrySummary

SCHEMA_VERSION: Final = 1
MOST_LACKED: Final = 20

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


class Timeline(Record):
    """The run second by second (or in wider steps, so that no column is longer than 1200), warm-up included.

    All columns are equally long. Offsets count from the start of the load; None: no request in that step.
    """

    step: Seconds
    warm_up: Seconds
    users: tuple[Count | None, ...]
    requests: tuple[Count, ...]
    failures: tuple[Count, ...]
    p50: tuple[Seconds | None, ...]
    p95: tuple[Seconds | None, ...]
    p99: tuple[Seconds | None, ...]


class GeneratorHealth(Record):
    """How well the load generator itself kept up, without the warm-up; one sample a second."""

    samples: Count
    cpu_mean: Share | None = Field(description="of one core")
    cpu_max: float | None = Field(ge=0, description="of one core, the worst second; above 1 with several processes")
    busy_share: Share | None = Field(description="share of the seconds with CPU above 90 % of a core")
    loop_lag_p50: Seconds | None = Field(description="how late a 20 ms timer came in the event loop")
    loop_lag_p90: Seconds | None
    loop_lag_p99: Seconds | None


class Finding(StrEnum):
    """What is likely wrong where signed requests are refused, and how that was found out (`load.refused`)."""

    SECRET = "secret"  # noqa: S105 - a finding. Even a body that no serialiser changes is refused when rightly signed
    RESERIALISED = "reserialised"  # such a body is accepted, or the same body in another style of JSON
    CLOCK = "clock"  # the signed time is far from the server's
    SENDER = "sender"  # the signature does not fit the bytes that were sent
    SERVER_ERROR = "server-error"  # rightly signed requests end in 5xx, wrongly signed ones are refused
    UNCLEAR = "unclear"


class SignatureRefusal(Record):
    """Signed requests of an endpoint that were answered by 401, 403 or 5xx, and what probes showed, once a load."""

    label: str = Field(max_length=4200)
    status: Count
    finding: Finding
    style: str | None = Field(default=None, max_length=200, description="of JSON that the server accepts instead")
    wrongly: int | None = Field(default=None, description="status of the same body wrongly signed, after a 5xx")
    clock_off: Seconds | None = Field(default=None, description="the server's clock minus ours, where it says its time")
    probes: tuple[str, ...] = Field(default=(), description="what was tried and answered, one line each")
    answer: str = Field(default="", max_length=500, description="of the server: foreign text")


class LoadWorker(Record):
    """One of several processes that shared the load."""

    name: str = Field(max_length=300, description="host and process")
    requests: Count = Field(description="recorded of it, warm-up included")
    requests_lost: Count = Field(description="counted by its Locust, not in the recording")
    lost_at: Seconds | None = Field(description="after the start of the load; None: it stayed to the end")
    clock_offset: float = Field(description="seconds that were added to its times, to have the master's clock")
    clock_error: Seconds = Field(description="how far that may be wrong, its drift during the load included")


class Load(Record):
    """What was put on the stack, wanted against reached."""

    locust_version: str
    started_at: datetime
    planned: Seconds = Field(description="of load, warm-up included")
    warm_up: Seconds
    measured: Seconds = Field(description="of load, warm-up left out")
    users_wanted: Count
    users_reached: Count
    complete: bool = Field(description="the recording ended in order: nothing was lost, nothing was cut short")
    ended_because: str = Field(max_length=200, description="one of 'duration', 'locust-quit', 'stack-broke'")
    locust_exit_code: int | None
    generator: GeneratorHealth
    requests_lost: Count | None = Field(description="counted by Locust, not in the recording; None: not known")
    arrivals_unsent: Count = Field(default=0, description="requests at a rate that no user was free to send in time")
    refusals: tuple[SignatureRefusal, ...] = Field(default=(), description="of signed requests")
    workers: tuple[LoadWorker, ...] = Field(default=(), description="empty: one process generated the whole load")


class StackKind(StrEnum):
    COMPOSE = "compose"
    PROCESS = "process"
    EXTERNAL = "external"


class StackFault(Record):
    """The stack broke while the load ran."""

    service: str = Field(max_length=256)
    kind: Literal["exited", "restarted", "oom-killed", "unhealthy", "gone"]
    at: Seconds = Field(description="after the start of the load")
    detail: str = Field(max_length=500)
    log_tail: str = Field(max_length=20_000, description="the service's last lines: foreign text")


class Service(Record):
    name: str = Field(max_length=256)
    image_digest: str | None = None


class Stack(Record):
    kind: StackKind
    target: str
    digest: str = Field(description="of the resolved description of the stack, without generated names")
    services: tuple[Service, ...]
    seconds_to_ready: Seconds
    faults: tuple[StackFault, ...]


class Scenario(Record):
    """The load that was asked for. `digest` covers all that decides comparability: profile, traffic, warm-up."""

    name: str
    profile: str
    digest: str
    users: Count
    spawn_rate: PerSecond
    duration: Seconds
    warm_up: Seconds
    traffic: str = Field(description="'declared', or the path of the Locust file")
    declared: tuple[Endpoint, ...] = Field(description="what declared traffic says it will request; else empty")


class Subject(Record):
    """The code that was measured; None: not known (not a git work tree)."""

    commit: str | None = Field(default=None, max_length=64)
    branch: str | None = Field(default=None, max_length=255)
    dirty: bool | None = None


class Fingerprint(Record):
    """What must agree before two measurements may be compared without a doubt."""

    cpu_model: str
    cores: Count
    memory: Bytes
    system: str = Field(description="operating system and architecture")
    kernel: str
    python: str
    perfgate: str
    locust: str
    scenario_digest: str
    stack_digest: str


class SideLoad(Record):
    """How one side of a start was loaded. `requests` and `p50` are of all requests in its turns."""

    side: Side
    start: Literal["first", "again"] = Field(description="again: the fresh starts that are to confirm a regression")
    requests: Count
    p50: Seconds | None = Field(description="None: not one success")
    load: Load


class SideBySide(Record):
    """The base that was measured beside the head, and every pair of blocks; the rest of the measurement is the head's.

    With several fresh starts the statistics are of the first; all of them stand in `starts`.
    """

    subject: Subject
    stack: Stack
    total: EndpointStatistics
    endpoints: tuple[EndpointStatistics, ...]
    design: Design
    starts: tuple[FreshStart, ...] = Field(min_length=1)
    telemetry: TelemetrySummary | None = Field(default=None, description="of the base's stack; None: not watched")
    control: FreshStart | None = Field(
        default=None, description="base against base, made where a regression was confirmed; `head` is the base again"
    )
    start_luck: StartLuck | None = Field(default=None, description="learned here; None: the assumption holds")
    lacks: tuple[Annotated[str, Field(max_length=200)], ...] = Field(
        default=(),
        max_length=MOST_LACKED,
        description="files and folders that the head had and git, so the base, has not",
    )
    loads: tuple[SideLoad, ...] = Field(
        default=(), description="of all but the head on the first starts, whose load is the measurement's own"
    )

    def statistics(self, label: str) -> EndpointStatistics | None:
        if label == TOTAL:
            return self.total
        return next((each for each in self.endpoints if each.label == label), None)


class BesideReference(Record):
    """The head measured beside a pinned commit of its own repository, which stands in the place of the base.

    What runs are compared by is `starts`. The pairs of blocks in `beside` are kept with the run, and left out where it
    is stored as a baseline.
    """

    name: str = Field(max_length=255, description="of the reference, as the settings have it")
    beside: SideBySide
    starts: tuple[tuple[MeasuredRatio, ...], ...] = Field(min_length=1, description="of each pair of fresh starts")

    @property
    def commit(self) -> str | None:
        return self.beside.subject.commit

    def stored(self) -> BesideReference:
        """Without the pairs of blocks."""
        starts = tuple(each.model_copy(update={"pairs": ()}) for each in self.beside.starts)
        return self.model_copy(update={"beside": self.beside.model_copy(update={"starts": starts})})


class Measurement(Record):
    schema_version: Literal[1] = 1
    id: str = Field(pattern=r"^[0-9a-z-]{8,64}$", description="sorts by time of start")
    started_at: datetime
    subject: Subject
    scenario: Scenario
    fingerprint: Fingerprint
    stack: Stack
    load: Load
    total: EndpointStatistics
    endpoints: tuple[EndpointStatistics, ...] = Field(description="sorted by label")
    timeline: Timeline
    side_by_side: SideBySide | None = Field(default=None, description="None: only stored runs to compare with")
    reference: BesideReference | None = Field(
        default=None, description="None: measured alone, or beside the base; what stored runs are compared by otherwise"
    )
    telemetry: TelemetrySummary | None = Field(default=None, description="None: not watched")

    @property
    def swapped(self) -> bool:
        """Whether base and head were never up together, so that this is of many starts of each."""
        return self.side_by_side is not None and self.side_by_side.starts[0].swapped

    def statistics(self, label: str) -> EndpointStatistics | None:
        """Of the endpoint with this label, or of all together for `TOTAL`."""
        if label == TOTAL:
            return self.total
        return next((each for each in self.endpoints if each.label == label), None)

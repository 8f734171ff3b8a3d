"""What is asked of a measurement: budgets, tolerances, coverage, waivers, and what a verdict does to the job."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from perfgate.records.base import Count, Ratio, Record, Share
from perfgate.records.metric import Metric
from perfgate.records.stack import StackKind
from perfgate.records.telemetry import Name, SeriesUnit, Source


class Budget(Record):
    """An absolute limit, as `p95 < 60s` or `POST /hooks/{source}: p99 < 800ms`; in base units."""

    endpoint: str | None = Field(description="label; None: all together")
    metric: Metric
    comparison: Literal["<", "<=", ">", ">="]
    limit: float
    scenario: str | None = Field(default=None, description="None: every scenario")
    text: str = Field(description="as the user wrote it")


class Statistic(StrEnum):
    """Of a series, as budgets name it."""

    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    P50 = "p50"
    P95 = "p95"
    P99 = "p99"
    GROWTH = "growth"  # a minute
    DRAIN = "drain"  # seconds after the load until the value is as before it
    DRIFT = "drift"  # of response times: relative change from the begin of the run to its end


class TelemetryBudget(Record):
    """An absolute limit on a series, as `probe queue_depth: max < 500` or `container api: memory growth < 5MiB/min`."""

    source: Source
    subject: Name = Field(description="`*` for every one; for `requests` the label of an endpoint, or total")
    name: Name = Field(description="of the series; for `requests` p50, p95, p99 or mean")
    statistic: Statistic
    comparison: Literal["<", "<=", ">", ">="]
    limit: float = Field(description="in `unit`; for growth per minute, for drain in seconds, for drift a ratio")
    unit: SeriesUnit = Field(description="of the limit, without the minute of a growth")
    stack: StackKind | None = Field(default=None, description="where its probe or page is asked; None: on every kind")
    scenario: str | None = Field(default=None, description="None: every scenario")
    text: str = Field(description="as the user wrote it")


def holds(budget: Budget | TelemetryBudget, value: float) -> bool:
    match budget.comparison:
        case "<":
            return value < budget.limit
        case "<=":
            return value <= budget.limit
        case ">":
            return value > budget.limit
        case ">=":
            return value >= budget.limit


class Tolerance(Record):
    """How much worse than the baseline is accepted.

    For times and throughput `fail` and `warn` are relative changes; for `error_ratio` and `success_rate` they are
    absolute differences in that ratio. `at_least` is an absolute floor in the metric's base unit: a smaller worsening
    is never a regression.
    """

    metric: Metric
    endpoint: str | None = Field(default=None, description="label; None: the total and every endpoint")
    fail: Ratio = Field(gt=0)
    warn: Ratio | None = Field(default=None, gt=0)
    at_least: float = Field(default=0, ge=0)


class Demand(Record):
    """What the load must have exercised: an endpoint, a method, a status, or a status at an endpoint.

    `path` may hold placeholders. `status` is a code or a class, as `201` and `4xx`. One of the three is given at least.
    """

    text: str = Field(description="as the user wrote it")
    method: str | None = Field(default=None, max_length=64)
    path: str | None = Field(default=None, max_length=4096)
    status: str | None = Field(default=None, pattern=r"^[1-5](xx|[0-9]{2})$")


class Operation(Record):
    """Of an interface, as its OpenAPI document has it."""

    method: str = Field(max_length=64)
    path: str = Field(max_length=4096)
    statuses: tuple[str, ...] = Field(description="documented codes and classes, as `201` and `4xx`; no default")

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"


class Interface(Record):
    """All that an application offers, by its OpenAPI document."""

    document: str = Field(description="the file, as perfgate.yml names it")
    bases: tuple[str, ...] = Field(description="paths of its servers, without a slash at the end; the likeliest first")
    operations: tuple[Operation, ...] = Field(description="without the servers' paths")
    at_least: Share | None = Field(default=None, description="share of the operations that must be exercised")


class Waiver(Record):
    metric: Metric
    endpoint: str | None
    up_to: Ratio = Field(gt=0, description="the worsening that is accepted")
    reason: str
    issue: str | None = None
    expires: date


class Acceptance(Record):
    """A cost that somebody accepted beside `perfgate.yml`, for one change: by a label, in a comment, in a commit."""

    how: Literal["label", "comment", "commit"]
    by: str | None = Field(description="who; None: not told")
    metric: Metric | None = Field(description="None: every slow-down, though not more errors")
    endpoint: str | None = Field(description="label, or `total`; None: wherever it is found")
    up_to: Ratio | None = Field(default=None, gt=0, description="the worsening that is accepted; None: however large")
    reason: str = Field(max_length=300)
    refused: Literal["fork", "may-not-write", "unreadable"] | None = Field(
        default=None, description="why it does not count; None: it does"
    )


class BlockOn(StrEnum):
    """The verdict from which on the job fails."""

    FAIL = "fail"
    CONDITIONAL = "conditional"
    NEVER = "never"


class Rules(Record):
    """Whose `perfgate.yml` a proposed change is judged by: the one of the branch it goes to, not its own."""

    branch: str = Field(description="the one that the change goes to")
    why_own: Literal["absent", "unreadable", "unknown"] | None = Field(
        description="why the change's own file judges it: the branch has none, has one that cannot be read, or could "
        "not be asked; None: it does not"
    )
    kept: tuple[str, ...] = Field(default=(), description="parts that the change would alter, judged as the branch has")
    taken: tuple[str, ...] = Field(
        default=(), description="parts that the change alters and that count: stack and load"
    )


class Policy(Record):
    """All that judging needs to know besides the measurement."""

    budgets: tuple[Budget, ...] = ()
    telemetry_budgets: tuple[TelemetryBudget, ...] = ()
    tolerances: tuple[Tolerance, ...] = ()
    tolerances_side_by_side: tuple[Tolerance, ...] = Field(default=(), description="base and head on one machine")
    required: tuple[Demand, ...] = Field(default=(), description="must have been exercised in the run")
    interface: Interface | None = Field(default=None, description="None: no OpenAPI document was named")
    waivers: tuple[Waiver, ...] = ()
    acceptances: tuple[Acceptance, ...] = Field(default=(), description="for this change, beside the waivers")
    alpha_fail: float = Field(default=0.01, gt=0, lt=0.5, description="for a false fail, over all comparisons")
    alpha_pass: float = Field(default=0.05, gt=0, lt=0.5, description="for a false 'unchanged', each comparison")
    history: Count = Field(default=30, description="how many comparable runs are looked at, the newest first")
    creep: float = Field(
        default=0.15, gt=0, description="how much slower than a pinned reference is taken without a word"
    )

    @property
    def side_by_side(self) -> Policy:
        """What holds for base and head, or reference and head, on one machine."""
        return self.model_copy(update={"tolerances": self.tolerances_side_by_side})

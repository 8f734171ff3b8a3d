"""`perfgate.yml` as values. These classes are the schema: `perfgate schema` and the reference page come from them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from perfgate.records.criteria import BlockOn
from perfgate.records.metric import Metric
from perfgate.settings.criteria import BudgetText, DemandText, Label, Tolerances
from perfgate.settings.part import Part
from perfgate.settings.scenario import Scenario
from perfgate.settings.stack import Stack
from perfgate.settings.telemetry import Telemetry
from perfgate.settings.units import Duration, Percentage


class Coverage(Part):
    """What the run must exercise, all its scenarios together. A request that failed has exercised nothing."""

    require: tuple[DemandText, ...] = Field(
        default=(), description="endpoints, methods, statuses (`201`, `4xx`), or statuses of an endpoint"
    )
    openapi: str | None = Field(
        default=None,
        min_length=1,
        description="OpenAPI document, JSON or YAML, relative to perfgate.yml: the report lists what of it was tested",
    )
    at_least: Percentage | None = Field(
        default=None, gt=0, le=1, description="share of the document's operations that must be exercised"
    )


class WaiverSettings(Part):
    metric: Metric
    endpoint: Label | None = Field(default=None, description="default: all together")
    up_to: Percentage = Field(gt=0)
    reason: str = Field(min_length=1)
    issue: str | None = None
    expires: date


class AcceptanceSettings(Part):
    """How people accept a cost for one change, beside this file: each way is shown in the comment."""

    label: str = Field(
        default="perfgate-accept",
        max_length=50,
        description="on the pull request, accepts every slow-down found in it; empty: none does",
    )
    trailer: str = Field(
        default="Perfgate-Accept",
        pattern=r"^([A-Za-z][A-Za-z0-9-]{0,49})?$",
        description="in a commit message, as `Perfgate-Accept: p95 of POST /tickets up to 25%: why`; not from forks; "
        "empty: none does",
    )
    comments: bool = Field(
        default=True,
        description="`/perfgate accept p95 of POST /tickets up to 25%: why`, by people who may write to the repository",
    )


class Compare(StrEnum):
    """What a run is compared with."""

    STORED = "stored"
    PAIRED = "paired"
    BOTH = "both"
    AUTO = "auto"


class EventPolicy(Part):
    """What holds for an event or a branch; what is not given comes from the defaults."""

    scenarios: tuple[str, ...] | None = Field(default=None, description="default: all")
    compare: Compare | None = Field(
        default=None,
        description="`stored` runs; the base beside it on the same machine (`paired`); `both`; `auto`: paired where a "
        "base can be had",
    )
    block_on: BlockOn | None = Field(default=None, description="the verdict from which on the job fails")
    time_limit: Duration | None = Field(default=None, gt=0, description="for all load of the run together")
    store: bool | None = Field(default=None, description="whether a valid run becomes a baseline")


class BaselineSettings(Part):
    store: str = Field(
        default=".perfgate/baselines",
        description="a folder; any URL that fsspec reads and writes; or `branch`, a branch of the repository on GitHub "
        "that is called perfgate-baselines, or as `branch:NAME` says",
    )
    keep: int = Field(default=200, ge=1, description="how many runs of a scenario are kept")
    reference: str | None = Field(
        default=None,
        min_length=1,
        max_length=255,
        pattern="^[^-]",
        examples=["v1.2.0"],
        description="tag or commit of this repository that each run is measured beside: runs are then compared by how "
        "much slower than it they are, which bears a far tighter tolerance than times do; stays the same until it is "
        "moved here",
    )
    creep: Percentage = Field(
        default=0.15,
        gt=0,
        description="how much slower than the reference p50, p95 and whatever else has a tolerance may become before "
        "each run is conditional; moving the reference accepts it",
    )


class SideBySideSettings(Part):
    """Base and head loaded in turns; a scenario's duration is shared between them."""

    block: Duration | None = Field(
        default=None, gt=0, description="length of a turn; default: 30 requests long, between 1 s and 5 s"
    )
    stacks: Literal["auto", "together", "swapped"] = Field(
        default="auto",
        description="base and head up together; or swapped, one at a time, which takes longer and is less certain; "
        "`auto`: together where the memory suffices",
    )
    base: str | None = Field(
        default=None, min_length=1, description="branch or commit; the merge base is used; default: the default branch"
    )


class File(Part):
    """`perfgate.yml`."""

    version: Literal[1] = 1
    stack: Stack
    scenarios: dict[str, Scenario] = Field(min_length=1)
    budgets: tuple[BudgetText, ...] = Field(default=(), description="absolute limits")
    tolerances: Tolerances | None = Field(
        default=None,
        description="how much worse than the baseline is accepted; default: p50 25%, p95 25%, error_ratio 0.5pp; "
        "side by side, or beside a reference, p50 5%, p95 10%, error_ratio 0.5pp",
    )
    telemetry: Telemetry = Field(default_factory=Telemetry)
    coverage: Coverage = Field(default_factory=Coverage)
    waivers: tuple[WaiverSettings, ...] = ()
    acceptance: AcceptanceSettings = Field(default_factory=AcceptanceSettings)
    policy: dict[str, EventPolicy] = Field(default_factory=dict, description="by event name or branch pattern")
    baseline: BaselineSettings = Field(default_factory=BaselineSettings)
    side_by_side: SideBySideSettings = Field(default_factory=SideBySideSettings)

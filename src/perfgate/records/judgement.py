"""The decision, with all that made it so. Prose is made from it in `report.wording`, nowhere else.

History of the schema
1     first (not released yet: with pairs, trend and rules)
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from pydantic import Field

from perfgate.records.acceptance import Coverage, Criterion
from perfgate.records.base import Count, Ratio, Record, Seconds, Share
from perfgate.records.criteria import Budget, Rules, TelemetryBudget, Tolerance, Waiver
from perfgate.records.endpoint import EndpointStatistics
from perfgate.records.evidence import EndpointTrend, PairEvidence, StoredRun
from perfgate.records.load import Load, Scenario
from perfgate.records.measurement import Fingerprint, Subject, Timeline
from perfgate.records.metric import Metric
from perfgate.records.provenance import Provenance
from perfgate.records.stack import Stack
from perfgate.records.step import Step
from perfgate.records.telemetry import Moved, SeriesKey, TelemetrySummary
from perfgate.records.verdict import Note, Reason, Verdict

SCHEMA_VERSION: Final = 1


class Kind(StrEnum):
    """Of change. `unchanged` is shown, not merely undetected."""

    REGRESSED = "regressed"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    INCONCLUSIVE = "inconclusive"


class Change(Record):
    """A metric of an endpoint against its baseline.

    `change` and its bounds are relative changes (candidate / baseline - 1, so a worse throughput is negative), or
    absolute differences where `absolute` is true (error_ratio, success_rate, and any metric whose baseline is zero).
    `bound_better` is the smallest worsening still plausible, with confidence 1 - alpha_fail (adjusted for many
    comparisons); `bound_worse` the largest, with 1 - alpha_pass. What fresh starts have measured again has the mean of
    both, and the bounds that lie farthest out.
    """

    endpoint: str
    metric: Metric
    baseline: float
    candidate: float
    absolute: bool
    change: float
    bound_better: float | None
    bound_worse: float | None
    kind: Kind
    tolerance: Tolerance | None = Field(description="None: reported, not judged")
    gated: bool = Field(description="whether it can make the verdict conditional; too thin an endpoint is not gated")
    runs: Count = Field(description="comparable runs in the baseline, or pairs of blocks side by side")
    spread: Ratio | None = Field(description="standard deviation between runs or pairs, of the logarithm")
    spread_from: Literal["history", "prior", "mixed", "sampling", "pairs"]
    smallest_detectable: Ratio | None = Field(description="the worsening that would have been called with 80 % power")
    more_seconds: Seconds | None = Field(
        default=None,
        description="of load, both sides together, that are missing for a decision if the change is what it seems; "
        "None: decided, or no load would be enough, or not known",
    )


class Checked(Record):
    """A budget held against its value."""

    budget: Budget
    value: float | None = Field(description="None: there was nothing to measure it on")
    used: float | None = Field(description="share of the limit used; above 1 is broken (for upper limits)")
    status: Literal["met", "broken", "unknown"]


class TelemetryChecked(Record):
    """A budget held against one series; `low` and `high` bound a growth or a drift."""

    budget: TelemetryBudget
    key: SeriesKey | None = Field(description="None: no series of that name")
    value: float | None = Field(description="None: there was nothing to measure it on")
    low: float | None = None
    high: float | None = None
    used: float | None = Field(description="share of the limit used; above 1 is broken (for upper limits)")
    status: Literal["met", "broken", "uncertain", "unknown"] = Field(
        description="uncertain: the interval reaches the limit from either side"
    )


class Row(Record):
    """An endpoint of the union of baseline and candidate."""

    label: str
    presence: Literal["both", "new", "vanished", "only"] = Field(description="only: there is no baseline at all")
    candidate: EndpointStatistics | None
    baseline: EndpointStatistics | None = Field(description="of the newest comparable run")
    verdict: Verdict
    changes: tuple[Change, ...]


class ScenarioJudgement(Record):
    measurement_id: str
    verdict: Verdict
    reasons: tuple[Reason, ...] = Field(description="the worst first, after a refused signature, which explains others")
    notes: tuple[Note, ...]
    scenario: Scenario
    subject: Subject
    fingerprint: Fingerprint
    stack: Stack
    load: Load
    timeline: Timeline
    provenance: Provenance
    rows: tuple[Row, ...] = Field(description="total first, then endpoints, the worst first")
    budgets: tuple[Checked, ...]
    waivers: tuple[Waiver, ...] = Field(description="the ones that were applied")
    coverage: Coverage = Field(default_factory=Coverage)
    criteria: tuple[Criterion, ...] = Field(default=(), description="the acceptance table, in the order of the file")
    pairs: tuple[PairEvidence, ...] = Field(
        default=(), description="what was judged side by side: the total first, then the worst; at most 40"
    )
    trend: tuple[StoredRun, ...] = Field(
        default=(), description="stored runs of this load on such machines, the oldest first; the newest 60"
    )
    trend_of_endpoints: tuple[EndpointTrend, ...] = Field(default=(), description="as `rows` has them; at most 40")
    trend_steps: tuple[Step, ...] = Field(
        default=(), description="where the level changed in the trend, the oldest first"
    )
    telemetry: TelemetrySummary | None = Field(default=None, description="None: the stack was not watched")
    base_telemetry: TelemetrySummary | None = Field(default=None, description="of the base, side by side")
    telemetry_budgets: tuple[TelemetryChecked, ...] = ()
    where_to_look: tuple[Moved, ...] = Field(default=(), description="with a regression; the most likely first")


class Judgement(Record):
    schema_version: Literal[1] = 1
    perfgate: str = Field(description="version that judged")
    judged_at: datetime
    verdict: Verdict
    blocks: bool = Field(description="whether the policy in force lets this verdict fail the job")
    block_on: str
    event: str = Field(description="what started the run: local, pull_request, push, ...")
    branch: str | None
    seconds: Seconds | None = Field(description="of the whole run")
    scenarios: tuple[ScenarioJudgement, ...] = Field(description="the worst first")
    confidence_fail: Share
    confidence_pass: Share
    rules: Rules | None = Field(default=None, description="of a proposed change; None: judged by the file as it is")

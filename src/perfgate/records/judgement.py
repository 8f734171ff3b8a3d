"""The decision, with all that made it so. Prose is made from it in `report.wording`, nowhere else.

History of the schema
1     first (not released yet: with pairs, trend and rules)
"""

from __future__ import annotations

from collections.abc import Iterable
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
from perfgate.records.stack import Stack
from perfgate.records.starts import StartLuck
from perfgate.records.step import Step
from perfgate.records.telemetry import Moved, SeriesKey, TelemetrySummary

SCHEMA_VERSION: Final = 1


class Verdict(StrEnum):
    """pass < conditional < fail; the whole is the largest of its parts."""

    PASS = "pass"  # noqa: S105 - a verdict
    CONDITIONAL = "conditional"
    FAIL = "fail"

    @property
    def rank(self) -> int:
        return list(Verdict).index(self)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The largest. Of nothing at all it is conditional: no data is never a pass."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.CONDITIONAL)


class ReasonCode(StrEnum):
    # fail
    BUDGET = "budget"
    REGRESSION = "regression"
    STACK_BROKE = "stack-broke"
    ERRORS_ROSE = "errors-rose"
    # conditional
    INCONCLUSIVE = "inconclusive"
    NO_BASELINE = "no-baseline"
    BASELINE_FALLBACK = "baseline-fallback"
    WARNING = "warning"
    WAIVED = "waived"
    NOT_COVERED = "not-covered"
    ENDPOINT_VANISHED = "endpoint-vanished"
    SIGNATURE_REFUSED = "signature-refused"
    JOURNEY_FAILED = "journey-failed"
    UNCONFIRMED = "unconfirmed"
    BASE_BROKE = "base-broke"
    NOISY_RUNNER = "noisy-runner"
    IDLE_SIDE_BUSY = "idle-side-busy"
    GENERATOR_SATURATED = "generator-saturated"
    LOAD_NOT_REACHED = "load-not-reached"
    RECORDING_INCOMPLETE = "recording-incomplete"
    TOO_FEW_REQUESTS = "too-few-requests"
    ENVIRONMENT_DIFFERS = "environment-differs"
    NOTHING_CHECKED = "nothing-checked"
    NOT_MEASURED = "not-measured"
    GROWTH_UNCERTAIN = "growth-uncertain"
    BACKLOG = "backlog"
    CREEP = "creep"
    POOL_EXHAUSTED = "pool-exhausted"


class Reason(Record):
    """One cause of the verdict. `facts` are the numbers and names its sentence needs, in base units."""

    code: ReasonCode
    verdict: Verdict
    endpoint: str | None = None
    metric: Metric | None = None
    facts: dict[str, str | int | float | None] = Field(default_factory=dict)
    evidence: str = Field(default="", max_length=20_000, description="foreign text, such as a service's last log lines")


class Kind(StrEnum):
    """Of change. `unchanged` is shown, not merely undetected."""

    REGRESSED = "regressed"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    INCONCLUSIVE = "inconclusive"


class Change(Record):
    """A metric of an endpoint against its baseline.

    `change`, `low` and `high` are relative changes (candidate / baseline - 1, so a worse throughput is negative), or
    absolute differences where `absolute` is true (error_ratio, success_rate, and any metric whose baseline is zero).
    `low` bounds with confidence 1 - alpha_fail (adjusted for many comparisons), `high` with 1 - alpha_pass, each on the
    worse or better side as the metric's direction has it: `bound_worse` is the largest worsening still plausible,
    `bound_better` the smallest.
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


class ControlShown(Record):
    """Base against base, held against a regression that fresh starts have shown again. Relative changes."""

    endpoint: str
    metric: Metric
    claimed: Ratio = Field(description="of the head, all starts together")
    change: Ratio = Field(description="of the base against itself")
    low: Ratio | None
    high: Ratio | None
    refutes: bool = Field(description="it moved about as much, so that nobody is accused")


class StacksCpu(Record):
    """Processor time of both stacks, all starts together. `change` and its bounds are relative; advisory."""

    base_per_request: Seconds
    head_per_request: Seconds
    change: Ratio | None = Field(description="None: too few pairs of blocks that could be read")
    low: Ratio | None
    high: Ratio | None
    pairs: Count
    base_idle: float | None = Field(ge=0, description="cores used while the head had its turn; None: it was not up")
    head_idle: float | None = Field(ge=0, description="cores used while the base had its turn; None: it was not up")


class SideBySideProvenance(Record):
    """The base that was measured beside the candidate."""

    base: Subject
    pairs: tuple[Count, ...] = Field(description="of blocks, for each pair of fresh starts")
    block: Seconds
    seconds: Seconds = Field(description="of load, both sides together, warm-up left out; with the control's")
    swapped: bool = Field(default=False, description="the stacks were never up together")
    cpu: StacksCpu | None = Field(default=None, description="None: it could not be read")
    control_pairs: Count | None = Field(default=None, description="None: there was no need of a control, or no time")
    control: tuple[ControlShown, ...] = ()
    start_luck: StartLuck | None = Field(default=None, description="learned here; None: the assumption holds")
    looks: tuple[Count, ...] = Field(default=(), description="numbers of pairs at which a verdict could be given")
    ended_because: tuple[str, ...] = Field(default=(), description="of each pair of fresh starts; `records.pairs`")


class ReferenceProvenance(Record):
    """The pinned commit that the candidate and the stored runs were measured beside."""

    name: str = Field(description="as the settings have it")
    commit: str | None
    pairs: tuple[Count, ...] = Field(description="of blocks, for each pair of fresh starts of this run")
    block: Seconds
    other_references: Count = Field(description="stored runs beside another commit, or none: not compared")
    cpu: StacksCpu | None = Field(default=None, description="of the reference as base; None: it could not be read")


class Provenance(Record):
    """What the candidate was compared with."""

    runs: Count
    newest_id: str | None
    newest_commit: str | None
    newest_at: datetime | None
    oldest_at: datetime | None
    differences: tuple[str, ...] = Field(description="fields of the fingerprint that do not agree with the newest")
    side_by_side: SideBySideProvenance | None = Field(default=None, description="None: compared with stored runs")
    reference: ReferenceProvenance | None = Field(
        default=None, description="None: stored runs are compared by what they measured, not by ratios"
    )

    @property
    def in_turns(self) -> bool:
        """Whether the head was loaded in turns with another side."""
        return self.side_by_side is not None or self.reference is not None


class NoteCode(StrEnum):
    """Doubts shown to the reader that do not change the verdict."""

    THIN_ENDPOINT = "thin-endpoint"
    NEW_ENDPOINT = "new-endpoint"
    SHORT_HISTORY = "short-history"
    LOOSE_BUDGET = "loose-budget"
    LIKELY_SOURCE = "likely-source"
    IDLE_SIDES_BUSY = "idle-sides-busy"
    STACKS_SWAPPED = "stacks-swapped"
    EXTERNAL_STACKS = "external-stacks"
    BASE_LACKS_FILES = "base-lacks-files"
    FASTER = "faster"
    WAIVER_EXPIRED = "waiver-expired"
    WAIVER_UNUSED = "waiver-unused"
    ACCEPTANCE_REFUSED = "acceptance-refused"
    ACCEPTANCE_UNUSED = "acceptance-unused"
    NO_WARM_UP = "no-warm-up"
    TELEMETRY_GAP = "telemetry-gap"
    MEMORY_GROWS = "memory-grows"
    DRIFT = "drift"
    CREEP = "creep"
    LEVEL_CHANGED = "level-changed"
    OTHER_REFERENCE = "other-reference"


class Note(Record):
    code: NoteCode
    endpoint: str | None = None
    metric: Metric | None = None
    facts: dict[str, str | int | float | None] = Field(default_factory=dict)


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

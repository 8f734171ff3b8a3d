"""The verdict, the reasons that made it so, and the notes: doubts that do not change it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pydantic import Field

from perfgate.records.base import Record
from perfgate.records.metric import Metric


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
    WARNING = "warning"
    WAIVED = "waived"
    NOT_COVERED = "not-covered"
    ENDPOINT_VANISHED = "endpoint-vanished"
    ANSWERS_DIFFER = "answers-differ"
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


class NoteCode(StrEnum):
    """Doubts shown to the reader that do not change the verdict."""

    THIN_ENDPOINT = "thin-endpoint"
    NEW_ENDPOINT = "new-endpoint"
    RARE_ENDPOINT = "rare-endpoint"
    LOOSE_BUDGET = "loose-budget"
    LIKELY_SOURCE = "likely-source"
    IDLE_SIDES_BUSY = "idle-sides-busy"
    STACKS_SWAPPED = "stacks-swapped"
    EXTERNAL_STACKS = "external-stacks"
    BASE_LACKS_FILES = "base-lacks-files"
    BASE_IS_HEAD = "base-is-head"
    THIN_SLOWER = "thin-slower"
    SAME_ANSWERS = "same-answers"
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

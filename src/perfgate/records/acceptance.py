"""The acceptance table: everything that was asked of a run, one by one, and what of the application it exercised."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from perfgate.records.base import Count, Record, Share
from perfgate.records.criteria import Demand, Operation
from perfgate.records.metric import Metric


class CriterionKind(StrEnum):
    BUDGET = "budget"
    TELEMETRY = "telemetry"
    TOLERANCE = "tolerance"
    COVERAGE = "coverage"
    STACK = "stack"
    MEASUREMENT = "measurement"


class Status(StrEnum):
    MET = "met"
    WARNING = "warning"  # met, and beyond its warning limit
    WAIVED = "waived"
    UNCLEAR = "unclear"
    NOT_MEASURED = "not-measured"
    NOT_MET = "not-met"


class Criterion(Record):
    """A row of the table. Numbers are in base units; what kind a number is follows from `kind` and `metric`.

    budget: `target` is the limit, `value` what was measured, `low` and `high` its interval where there is one.
    telemetry: likewise, in the unit that `evidence` names; of a growth, per minute; of a drift, a ratio.
    tolerance: `target` is the change accepted, `value` the change found (relative, or absolute where `absolute` is
    true), `low` and `high` its interval. coverage: `text` is the demand, `value` the requests that met it; of a
    document's operations `target` and `value` are shares. stack, measurement: `text` names the check.
    """

    kind: CriterionKind
    status: Status
    text: str = Field(description="the criterion as the user wrote it, or the name of a built-in check")
    endpoint: str | None = Field(default=None, description="None: all together, or not about an endpoint")
    metric: Metric | None = None
    target: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    absolute: bool = False
    evidence: dict[str, str | int | float | None] = Field(
        default_factory=dict, description="on what the status rests: counts of requests, runs, pairs; names"
    )


class DemandMet(Record):
    """What `coverage.require` asks for, over all scenarios of the run."""

    demand: Demand
    requests: Count = Field(description="that were made to it, failed ones too")
    met_by: Count = Field(description="successful ones, or with a status: answers of that status; 0: not exercised")
    scenarios: tuple[str, ...] = Field(description="in which they were made")


class OperationCovered(Record):
    """An operation of the OpenAPI document, over all scenarios of the run."""

    operation: Operation
    labels: tuple[str, ...] = Field(description="of the endpoints that are this operation")
    requests: Count
    succeeded: Count = Field(description="of them; 0: it was not exercised")
    seen: tuple[str, ...] = Field(description="documented statuses that were answered")
    unseen: tuple[str, ...] = Field(description="documented statuses that were not")
    undocumented: tuple[Count, ...] = Field(description="statuses that were answered, and are not documented")


class Coverage(Record):
    """What was exercised, and what was not."""

    demands: tuple[DemandMet, ...] = ()
    silent: tuple[str, ...] = Field(default=(), description="labels that declared traffic never came to")
    document: str | None = Field(default=None, description="the OpenAPI document; None: none was named")
    operations: tuple[OperationCovered, ...] = ()
    unknown: tuple[str, ...] = Field(default=(), description="labels that were requested, and no operation matches")
    at_least: Share | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """What was declared or demanded and not exercised, as it was written."""
        demanded = (each.demand.text for each in self.demands if not each.met_by)
        return tuple(dict.fromkeys((*self.silent, *demanded)))

    @property
    def exercised_share(self) -> float | None:
        """Of the document's operations; None: there is no document."""
        if not self.operations:
            return None
        return sum(each.succeeded > 0 for each in self.operations) / len(self.operations)

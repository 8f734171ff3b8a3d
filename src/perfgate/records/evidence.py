"""What lies behind a comparison, thinned so that a judgement stays small: pairs of blocks, stored runs over time."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from perfgate.records.base import Count, Ratio, Record, Seconds
from perfgate.records.metric import Metric


class StartEvidence(Record):
    """The judged pairs of one pair of fresh starts. Relative changes, signed as `records.judgement.Change` has them."""

    changes: tuple[Ratio, ...] = Field(description="of each pair, in the order in which they were measured")
    estimate: Ratio
    bound_better: Ratio | None
    bound_worse: Ratio | None


class PairEvidence(Record):
    """A metric of an endpoint, pair by pair: the head's change from the base. Beside a reference: the change of its
    ratio to the reference from the ratio of the stored runs; where none is stored, that ratio itself.
    """

    endpoint: str
    metric: Metric
    starts: tuple[StartEvidence, ...] = Field(description="the first starts, then those that were to confirm them")
    control: StartEvidence | None = Field(default=None, description="the base against itself; None: not measured")
    joined: Count = Field(description="how many neighbouring pairs were taken together, being alike")


class StoredRun(Record):
    """One run of the trend. `figures` are of all endpoints together, in base units."""

    id: str
    measured_at: datetime
    commit: str | None
    accepted: bool = Field(description="made the state to compare with by a person")
    compared: bool = Field(default=True, description="whether the candidate was held against it")
    figures: dict[Metric, float]


class EndpointTrend(Record):
    """The percentiles of one endpoint, run by run as the trend has them; None: it had no success there."""

    endpoint: str
    figures: dict[Metric, tuple[Seconds | None, ...]]

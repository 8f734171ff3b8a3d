"""What the candidate was compared with: stored runs, the base, or a pinned commit beside it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from perfgate.records.base import Count, Ratio, Record, Seconds
from perfgate.records.measurement import Subject
from perfgate.records.metric import Metric
from perfgate.records.pairs import EndedBecause
from perfgate.records.starts import StartLuck


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
    fresh_looks: tuple[Count, ...] = Field(default=(), description="the same on fresh starts")
    ended_because: tuple[EndedBecause, ...] = Field(default=(), description="of each pair of fresh starts")


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

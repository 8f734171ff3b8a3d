"""What one run measured: everything needed to judge it, now or again later with other limits.

`measurement.json` beside the raw request columns.

History of the schema
1     first; `telemetry` and `reference` came before anything was released, and may be missing
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from perfgate.records.base import Bytes, Count, Record, Seconds
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.load import Load, Scenario
from perfgate.records.pairs import Design, FreshStart, Side
from perfgate.records.reference import MeasuredRatio
from perfgate.records.stack import Stack
from perfgate.records.starts import StartLuck
from perfgate.records.telemetry import TelemetrySummary

SCHEMA_VERSION: Final = 1
MOST_LACKED: Final = 20


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
    set_apart: bool = Field(
        default=False, description="one side had other variables than the other, or a relay that held up its requests"
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

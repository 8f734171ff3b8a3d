"""The same code started twice and compared with itself: by how much a fresh start is off by luck alone.

`perfgate self-test` stores such a record, and so does the control of a run that was about to fail. Ten of them or more
replace the assumption about the luck of a start (`judge.start_luck`).

History of the schema
1     first
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from perfgate.records.base import Count, Ratio, Record

SCHEMA_VERSION: Final = 1


class StartsCompared(Record):
    """Base against base, by pairs of blocks, all endpoints together."""

    schema_version: Literal[1] = 1
    id: str = Field(pattern=r"^[0-9a-z-]{8,64}$", description="of the measurement it comes from; sorts by time")
    at: datetime
    why: Literal["self-test", "control"]
    scenario: str
    scenario_digest: str
    cpu_model: str
    commit: str | None = Field(max_length=64)
    difference: float = Field(description="ln(second start / first start) of p50, as estimated")
    error: float = Field(ge=0, description="standard error of `difference` that the pairs show, without start luck")
    pairs: Count


class StartLuck(Record):
    """How far one fresh start is off by luck, as the runs of this repository have it."""

    per_start: Ratio = Field(ge=0, description="standard deviation of the logarithm")
    runs: Count

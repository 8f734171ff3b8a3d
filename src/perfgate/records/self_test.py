"""Whether the gate bites: base against base, and base against itself made slower, many times.

History of the schema
1     first
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from perfgate.records.base import Count, Ratio, Record, Seconds, Share
from perfgate.records.verdict import ReasonCode, Verdict

SCHEMA_VERSION: Final = 1
LONGEST: Final = 500  # characters


class SelfTestRun(Record):
    """One gate. `slower` as it was to be: share of the base's p50 by which requests were held up."""

    slower: bool
    delay: Seconds | None = Field(description="before every request to the head; None: it was made slower otherwise")
    verdict: Verdict
    regression: bool = Field(description="whether a slow-down is what failed it")
    reasons: tuple[ReasonCode, ...]
    change: Ratio | None = Field(description="of p50 of all endpoints together, as estimated")
    seconds: Seconds


class Rate(Record):
    """`low` to `high` has the true share with 95 % confidence (Wilson)."""

    count: Count
    of: Count
    low: Share
    high: Share


class SelfTest(Record):
    schema_version: Literal[1] = 1
    at: datetime
    scenario: str
    how: Literal["relay", "environment"] = Field(description="how the head was made slower")
    asked: Ratio | None = Field(description="share of p50 by which; None: by a time, or by its environment")
    runs: tuple[SelfTestRun, ...]
    without_verdict: tuple[Annotated[str, Field(max_length=LONGEST)], ...] = Field(
        default=(), description="why runs came to no verdict; they are not among `runs`"
    )
    false_alarms: Rate | None = Field(description="base against base that failed; None: none was run")
    detected: Rate | None = Field(description="slower heads that failed for it; None: none was run")

    @property
    def bites(self) -> bool:
        """No alarm without cause, and at least one with."""
        alarmed = self.false_alarms is not None and self.false_alarms.count > 0
        missed = self.detected is not None and not self.detected.count
        return not alarmed and not missed

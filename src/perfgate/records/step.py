"""A change of the level at which stored runs are."""

from __future__ import annotations

from pydantic import Field

from perfgate.records.base import Ratio, Record
from perfgate.records.metric import Metric


class Step(Record):
    run: str = Field(description="id of the first run at the new level")
    metric: Metric
    endpoint: str
    change: Ratio = Field(description="of the mean level, relative to the one before")

"""How much slower or faster a stack is than another, measured in turns on one machine: what bears comparison elsewhere.

Times are of their machine and their hour; a ratio to a stack that stays the same is of the code.
"""

from __future__ import annotations

from pydantic import Field

from perfgate.records.base import Count, Record
from perfgate.records.metric import Metric


class MeasuredRatio(Record):
    """Head against reference in one metric of an endpoint, by pairs of blocks on one pair of fresh starts."""

    label: str = Field(description="of the endpoint; `total` for all together")
    metric: Metric
    estimate: float = Field(description="ln(head / reference); of a metric of which more is better, its negative")
    error: float = Field(ge=0, description="standard error of `estimate` that the pairs show, without start luck")
    pairs: Count

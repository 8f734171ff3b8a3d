"""What a load could show, before it is run: printed by `perfgate plan --json`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from perfgate.records.base import Count, Ratio, Record, Seconds, Share
from perfgate.records.metric import Metric


class MetricForecast(Record):
    """Of all endpoints together."""

    metric: Metric
    tolerance: Ratio
    detectable: Ratio | None = Field(description="with this load: fails in 80 % of the runs; None: it cannot be judged")
    passing: Share | None = Field(
        description="with this load: how many runs of an unchanged head pass; the rest is unclear"
    )
    affordable: Ratio | None = Field(
        description="with this load: the smallest tolerance at which an unchanged head passes in 90 % of the runs"
    )
    needed: Seconds | None = Field(
        description="of load for the tolerance to be affordable; None: no load is long enough, or it cannot be judged"
    )
    too_few_in_a_block: Count | None = Field(
        default=None, description="requests that a block has, where the metric needs more; None: it has enough"
    )


class StoredForecast(Record):
    """Against stored runs: how much runs differ decides, not the length of the load."""

    metric: Metric
    tolerance: Ratio
    runs: Count
    spread: Ratio = Field(description="standard deviation between runs, of the logarithm")
    detectable: Ratio
    reference: str | None = Field(default=None, description="name of what the runs were measured beside; None: times")


class ScenarioForecast(Record):
    scenario: str
    seconds: Seconds = Field(description="of load, both sides together, warm-up included")
    pairs: Count = Field(description="of blocks that are judged; fewer than 8 are too few")
    block: Seconds
    rate: float | None = Field(description="requests a second; None: not known before a run")
    rate_from: Literal["asked", "settings", "users", "stored", "unknown"]
    noise_from: Literal["self-tests", "stored", "assumed"]
    noise_runs: Count = Field(description="that the noise is known from")
    start_luck: Ratio = Field(description="standard deviation of the logarithm, of one start")
    start_luck_runs: Count = Field(description="that it was learned from; 0: assumed")
    side_by_side: tuple[MetricForecast, ...]
    stored: tuple[StoredForecast, ...]


class Forecast(Record):
    scenarios: tuple[ScenarioForecast, ...]

"""The load: the scenario that was asked for, and what was put on the stack by whom."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from perfgate.records.base import Count, PerSecond, Record, Seconds, Share
from perfgate.records.endpoint import Endpoint

LoadEndedBecause = Literal["duration", "locust-quit", "stack-broke"]


class Scenario(Record):
    """The load that was asked for. `digest` covers all that decides comparability: profile, traffic, warm-up."""

    name: str
    profile: str
    digest: str
    users: Count
    spawn_rate: PerSecond
    duration: Seconds
    warm_up: Seconds
    traffic: str = Field(description="'declared', or the path of the Locust file")
    declared: tuple[Endpoint, ...] = Field(description="what declared traffic says it will request; else empty")


class GeneratorHealth(Record):
    """How well the load generator itself kept up, without the warm-up; one sample a second."""

    samples: Count
    cpu_mean: Share | None = Field(description="of one core")
    cpu_max: float | None = Field(ge=0, description="of one core, the worst second; above 1 with several processes")
    busy_share: Share | None = Field(description="share of the seconds with CPU above 90 % of a core")
    loop_lag_p50: Seconds | None = Field(description="how late a 20 ms timer came in the event loop")
    loop_lag_p90: Seconds | None
    loop_lag_p99: Seconds | None


class Finding(StrEnum):
    """What is likely wrong where signed requests are refused, and how that was found out (`load.refused`)."""

    SECRET = "secret"  # noqa: S105 - a finding. Even a body that no serialiser changes is refused when rightly signed
    RESERIALISED = "reserialised"  # such a body is accepted, or the same body in another style of JSON
    CLOCK = "clock"  # the signed time is far from the server's
    SENDER = "sender"  # the signature does not fit the bytes that were sent
    SERVER_ERROR = "server-error"  # rightly signed requests end in 5xx, wrongly signed ones are refused
    UNCLEAR = "unclear"


class SignatureRefusal(Record):
    """Signed requests of an endpoint that were answered by 401, 403 or 5xx, and what probes showed, once a load."""

    label: str = Field(max_length=4200)
    status: Count
    finding: Finding
    style: str | None = Field(default=None, max_length=200, description="of JSON that the server accepts instead")
    wrongly: int | None = Field(default=None, description="status of the same body wrongly signed, after a 5xx")
    clock_off: Seconds | None = Field(default=None, description="the server's clock minus ours, where it says its time")
    probes: tuple[str, ...] = Field(default=(), description="what was tried and answered, one line each")
    answer: str = Field(default="", max_length=500, description="of the server: foreign text")


class LoadWorker(Record):
    """One of several processes that shared the load."""

    name: str = Field(max_length=300, description="host and process")
    requests: Count = Field(description="recorded of it, warm-up included")
    requests_lost: Count = Field(description="counted by its Locust, not in the recording")
    lost_at: Seconds | None = Field(description="after the start of the load; None: it stayed to the end")
    clock_offset: float = Field(description="seconds that were added to its times, to have the master's clock")
    clock_error: Seconds = Field(description="how far that may be wrong, its drift during the load included")


class Load(Record):
    """What was put on the stack, wanted against reached."""

    locust_version: str
    started_at: datetime
    planned: Seconds = Field(description="of load, warm-up included")
    warm_up: Seconds
    measured: Seconds = Field(description="of load, warm-up left out")
    users_wanted: Count
    users_reached: Count
    complete: bool = Field(description="the recording ended in order: nothing was lost, nothing was cut short")
    ended_because: LoadEndedBecause
    locust_exit_code: int | None
    generator: GeneratorHealth
    requests_lost: Count | None = Field(description="counted by Locust, not in the recording; None: not known")
    arrivals_unsent: Count = Field(default=0, description="requests at a rate that no user was free to send in time")
    refusals: tuple[SignatureRefusal, ...] = Field(default=(), description="of signed requests")
    workers: tuple[LoadWorker, ...] = Field(default=(), description="empty: one process generated the whole load")

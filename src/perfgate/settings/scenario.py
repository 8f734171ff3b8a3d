"""A scenario: the traffic, and how many users make it for how long."""

from __future__ import annotations

from pydantic import Field

from perfgate.settings.criteria import BudgetText
from perfgate.settings.part import Part
from perfgate.settings.traffic import Traffic
from perfgate.settings.units import Address, Duration, Rate


class Stage(Part):
    """A step of a load profile with a shape."""

    duration: Duration = Field(gt=0)
    users: int = Field(ge=0)
    spawn_rate: Rate = Field(gt=0)


class Scenario(Part):
    profile: str = Field(default="baseline", description="baseline, peak, burst or endurance")
    users: int | None = Field(default=None, ge=1, le=100_000, description="overrides the profile's")
    spawn_rate: Rate | None = Field(default=None, gt=0, description="overrides the profile's")
    duration: Duration | None = Field(
        default=None, gt=0, description="of the load, warm-up included; overrides the profile's"
    )
    stages: tuple[Stage, ...] | None = Field(default=None, description="overrides the profile's shape")
    warm_up: Duration = Field(default=10.0, ge=0, description="first part of the load, recorded and left out")
    traffic: Traffic | None = None
    locustfile: str | None = Field(default=None, description="instead of `traffic`: any Locust file, unchanged")
    tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    user_classes: tuple[str, ...] = Field(default=(), description="of the Locust file; default: all")
    env: dict[str, str] = Field(default_factory=dict, description="for Locust's process")
    secrets: tuple[str, ...] = Field(
        default=(),
        description="environment variables that a Locust file needs, as for the secret of a webhook; of PerfGate's "
        "own environment Locust's process sees nothing else",
    )
    budgets: tuple[BudgetText, ...] = Field(default=(), description="of this scenario alone, beside the file's")
    workers: int = Field(
        default=0, ge=0, le=64, description="processes of this machine that share the load; 0: one process does it all"
    )
    expect_workers: int = Field(
        default=0, ge=0, le=1000, description="workers of other machines (`perfgate worker`) that the load waits for"
    )
    bind: Address | None = Field(
        default=None, description="where workers of other machines join; nothing there asks who they are"
    )
    otlp: str | None = Field(
        default=None,
        pattern="^https?://",
        description="URL of an OTLP receiver (HTTP) that Locust sends response times and users to while it runs",
    )

"""The four built-in load profiles, and what a scenario makes of them. `scenarios/` has each as a Locust file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from perfgate.settings.scenario import Scenario, Stage


@dataclass(frozen=True)
class Profile:
    """How many users, how fast they come, for how long; seconds and users per second.

    With `stages` the number of users follows them, and `users` is their peak.
    """

    users: int
    spawn_rate: float
    duration: float
    warm_up: float = 10.0
    stages: tuple[Stage, ...] = ()


def _stage(seconds: float, users: int, spawn_rate: float) -> Stage:
    return Stage.model_construct(duration=seconds, users=users, spawn_rate=spawn_rate)


BURST_STAGES: Final = (
    _stage(60, 20, 10),
    _stage(60, 200, 50),
    _stage(60, 20, 50),
    _stage(60, 200, 50),
    _stage(60, 20, 50),
)

PROFILES: Final = {
    "baseline": Profile(users=10, spawn_rate=2, duration=300),
    "peak": Profile(users=100, spawn_rate=10, duration=600),
    "burst": Profile(users=200, spawn_rate=50, duration=300, stages=BURST_STAGES),
    "endurance": Profile(users=50, spawn_rate=5, duration=1800),
}


def resolve(scenario: Scenario, *, duration: float | None = None) -> Profile:
    """The profile in force. `duration` (seconds) overrides the scenario's; stages are stretched in proportion.

    A warm-up that would leave less than half of a shortened load is shortened to a sixth of it.
    """
    profile = PROFILES[scenario.profile]
    stages = scenario.stages or profile.stages
    natural = sum(stage.duration for stage in stages) or profile.duration
    length = duration or scenario.duration or natural
    stretched = tuple(stage.model_copy(update={"duration": stage.duration * length / natural}) for stage in stages)
    users = max(stage.users for stage in stages) if stages else scenario.users or profile.users
    return replace(
        profile,
        users=users,
        spawn_rate=scenario.spawn_rate or profile.spawn_rate,
        duration=length,
        warm_up=scenario.warm_up if scenario.warm_up <= length / 2 else length / 6,
        stages=stretched,
    )

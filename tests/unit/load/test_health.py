"""The generator's own health, and the figures shown while it runs, on a clock of the test's."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from perfgate.load.inside.health import TICK, HealthSampler
from perfgate.load.inside.pace import WINDOW, Pace
from perfgate.load.inside.recorder import Flushed


@dataclass
class Clock:
    now: float = 0.0
    used: float = 0.0
    late: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds + self.late


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sampler(clock: Clock) -> HealthSampler:
    return HealthSampler(
        clock.sleep, monotonic=lambda: clock.now, cpu=lambda: clock.used, clock=lambda: 1000 + clock.now
    )


def test_lags_are_how_late_the_timer_came(sampler: HealthSampler, clock: Clock) -> None:
    for late in (0.0, 0.005, 0.1):
        clock.late = late
        sampler.tick()
    sample = sampler.sample(users=4)
    assert sample["loop_lags"] == pytest.approx([0, 0.005, 0.1], abs=1e-6)
    assert sample["users"] == 4
    assert sample["at"] == pytest.approx(1000 + 3 * TICK + 0.105)
    assert sampler.sample(users=4)["loop_lags"] == []


def test_cpu_is_of_one_core_since_the_last_sample(sampler: HealthSampler, clock: Clock) -> None:
    clock.now, clock.used = 2.0, 0.5
    assert sampler.sample(users=0)["cpu"] == 0.25
    clock.now, clock.used = 3.0, 1.4
    assert sampler.sample(users=0)["cpu"] == 0.9


def test_pace_covers_the_last_few_seconds_only() -> None:
    pace = Pace(duration=60)
    for second in range(1, 4):
        pace.progress(Flushed(1000, 0, (9.0,)), elapsed=float(second), users=1, requests=0, failures=0)
    for second in range(4, 4 + WINDOW):
        progress = pace.progress(Flushed(10, 1, (0.1, 0.2)), elapsed=float(second), users=7, requests=3050, failures=5)
    assert progress.request_rate == pytest.approx(10)
    assert progress.p95 == 0.2
    assert (progress.elapsed, progress.remaining, progress.users) == (8.0, 52.0, 7)
    assert (progress.requests, progress.failures) == (3050, 5)


def test_nothing_yet_is_unknown() -> None:
    progress = Pace(duration=1).progress(Flushed(0, 0, ()), elapsed=2.0, users=0, requests=0, failures=0)
    assert progress.p95 is None
    assert progress.request_rate == 0
    assert progress.remaining == 0

"""A model of a noisy shared runner: what it does to the response times of two stacks loaded in turn.

Figures are those of the design note the gate was built from; they are guesses guided by published findings, not fits.
All noise multiplies response times, so everything here is on the logarithm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

STEP: Final = 0.1  # seconds of simulated time
SERVICE_SPREAD: Final = 0.5  # standard deviation of ln(response time); half of its variance is the payload's
SETTLING: Final = 0.2  # seconds dropped at the start of a block
SECOND_BLOCK_GAIN: Final = 0.01  # the first block of a pair is this much slower


@dataclass(frozen=True)
class Runner:
    between_runs: float
    drift: float  # sd, time constant 60 s
    jitter: float  # sd, time constant 2 s
    bursts_per_minute: float
    burst_seconds: float
    burst_size: tuple[float, float]
    shifts_per_minute: float
    shift: float  # sd of a level shift
    start: float  # sd of start luck, and of each stack's own slow noise (time constant 10 s)


RUNNERS: Final = {
    "quiet": Runner(0.05, 0.01, 0.01, 0.2, 3, (1.2, 1.6), 0, 0, 0.005),
    "typical": Runner(0.10, 0.03, 0.02, 1, 4, (1.2, 2.0), 0.1, 0.05, 0.01),
    "noisy": Runner(0.15, 0.08, 0.04, 3, 5, (1.3, 3.0), 0.5, 0.15, 0.02),
}


@dataclass(frozen=True)
class StartLuck:
    """Of a freshly started stack: Gaussian with the runner's sd, or lumpy (most starts alike, some far off)."""

    lumpy: bool
    spread: float | None = None  # None: the runner's

    @property
    def described(self) -> str:
        known = "" if self.spread is None else f" {self.spread:.0%}"
        return "lumpy" if self.lumpy else f"Gaussian{known}"

    def draw(self, rng: np.random.Generator, runner: Runner, shape: tuple[int, ...]) -> NDArray[np.float64]:
        if not self.lumpy:
            return rng.normal(0, runner.start if self.spread is None else self.spread, shape)
        return np.where(rng.random(shape) < 0.1, rng.normal(0, 0.05, shape), rng.normal(0, 0.003, shape))


def runner_noise(rng: np.random.Generator, runner: Runner, trials: int, seconds: float) -> NDArray[np.float64]:
    """Shared by whatever runs at that moment: shape (trials, steps of 0.1 s)."""
    steps = round(seconds / STEP)
    noise = rng.normal(0, runner.between_runs, (trials, 1)) + wandering(rng, runner.drift, 60, trials, steps)
    noise += wandering(rng, runner.jitter, 2, trials, steps)
    times = np.arange(steps) * STEP
    for trial in range(trials):
        for begin in _arrivals(rng, runner.bursts_per_minute, seconds):
            size = np.log(rng.uniform(*runner.burst_size))
            noise[trial, (times >= begin) & (times < begin + rng.exponential(runner.burst_seconds))] += size
        for begin in _arrivals(rng, runner.shifts_per_minute, seconds):
            noise[trial, times >= begin] += rng.normal(0, runner.shift)
    return noise


def wandering(
    rng: np.random.Generator, spread: float, time_constant: float, trials: int, steps: int
) -> NDArray[np.float64]:
    """Ornstein-Uhlenbeck noise with standard deviation `spread`."""
    keep = np.exp(-STEP / time_constant)
    kicks = rng.normal(0, spread * np.sqrt(1 - keep**2), (steps, trials))
    path = np.empty((steps, trials))
    path[0] = rng.normal(0, spread, trials)
    for step in range(1, steps):
        path[step] = keep * path[step - 1] + kicks[step]
    return np.ascontiguousarray(path.T)


def _arrivals(rng: np.random.Generator, per_minute: float, seconds: float) -> NDArray[np.float64]:
    return rng.uniform(0, seconds, rng.poisson(per_minute * seconds / 60))


def paired_blocks(
    rng: np.random.Generator,
    runner: Runner,
    luck: StartLuck,
    *,
    trials: int,
    seconds: float,
    rate: float,
    change: float,
    block: float = 1.0,
) -> NDArray[np.float64]:
    """ln(response time) of every request: shape (trials, pairs, 2 sides: base and head, requests of a block).

    The same payloads on both sides, sides in random order, `change` is the head's true relative change.
    """
    pairs = int(seconds / (2 * block))
    requests = round((block - SETTLING) * rate)
    shared = runner_noise(rng, runner, trials, seconds)
    own = np.stack([wandering(rng, runner.start, 10, trials, shared.shape[1]) for _ in range(2)])
    own += luck.draw(rng, runner, (2, trials, 1))
    own[1] += np.log1p(change)
    payload = rng.normal(0, SERVICE_SPREAD / np.sqrt(2), (trials, pairs, 1, requests))
    values = payload + rng.normal(0, SERVICE_SPREAD / np.sqrt(2), (trials, pairs, 2, requests))
    head_first = rng.random((trials, pairs)) < 0.5
    within = SETTLING + np.arange(requests) / rate
    trial = np.arange(trials)[:, None, None]
    for side in range(2):
        second = head_first if side == 0 else ~head_first
        begin = np.arange(pairs) * 2 * block + second * block
        steps = ((begin[:, :, None] + within) / STEP).astype(int)
        values[:, :, side] += shared[trial, steps] + own[side][trial, steps] - SECOND_BLOCK_GAIN * second[:, :, None]
    return values

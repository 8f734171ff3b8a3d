"""What it costs in certainty to swap stacks instead of running them beside each other, on the model of a runner.

    python -m benchmarks.accuracy.swapped [--trials 300]

300 s of load either way: pairs of 1 s blocks side by side, or swaps with a warm-up of 10 s and 5 s of load a turn, each
after 10 s of starting. Spread of the estimated change of p50 where nothing changed, in per cent (robust: from the
middle two thirds of the trials).
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.runner_noise import (
    RUNNERS,
    SERVICE_SPREAD,
    STEP,
    Runner,
    StartLuck,
    paired_blocks,
    runner_noise,
)
from perfgate.judge.signed_rank import centre, walsh_averages

LOAD, RATE = 300.0, 50.0
WARM_UP, BLOCK, STARTING = 10.0, 5.0, 10.0  # seconds of a turn


def beside(rng: np.random.Generator, runner: Runner, trials: int) -> NDArray[np.float64]:
    """ln(head) - ln(base) of p50: shape (trials, pairs)."""
    values = paired_blocks(rng, runner, StartLuck(lumpy=False), trials=trials, seconds=LOAD, rate=RATE, change=0.0)
    medians = np.median(values, axis=-1)
    return np.asarray(medians[:, 1:, 1] - medians[:, 1:, 0])


def swapped(rng: np.random.Generator, runner: Runner, trials: int) -> NDArray[np.float64]:
    """The same, with fresh starts of both sides in each pair."""
    swaps, turn = int(LOAD / (2 * (WARM_UP + BLOCK))), STARTING + WARM_UP + BLOCK
    shared = runner_noise(rng, runner, trials, 2 * swaps * turn)
    requests = round(BLOCK * RATE)
    payload = rng.normal(0, SERVICE_SPREAD / np.sqrt(2), (trials, swaps, 1, requests))
    values = payload + rng.normal(0, SERVICE_SPREAD / np.sqrt(2), (trials, swaps, 2, requests))
    values += StartLuck(lumpy=False).draw(rng, runner, (trials, swaps, 2, 1))
    values += rng.normal(0, runner.start, (trials, swaps, 2, 1))  # each stack's own slow noise
    head_first = rng.random((trials, swaps)) < 0.5
    within = STARTING + WARM_UP + np.arange(requests) / RATE
    for side in range(2):
        second = head_first if side == 0 else ~head_first
        begin = (2 * np.arange(swaps) + second) * turn
        steps = ((begin[:, :, None] + within) / STEP).astype(int)
        values[:, :, side] += shared[np.arange(trials)[:, None, None], steps]
    medians = np.median(values, axis=-1)
    return np.asarray(medians[:, :, 1] - medians[:, :, 0])


def spread(differences: NDArray[np.float64]) -> float:
    estimates = [centre(walsh_averages(each)) for each in differences]
    low, high = np.percentile(estimates, [100 / 6, 500 / 6])
    return float((high - low) / (2 * 0.9674))  # two thirds of a normal distribution lie within 0.9674 deviations


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--trials", type=int, default=300)
    trials = arguments.parse_args().trials
    print("| runner | side by side, % | swapped, % | times as wide |\n|---|---:|---:|---:|")
    for name, runner in RUNNERS.items():
        rng = np.random.default_rng(6)
        one, other = spread(beside(rng, runner, trials)), spread(swapped(rng, runner, trials))
        print(f"| {name} | {100 * one:.1f} | {100 * other:.1f} | {other / one:.1f} |", flush=True)


if __name__ == "__main__":
    main()

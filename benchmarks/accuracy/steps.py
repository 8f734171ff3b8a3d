"""How often is a change of level among stored runs seen where there is none, or not seen where there is one?

    python -m benchmarks.accuracy.steps [--series 500] [--seed 1]

Series of 40 runs with one level, and of 50 runs whose last 15 are slower; runs differ by a standard deviation of their
logarithm. Needs the extra `history`.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
from numpy.typing import NDArray

from perfgate.baselines.steps import ends_of_levels

NEAR = 3  # runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print("| runs differ by | a level too many, % | +5 % found within 3 runs, % | +10 %, % | +25 %, % |")
    print("|---:|---:|---:|---:|---:|")
    for spread in (0.03, 0.10):
        rng = np.random.default_rng(given.seed)
        false = share([bool(ends_of_levels(rng.normal(0, spread, 40).tolist())) for _ in range(given.series)])
        found = [
            share([is_found(stepped(rng, spread, change)) for _ in range(given.series)]) for change in (0.05, 0.1, 0.25)
        ]
        print(f"| {100 * spread:.0f} % | {false} | {' | '.join(found)} |", flush=True)


def stepped(rng: np.random.Generator, spread: float, change: float) -> NDArray[np.float64]:
    return rng.normal(0, spread, 50) + np.where(np.arange(50) >= 35, math.log1p(change), 0.0)


def is_found(logs: NDArray[np.float64]) -> bool:
    return any(abs(end - 35) <= NEAR for end in ends_of_levels(logs.tolist()))


def share(told: list[bool]) -> str:
    return f"{100 * sum(told) / len(told):.1f}"


if __name__ == "__main__":
    main()

"""The rules that other gates use, on the same model of a noisy runner and for the same seconds of load.

    python -m benchmarks.accuracy.other_rules [--trials 500] [--seed 2] [--runner typical] [--change 0]

Shares of the trials that end in `fail`, for true changes of the head's p50: beside the table of `simulate`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.accuracy.runner_noise import RUNNERS, SERVICE_SPREAD, STEP, Runner, StartLuck, runner_noise
from benchmarks.accuracy.simulate import CHANGES

SECONDS: Final = 120.0
RATE: Final = 50.0
HISTORY: Final = 30  # runs
LIMIT: Final = np.log(1.10)
Values = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """`stored` and `head`: ln(response time) of every request, shape (runs, requests); each run on a runner of its own.

    `halves`: base, then head, for half the time each, one after the other on one runner.
    """

    stored: Values
    head: Values
    halves: tuple[Values, Values]


def world(rng: np.random.Generator, runner: Runner, luck: StartLuck, change: float) -> World:
    runs = requests(rng, runner, luck, HISTORY + 1)
    halves = requests(rng, runner, luck, 1)[0]
    half = len(halves) // 2
    luck_of_second = float(luck.draw(rng, runner, (1,))[0])
    return World(
        stored=runs[:HISTORY],
        head=runs[HISTORY] + np.log1p(change),
        halves=(halves[:half], halves[half:] + np.log1p(change) + luck_of_second),
    )


def requests(rng: np.random.Generator, runner: Runner, luck: StartLuck, runs: int) -> Values:
    noise = runner_noise(rng, runner, runs, SECONDS) + luck.draw(rng, runner, (runs, 1))
    steps = (np.arange(round(SECONDS * RATE)) / RATE / STEP).astype(int)
    return np.asarray(noise[:, steps] + rng.normal(0, SERVICE_SPREAD, (runs, len(steps))))


def last_run(each: World) -> bool:
    return bool(np.median(each.head) - np.median(each.stored[-1]) > LIMIT)


def t_limit(each: World) -> bool:
    medians = np.exp(np.median(each.stored, axis=1))
    limit = medians.mean() + stats.t.ppf(0.99, HISTORY - 1) * medians.std(ddof=1)
    return bool(np.exp(np.median(each.head)) > limit)


def mann_whitney(each: World) -> bool:
    return bool(stats.mannwhitneyu(each.head, each.stored[-1], alternative="greater").pvalue < 0.01)


def base_then_head(each: World) -> bool:
    base, head = each.halves
    return bool(np.median(head) - np.median(base) > LIMIT)


RULES: Final[dict[str, Callable[[World], bool]]] = {
    "last stored run + 10 %": last_run,
    "t-limit 0.99 over 30 runs": t_limit,
    "Mann-Whitney over requests, one stored run": mann_whitney,
    "base, then head, on one runner, + 10 %": base_then_head,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--runner", choices=sorted(RUNNERS), default="typical")
    parser.add_argument("--change", action="append", type=float, help="in %%, instead of all; may be repeated")
    given = parser.parse_args()
    changes = [each / 100 for each in given.change] if given.change else CHANGES
    print("| rule | start luck | " + " | ".join(f"fail at {change:+.0%}, %" for change in changes) + " |")
    print("|---|---" + "|---:" * len(changes) + "|")
    for lumpy in (False, True):
        fails = {rule: [0] * len(changes) for rule in RULES}
        for at, change in enumerate(changes):
            rng = np.random.default_rng([given.seed, at, lumpy])
            for _ in range(given.trials):
                each = world(rng, RUNNERS[given.runner], StartLuck(lumpy), change)
                for rule, fails_at in RULES.items():
                    fails[rule][at] += fails_at(each)
        for rule, counts in fails.items():
            shares = " | ".join(f"{100 * count / given.trials:.1f}" for count in counts)
            print(f"| {rule} | {'lumpy' if lumpy else 'Gaussian'} | {shares} |", flush=True)


if __name__ == "__main__":
    main()

"""Stored runs compared by what they measured, or by their ratios to a pinned reference: what does that gain?

    python -m benchmarks.accuracy.reference [--trials 2000] [--seed 1] [--runner typical]

On the model of a shared runner: each run on a machine and at an hour of its own, 120 s of load at 50 requests a second,
shared by both sides where there is a reference. First how much two runs of the same code differ (their standard
deviation); then, by the product's own judging code at an error of 1 %, what becomes of a head that is really so much
slower than the stored runs: % failed / % passed, the rest is conditional. By ratios a fail is confirmed on fresh
starts.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

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
from perfgate.judge.by_reference import confirms, estimate
from perfgate.judge.comparison import Bounds, Estimate, kind_of, predicted
from perfgate.judge.paired import START_LUCK
from perfgate.judge.ratios import RunRatio, ratio_of
from perfgate.records.criteria import Tolerance
from perfgate.records.judgement import Kind
from perfgate.records.metric import Metric

SECONDS: Final = 120.0
RATE: Final = 50.0
TOLERANCES: Final = {Metric.P50: 0.05, Metric.P95: 0.10}
SHARES: Final = {Metric.P50: 50, Metric.P95: 95}
STORED_TOLERANCE: Final = 0.25  # the default where times are compared
CHANGES: Final = (0.0, 0.05, 0.10, 0.20)
ALPHA_FAIL, ALPHA_PASS = 0.01, 0.05
AT_ONCE: Final = 100  # runs, for the memory
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Pool:
    """Runs of the same code: ln(value) of each, or its ratio to the reference."""

    times: Values
    ratios: tuple[RunRatio, ...]


def pool(rng: np.random.Generator, runner: Runner, luck: StartLuck, runs: int) -> dict[Metric, Pool]:
    times: dict[Metric, list[float]] = {metric: [] for metric in SHARES}
    ratios: dict[Metric, list[RunRatio]] = {metric: [] for metric in SHARES}
    for _ in range(0, runs, AT_ONCE):
        noise = runner_noise(rng, runner, AT_ONCE, SECONDS) + luck.draw(rng, runner, (AT_ONCE, 1))
        steps = (np.arange(round(SECONDS * RATE)) / RATE / STEP).astype(int)
        alone = noise[:, steps] + rng.normal(0, SERVICE_SPREAD, (AT_ONCE, len(steps)))
        beside = paired_blocks(rng, runner, luck, trials=AT_ONCE, seconds=SECONDS, rate=RATE, change=0.0)
        for metric, share in SHARES.items():
            times[metric] += np.percentile(alone, share, axis=1).tolist()
            of_blocks = np.percentile(beside, share, axis=-1)
            logs = of_blocks[:, 1:, 1] - of_blocks[:, 1:, 0]  # the first pair is not judged
            ratios[metric] += [known for each in logs if (known := ratio_of(each.tolist())) is not None]
    return {metric: Pool(np.array(times[metric]), tuple(ratios[metric])) for metric in SHARES}


def by_times(rng: np.random.Generator, of: Pool, change: float, tolerance: float, runs: int) -> Kind:
    drawn = of.times[rng.choice(len(of.times), runs + 1, replace=False)]
    return _kind(predicted(float(drawn[0]) + math.log1p(change), drawn[1:].tolist(), 0.0), tolerance)


def by_ratios(rng: np.random.Generator, of: Pool, change: float, tolerance: float, runs: int) -> Kind:
    first, again, *before = (of.ratios[at] for at in rng.choice(len(of.ratios), runs + 2, replace=False))
    found = [estimate(_slower(each, change), before, luck=START_LUCK) for each in (first, again)]
    kind = _kind(found[0], tolerance)
    if kind is Kind.REGRESSED and not confirms(found[0], found[1], tolerance, ALPHA_PASS):
        return Kind.INCONCLUSIVE
    return kind


def _slower(ratio: RunRatio, change: float) -> RunRatio:
    return RunRatio(ratio.estimate + math.log1p(change), ratio.error, ratio.starts)


def _kind(found: Estimate, tolerance: float) -> Kind:
    bounds = Bounds(found.change, found.lower(ALPHA_FAIL), found.upper(ALPHA_PASS))
    asked = Tolerance(metric=Metric.P50, fail=tolerance)
    return kind_of(Metric.P50, asked, bounds, baseline=1.0, candidate=math.exp(found.change))


Rule = Callable[[np.random.Generator, Pool, float, float, int], Kind]


def row(name: str, rule: Rule, of: Pool, tolerance: float, given: argparse.Namespace, runs: int) -> str:
    cells = [name, f"{tolerance:.0%}", str(runs)]
    for at, change in enumerate(CHANGES):
        rng = np.random.default_rng([given.seed, at, runs])
        kinds = [rule(rng, of, change, tolerance, runs) for _ in range(given.trials)]
        failed = kinds.count(Kind.REGRESSED)
        passed = kinds.count(Kind.UNCHANGED) + kinds.count(Kind.IMPROVED)
        cells.append(f"{100 * failed / len(kinds):.1f} / {100 * passed / len(kinds):.1f}")
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--pool", type=int, default=1000, help="runs that trials are drawn from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runner", choices=sorted(RUNNERS), default="typical")
    given = parser.parse_args()
    for lumpy in (False, True):
        luck = StartLuck(lumpy)
        found = pool(np.random.default_rng([given.seed, lumpy]), RUNNERS[given.runner], luck, given.pool)
        print(f"\n{given.runner} runner, {luck.described} start luck: two runs of the same code differ by")
        for metric, of in found.items():
            ratios = np.array([each.estimate for each in of.ratios])
            print(f"{metric}: {math.sqrt(2) * of.times.std():.1%} in time, {math.sqrt(2) * ratios.std():.1%} in ratio")
        print("\n| compared by | tolerance | stored runs | " + " | ".join(f"{each:+.0%}" for each in CHANGES) + " |")
        print("|---|---:|---:" + "|---:" * len(CHANGES) + "|")
        for metric, of in found.items():
            print(row(f"{metric}, times", by_times, of, STORED_TOLERANCE, given, 30), flush=True)
            print(row(f"{metric}, times", by_times, of, TOLERANCES[metric], given, 30), flush=True)
            for runs in (30, 10, 3, 1):
                print(row(f"{metric}, ratios", by_ratios, of, TOLERANCES[metric], given, runs), flush=True)


if __name__ == "__main__":
    main()

"""What a load can show side by side: from the noise of one pair of blocks to seconds, and from seconds to changes.

The same rule as in judging, turned around. Formulas: docs/statistics.md, "What a load can show".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perfgate.judge.inference import NORMAL, POWER
from perfgate.judge.paired import MINIMUM_PAIRS
from perfgate.judge.sequential import nominal_level, planned_looks
from perfgate.records.metric import Metric
from perfgate.records.starts import StartsCompared

SHOWN: Final = 0.90  # of the runs with no change pass, where a tolerance counts as affordable
# Of ln(response time), where nothing is stored: what the simulator in benchmarks/accuracy assumes.
ASSUMED_SPREAD: Final = 0.5
# Standard error of ln(statistic) of N requests with standard deviation s of ln(response time), as a multiple of
# s / sqrt(N); for log-normal times by the asymptotic variance of a quantile (Kendall, Stuart, vol. 1, 10.10).
COST: Final = {Metric.P50: 1.25, Metric.P95: 2.1, Metric.P99: 3.7, Metric.MEAN: 1.0}
# Of the signed-rank estimate to the mean, for normal data: 3 / pi (Hollander, Wolfe, Chicken, 3.11).
EFFICIENCY: Final = 3 / math.pi
MOST_PAIRS: Final = 4_096
LARGEST: Final = 2.0  # a threefold time
PLAYED: Final = 4_000
SEED: Final = 6  # the same question has the same answer


@dataclass(frozen=True)
class Chances:
    fail: float  # before fresh starts have confirmed it
    passing: float


@dataclass(frozen=True)
class Power:
    """Of one metric of all endpoints together. `pair` is the standard error of ln(head / base) of a single pair.

    `alpha_fail` is this comparison's share; `looks` how often a load is looked at; `luck` of one start, as allowed for
    and as it is.
    """

    pair: float
    luck: float
    alpha_fail: float
    alpha_pass: float
    looks: int

    def chances(self, change: float, margin: float, pairs: int) -> Chances:
        """Of `paired.decide` at the planned looks, for normal estimates: played through a few thousand times."""
        looks = planned_looks(pairs, self.looks)
        levels = nominal_level(looks, self.alpha_fail), nominal_level(looks, self.alpha_pass)
        estimates = math.log1p(change) + _luck_played() * math.sqrt(2) * self.luck + self.pair * _means_played(looks)
        limit = math.log1p(margin)
        below, above = (np.array([self._half(seen, level) for seen in looks]) for level in levels)
        fails = (estimates - below > limit / 2) & (estimates > limit)
        passes = (estimates + above < limit) & ~fails
        first_fail, first_pass = _first(fails), _first(passes)
        return Chances(float((first_fail < first_pass).mean()), float((first_pass < first_fail).mean()))

    def detectable(self, margin: float, pairs: int) -> float | None:
        """The smallest change that is called a regression in 80 % of the runs; None: not even a threefold time is."""
        return _smallest(lambda change: self.chances(change, margin, pairs).fail >= POWER, LARGEST)

    def affordable(self, pairs: int) -> float | None:
        """The smallest tolerance at which an unchanged head passes in 90 % of the runs."""
        return _smallest(lambda margin: self.chances(0.0, margin, pairs).passing >= SHOWN, LARGEST)

    def needed(self, margin: float) -> int | None:
        """Pairs by which that tolerance is affordable; None: none are enough, since luck of starts does not average."""

        def enough(pairs: int) -> bool:
            return self.chances(0.0, margin, pairs).passing >= SHOWN

        if not enough(MOST_PAIRS):
            return None
        low, high = MINIMUM_PAIRS - 1, MINIMUM_PAIRS
        while not enough(high):
            low, high = high, 2 * high
        while high - low > max(1, high // 50):
            middle = (low + high) // 2
            low, high = (low, middle) if enough(middle) else (middle, high)
        return high

    def _half(self, pairs: int, level: float) -> float:
        """Half the width of the interval, at one of its sides; without end where the level is below one in 2^pairs."""
        if math.ldexp(1.0, -pairs) > level:
            return math.inf
        return -NORMAL.inv_cdf(level) * math.hypot(self.pair / math.sqrt(pairs), math.sqrt(2) * self.luck)


def _luck_played() -> NDArray[np.float64]:
    return np.random.default_rng(SEED).normal(size=(PLAYED, 1))


def _means_played(looks: tuple[int, ...]) -> NDArray[np.float64]:
    """Mean of the first so many of independent standard normal pairs: shape (plays, looks)."""
    seen = np.array(looks)
    steps = np.random.default_rng(SEED + 1).normal(size=(PLAYED, len(looks))) * np.sqrt(np.diff(seen, prepend=0))
    return np.asarray(np.cumsum(steps, axis=1) / seen)


def _first(reached: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Look at which it was first reached; as many as there are looks: never."""
    return np.asarray(np.where(reached.any(axis=1), reached.argmax(axis=1), reached.shape[1]))


def _smallest(enough: Callable[[float], bool], largest: float) -> float | None:
    """To a hundredth of itself."""
    if not enough(largest):
        return None
    low, high = 0.0, largest
    while high - low > high / 100:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def assumed_pair(metric: Metric, spread: float, requests: float) -> float:
    """Standard error of one pair whose blocks have so many requests each; `spread` of ln(response time)."""
    return COST[metric] * spread * math.sqrt(2 / requests) / math.sqrt(EFFICIENCY)


def learned_pair(metric: Metric, runs: Sequence[StartsCompared]) -> float | None:
    """As base against base has shown it here, the middle of the runs; those are of p50. None: no run."""
    found = [each.error * math.sqrt(each.pairs) for each in runs]
    return median(found) * COST[metric] / COST[Metric.P50] if found else None

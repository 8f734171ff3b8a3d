"""Looking several times at growing data without spending more error than was planned.

Pocock's boundary: the same nominal level at each planned look, such that under the null the chance of crossing at any
of them is `alpha`. Found by the recursion of Armitage, McPherson and Rowe (1969) on the joint normal distribution of
the statistic at the looks, for the actual share of the data that each look has. Source: Jennison, Turnbull, *Group
Sequential Methods with Applications to Clinical Trials*, 2000, chapters 2 and 19; the signed-rank statistic has the
same joint distribution asymptotically.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np

from perfgate.judge.inference import NORMAL

# Pairs. A signed-rank bound of n pairs has no level below 1 in 2^n, and where half of 1 % is shared by two metrics, six
# looks have 0.06 % each: a look at fewer pairs would cost error and could accuse nobody.
FIRST_LOOK: Final = 12
_GRID: Final = 401
_EXACT: Final = 1e-9


def planned_looks(pairs: int, looks: int, first: int = FIRST_LOOK) -> tuple[int, ...]:
    """Numbers of usable pairs at which the data is looked at: at `first`, then evenly, the last at `pairs`."""
    if pairs <= first:
        return (pairs,)
    steps = np.linspace(first, pairs, looks)
    return tuple(sorted({round(float(step)) for step in steps}))


@lru_cache(maxsize=256)
def nominal_level(looks: tuple[int, ...], alpha: float) -> float:
    """One-sided level to use at every look so that all together err with probability `alpha`."""
    if len(looks) == 1:
        return alpha
    low, high = NORMAL.inv_cdf(1 - alpha), NORMAL.inv_cdf(1 - alpha / len(looks))  # no correction, Bonferroni's
    excess_low, excess_high = _excess(looks, low, alpha), _excess(looks, high, alpha)
    kept = 0
    # By false position in Dowell and Jarratt's Illinois form: the logarithm of the chance is nearly straight.
    while True:
        limit = high - excess_high * (high - low) / (excess_high - excess_low)
        excess = _excess(looks, limit, alpha)
        if abs(excess) < _EXACT or high - low < _EXACT:
            return 1 - NORMAL.cdf(limit)
        if excess > 0:
            low, excess_low, excess_high, kept = limit, excess, excess_high / (2 if kept < 0 else 1), -1
        else:
            high, excess_high, excess_low, kept = limit, excess, excess_low / (2 if kept > 0 else 1), 1


def _excess(looks: tuple[int, ...], limit: float, alpha: float) -> float:
    return math.log(_crossing(looks, limit) / alpha)


def _crossing(looks: tuple[int, ...], limit: float) -> float:
    """P(any standardised sum exceeds `limit`) for normal increments, by integrating look after look on a grid."""
    before = looks[0]
    sums = np.linspace(-8 * math.sqrt(before), limit * math.sqrt(before), _GRID)
    density = np.exp(-(sums**2) / (2 * before)) / math.sqrt(2 * math.pi * before)
    crossed = 1 - NORMAL.cdf(limit)
    for now in looks[1:]:
        step = now - before
        edge = limit * math.sqrt(now)
        weights = density * _simpson(sums)
        over = np.array([math.erfc(each) for each in (edge - sums) / math.sqrt(2 * step)]) / 2
        crossed += float(weights @ over)
        following = np.linspace(-8 * math.sqrt(now), edge, _GRID)
        kernel = np.exp(-((following[:, None] - sums[None, :]) ** 2) / (2 * step)) / math.sqrt(2 * math.pi * step)
        density = kernel @ weights
        sums, before = following, now
    return crossed


def _simpson(grid: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    weights = np.ones(len(grid))
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    return np.asarray(weights * (grid[1] - grid[0]) / 3)

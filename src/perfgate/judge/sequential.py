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
from statistics import NormalDist
from typing import Final

import numpy as np

FIRST_LOOK: Final = 8  # pairs: fewer cannot reach a one-sided level of 1 % with any slack
_NORMAL: Final = NormalDist()
_GRID: Final = 401


def planned_looks(pairs: int, looks: int) -> tuple[int, ...]:
    """Numbers of usable pairs at which the data is looked at: the first at eight, then evenly, the last at `pairs`."""
    if pairs <= FIRST_LOOK:
        return (pairs,)
    steps = np.linspace(FIRST_LOOK, pairs, looks)
    return tuple(sorted({round(float(step)) for step in steps}))


@lru_cache(maxsize=256)
def nominal_level(looks: tuple[int, ...], alpha: float) -> float:
    """One-sided level to use at every look so that all together err with probability `alpha`."""
    low, high = alpha / len(looks), alpha  # Bonferroni is too strict, no correction too loose
    for _ in range(30):
        middle = (low + high) / 2
        if _crossing(looks, _NORMAL.inv_cdf(1 - middle)) > alpha:
            high = middle
        else:
            low = middle
    return low


def _crossing(looks: tuple[int, ...], limit: float) -> float:
    """P(any standardised sum exceeds `limit`) for normal increments, by integrating look after look on a grid."""
    before = looks[0]
    sums = np.linspace(-8 * math.sqrt(before), limit * math.sqrt(before), _GRID)
    density = np.exp(-(sums**2) / (2 * before)) / math.sqrt(2 * math.pi * before)
    crossed = 1 - _NORMAL.cdf(limit)
    for now in looks[1:]:
        step = now - before
        edge = limit * math.sqrt(now)
        weights = density * _simpson(sums)
        over = np.array([1 - _NORMAL.cdf((edge - each) / math.sqrt(step)) for each in sums])
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

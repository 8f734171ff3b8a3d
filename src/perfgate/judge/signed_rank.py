"""The one-sample Wilcoxon signed-rank estimate and bounds, exact.

Pair differences are symmetric around their centre by design here: which side is loaded first in a pair is a coin flip.
That is all the method assumes. Estimate: the Hodges-Lehmann median of Walsh averages; bounds: order statistics of the
Walsh averages at exact levels. Source: Hollander, Wolfe, Chicken, *Nonparametric Statistical Methods*, 3rd ed., 3.1
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=512)
def _cumulative(pairs: int) -> tuple[float, ...]:
    """P(W <= w) for w = 0, 1, … of the signed-rank statistic of `pairs` differences, by adding one rank at a time."""
    chances = np.zeros(pairs * (pairs + 1) // 2 + 1)
    chances[0] = 1.0
    for rank in range(1, pairs + 1):
        shifted = np.zeros_like(chances)
        shifted[rank:] = chances[:-rank]
        chances = (chances + shifted) / 2
    return tuple(accumulate(chances.tolist()))


def bound_rank(pairs: int, level: float) -> int:
    """Which Walsh average from the end bounds the centre with one-sided error `level`; 0: none does."""
    return int(np.searchsorted(_cumulative(pairs), level, side="right"))


def walsh_averages(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of all pairs of differences, each with itself included; sorted."""
    first, second = np.triu_indices(len(differences))
    return np.sort((differences[first] + differences[second]) / 2)


def centre(walsh: NDArray[np.float64]) -> float:
    return float(np.median(walsh))


def lower_bound(walsh: NDArray[np.float64], pairs: int, level: float) -> float | None:
    """The centre is above this with error probability at most `level`; None: too few pairs for that level."""
    rank = bound_rank(pairs, level)
    return float(walsh[rank - 1]) if rank else None


def upper_bound(walsh: NDArray[np.float64], pairs: int, level: float) -> float | None:
    rank = bound_rank(pairs, level)
    return float(walsh[-rank]) if rank else None

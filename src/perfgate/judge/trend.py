"""Whether a series grows, by how much, and how surely: robust against outliers, and told apart from noise."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perfgate.judge.inference import NORMAL, t_quantile

FEWEST: Final = 8  # points: with fewer no interval of 95 % is bounded on both sides by much
MOST_CORRELATED: Final = 0.9  # beyond this an interval would be endless, and a line the wrong picture
FEWEST_DEGREES: Final = 0.5  # of freedom, where next to nothing is left of the points

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Slope:
    """Per unit of `x`."""

    value: float
    low: float
    high: float
    points: int


def theil_sen(x: Sequence[float], y: Sequence[float], confidence: float) -> Slope | None:
    """The median of the slopes between all pairs of points, with the interval that Kendall's S gives; None: too few.

    Theil 1950; Sen, *Journal of the American Statistical Association* 63 (1968), 1379-1389; the ranks of the bounds
    as `scipy.stats.theilslopes` has them. Its variance holds for independent points. What is left of these after the
    line is taken out may go on from one to the next, so the variance is multiplied by n / n*, the effective number of
    points by their correlation at lag 1 (Yue and Wang, *Water Resources Management* 18 (2004), 201-218, eq. 14, with
    r_k = r^k); where that is not positive, by 1.

    So few effective points may be left that a bound is beyond all slopes, however steep these are: a leak that is plain
    to see but not quite straight. There it is that of least squares (see `_least_squares`), if that is farther out.
    """
    count = len(x)
    if count < FEWEST:
        return None
    xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
    one, other = np.triu_indices(count, 1)
    apart = xs[other] - xs[one]
    slopes = np.sort((ys[other] - ys[one])[apart != 0] / apart[apart != 0])
    if not len(slopes):
        return None
    value = float(np.median(slopes))
    inflation = effective_inflation(ys - value * xs)
    half = NORMAL.inv_cdf((1 + confidence) / 2) * math.sqrt(_variance(ys) * inflation)
    upper, lower = round((len(slopes) + half) / 2), round((len(slopes) - half) / 2) - 1
    lowest, highest = _least_squares(xs, ys, confidence)
    return Slope(
        value=value,
        low=float(slopes[lower]) if lower >= 0 else min(lowest, float(slopes[0])),
        high=float(slopes[upper]) if upper < len(slopes) else max(highest, float(slopes[-1])),
        points=count,
    )


def _least_squares(x: Floats, y: Floats, confidence: float) -> tuple[float, float]:
    """Bounds of the slope by Student's t, its error and its degrees of freedom those of n* points instead of n."""
    count, centred = len(x), x - x.mean()
    spread = float(centred @ centred)
    slope = float(centred @ y) / spread
    residuals = y - y.mean() - slope * centred
    inflation = effective_inflation(residuals)
    error = math.sqrt(float(residuals @ residuals) / (count - 2) * inflation / spread)
    half = t_quantile((1 + confidence) / 2, max(count / inflation - 2, FEWEST_DEGREES)) * error
    return slope - half, slope + half


def effective_inflation(residuals: Floats) -> float:
    """N / n*: how many times more the sum of these varies than of as many independent ones; at least 1."""
    count = len(residuals)
    centred = residuals - residuals.mean()
    square = float(centred @ centred)
    if square <= 0:
        return 1.0
    r = min(float(centred[1:] @ centred[:-1]) / square, MOST_CORRELATED)
    if r <= 0:
        return 1.0
    return 1 + 2 * math.fsum((1 - lag / count) * r**lag for lag in range(1, count))


def _variance(y: NDArray[Any]) -> float:
    """Of Kendall's S for a series without trend; equal values take away from it (Sen 1968, eq. 2.6)."""
    count = len(y)
    ties = sum(many * (many - 1) * (2 * many + 5) for many in Counter(y.tolist()).values())
    return (count * (count - 1) * (2 * count + 5) - ties) / 18

"""Numbers in, numbers out: the few distributions, intervals and adjustments that judging needs.

SciPy is the reference in the tests; at run time it would cost more than a second to import.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist, median
from typing import Final

NORMAL: Final = NormalDist()
# Of the smallest detectable change, everywhere (the usual convention: Cohen, *Statistical Power Analysis*, 1988).
POWER: Final = 0.80
# Makes the median absolute deviation agree with the standard deviation for normal data: 1 / Phi^-1(3/4).
MAD_SCALE: Final = 1.4826


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


def t_cdf(x: float, degrees: float) -> float:
    """Student's t distribution by the regularised incomplete beta function (DLMF 8.17; Abramowitz, Stegun 26.7.1)."""
    square = x * x
    if square < degrees:  # near the middle the other form keeps the digits
        tail = 0.5 * (1 - _beta_regularised(square / (degrees + square), 0.5, degrees / 2))
    else:
        tail = 0.5 * _beta_regularised(degrees / (degrees + square), degrees / 2, 0.5)
    return 1 - tail if x > 0 else tail


@lru_cache(maxsize=4096)
def t_quantile(p: float, degrees: float) -> float:
    """Inverse of `t_cdf` for 0 < p < 1, by bisection to 1e-10 of the scale."""
    if p < 0.5:
        return -t_quantile(1 - p, degrees)
    low, high = 0.0, 1.0
    while t_cdf(high, degrees) < p:
        low, high = high, high * 2
    while high - low > 1e-10 * max(1.0, high):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, degrees) < p else (low, middle)
    return (low + high) / 2


def _beta_regularised(x: float, a: float, b: float) -> float:
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Continued fraction DLMF 8.17.22, evaluated by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1 / max(tiny, 1 - (a + b) * x / (a + 1), key=abs)
    value = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1 / max(tiny, 1 + step * d, key=abs)
            c = max(tiny, 1 + step / c, key=abs)
            value *= d * c
        if abs(d * c - 1) < 1e-14:
            break
    return value


def order_statistics(count: int, share: float, confidence: float) -> tuple[int | None, int | None]:
    """Ranks (from 1) of the observations between which the `share`-percentile lies, distribution-free.

    One-sided error (1 - confidence) / 2 each, from the normal approximation to the binomial with continuity correction
    (Conover, *Practical Nonparametric Statistics*, 3rd ed., 3.2). None: the sample is too small to bound that side.
    """
    z = NORMAL.inv_cdf((1 + confidence) / 2)
    half = z * math.sqrt(count * share * (1 - share))
    low, high = math.floor(count * share - half), math.ceil(count * share + half) + 1
    return (low if low >= 1 else None), (high if high <= count else None)


def robust_spread(values: Sequence[float]) -> float:
    """Standard deviation from the median absolute deviation; never below a quarter of the plain one.

    The floor keeps a series of many equal values from claiming that there is no spread at all.
    """
    middle = median(values)
    scaled = MAD_SCALE * median(abs(value - middle) for value in values)
    mean = math.fsum(values) / len(values)
    plain = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return max(scaled, plain / 4)


def wilson(successes: int, trials: int, confidence: float) -> Interval:
    """Two-sided score interval for a proportion (Wilson 1927; Newcombe, *Statistics in Medicine* 17, 1998, p. 857)."""
    z = NORMAL.inv_cdf((1 + confidence) / 2)
    share = successes / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return Interval(max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale))


def newcombe(first: tuple[int, int], second: tuple[int, int], confidence: float) -> Interval:
    """For the difference second - first of two proportions, each (successes, trials).

    Hybrid score interval (Newcombe, *Statistics in Medicine* 17, 1998, 873-890, method 10).
    """
    a, b = first[0] / first[1], second[0] / second[1]
    first_interval, second_interval = wilson(*first, confidence), wilson(*second, confidence)
    difference = b - a
    return Interval(
        difference - math.hypot(b - second_interval.low, first_interval.high - a),
        difference + math.hypot(second_interval.high - b, a - first_interval.low),
    )


def holm_levels(p_values: Sequence[float], alpha: float) -> list[float]:
    """The level at which each hypothesis is tested when all together may err with probability `alpha` (Holm 1979).

    A hypothesis is rejected iff its p-value is at most its level: the smallest p-value meets alpha / k, the next
    alpha / (k - 1), and so on until one is not rejected; all larger ones are tested at that one's level.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    levels = [alpha] * len(p_values)
    level = alpha
    going = True
    for place, index in enumerate(order):
        if going:
            level = alpha / (len(p_values) - place)
            going = p_values[index] <= level
        levels[index] = level
    return levels

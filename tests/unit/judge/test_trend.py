"""The slope and its interval are SciPy's; noise that goes on from one point to the next widens the interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from perfgate.judge.trend import FEWEST, effective_inflation, theil_sen


@pytest.mark.parametrize("count", [8, 13, 60])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.98])
def test_slope_and_interval_are_scipys_where_nothing_is_left_of_the_points_before(
    count: int, confidence: float
) -> None:
    rng = np.random.default_rng(count)
    # Every second point above, every other below: the correlation at lag 1 is negative, so nothing is widened.
    y = 0.3 * np.arange(count) + np.resize([1.0, -1.0], count) + rng.normal(0, 0.2, count)
    found = theil_sen(list(range(count)), list(y), confidence)
    wanted = stats.theilslopes(y, np.arange(count), confidence)
    assert found is not None
    assert found.value == pytest.approx(wanted.slope)
    assert (found.low, found.high) == pytest.approx((wanted.low_slope, wanted.high_slope))


def test_ties_count_as_scipy_counts_them() -> None:
    y = [0, 1, 1, 0, 2, 2, 1, 3, 2, 3, 3, 2, 4, 3, 4, 4]
    found, wanted = theil_sen(range(16), y, 0.95), stats.theilslopes(y, range(16), 0.95)
    assert found is not None
    if effective_inflation(np.array(y) - found.value * np.arange(16)) == 1.0:
        assert (found.low, found.high) == pytest.approx((wanted.low_slope, wanted.high_slope))
    assert found.value == pytest.approx(wanted.slope)


def test_too_few_points_have_no_slope() -> None:
    assert theil_sen(range(FEWEST - 1), range(FEWEST - 1), 0.95) is None
    assert theil_sen([1.0] * 9, range(9), 0.95) is None


def test_one_wild_point_moves_nothing() -> None:
    y = [float(at) for at in range(20)]
    calm = theil_sen(range(20), y, 0.95)
    wild = theil_sen(range(20), [*y[:10], 1e9, *y[11:]], 0.95)
    assert calm is not None
    assert wild is not None
    assert wild.value == pytest.approx(calm.value)


def wandering(phi: float, seed: int, count: int = 60) -> np.ndarray:
    """An autoregressive series of order 1 without a trend."""
    noise = np.random.default_rng(seed).normal(size=count)
    for at in range(1, count):
        noise[at] += phi * noise[at - 1]
    return noise


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.6, 0.8])
def test_noise_that_goes_on_is_seldom_taken_for_growth(phi: float) -> None:
    """2.5 % is what one end of a 95 % interval allows. SciPy's own interval is wrong in 27 % at phi = 0.8."""
    runs = 300
    slopes = [theil_sen(range(60), list(wandering(phi, seed)), 0.95) for seed in range(runs)]
    wrong = sum(each is not None and each.low > 0 for each in slopes) / runs
    assert wrong < 0.08


def test_a_leak_that_is_plain_to_see_but_not_quite_straight_is_bounded() -> None:
    """Ten blocks of a real one of 120 MiB/min, in MiB: what is left of them after the line is a smooth curve."""
    y = [86.8, 91.2, 95.5, 99.8, 104.2, 108.3, 112.4, 116.5, 120.5, 124.7]
    slope = theil_sen(range(10), y, 0.98)
    assert slope is not None
    assert effective_inflation(np.array(y) - slope.value * np.arange(10)) > 2
    assert slope.low == pytest.approx(4.2, abs=0.6)  # all steps together: 4.1 to 4.4
    assert slope.high == pytest.approx(4.2, abs=0.6)
    mirrored = theil_sen(range(10), [-each for each in y], 0.98)
    assert mirrored is not None
    assert (mirrored.low, mirrored.high) == pytest.approx((-slope.high, -slope.low))


@pytest.mark.parametrize("phi", [0.0, 0.6, 0.8])
def test_a_few_points_that_go_on_from_one_another_are_seldom_taken_for_growth(phi: float) -> None:
    """1 % is what one end of a 98 % interval allows; an autocorrelation is hardly known from ten points."""
    runs = 300
    slopes = [theil_sen(range(10), list(wandering(phi, seed, 10)), 0.98) for seed in range(runs)]
    assert sum(each is not None and each.low > 0 for each in slopes) / runs < 0.1


def test_inflation_of_an_autoregressive_series_is_near_theory() -> None:
    """N / n* tends to (1 + phi) / (1 - phi) for a long series (Bayley and Hammersley 1946)."""
    assert effective_inflation(wandering(0.5, 1, 5000)) == pytest.approx(3.0, rel=0.1)
    assert effective_inflation(wandering(0.0, 1, 5000)) == pytest.approx(1.0, abs=0.1)
    assert effective_inflation(np.ones(10)) == 1.0

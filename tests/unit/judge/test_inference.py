import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from perfgate.judge.inference import (
    holm_levels,
    newcombe,
    order_statistics,
    robust_spread,
    t_cdf,
    t_quantile,
    wilson,
)


@given(st.floats(-50, 50), st.floats(0.5, 500))
def test_t_distribution_agrees_with_scipy(x: float, degrees: float) -> None:
    assert t_cdf(x, degrees) == pytest.approx(scipy.stats.t.cdf(x, degrees), abs=1e-10)


@given(st.floats(0.001, 0.999), st.integers(1, 200))
def test_t_quantile_agrees_with_scipy(p: float, degrees: int) -> None:
    assert t_quantile(p, degrees) == pytest.approx(scipy.stats.t.ppf(p, degrees), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(("p", "degrees", "expected"), [(0.975, 1, 12.706), (0.95, 8, 1.860), (0.99, 29, 2.462)])
def test_t_quantile_of_printed_tables(p: float, degrees: int, expected: float) -> None:
    # Abramowitz, Stegun, table 26.10.
    assert t_quantile(p, degrees) == pytest.approx(expected, abs=5e-4)


def test_wilson_of_newcombes_table() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3: 81/263 gives 0.2553 to 0.3662.
    interval = wilson(81, 263, 0.95)
    assert (interval.low, interval.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert wilson(0, 20, 0.95).low == pytest.approx(0, abs=1e-12)
    assert wilson(0, 20, 0.95).high == pytest.approx(0.1611, abs=5e-5)


@given(st.integers(0, 50), st.integers(1, 50), st.floats(0.5, 0.999))
def test_wilson_agrees_with_scipy(successes: int, more: int, confidence: float) -> None:
    expected = scipy.stats.binomtest(successes, successes + more).proportion_ci(confidence, method="wilson")
    interval = wilson(successes, successes + more, confidence)
    assert interval.low == pytest.approx(expected.low, abs=1e-9)
    assert interval.high == pytest.approx(expected.high, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10 (there first minus second).
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((0, 10), (10, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_difference(first: tuple[int, int], second: tuple[int, int], low: float, high: float) -> None:
    interval = newcombe(first, second, 0.95)
    assert (interval.low, interval.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@given(st.integers(1, 5000), st.sampled_from([0.5, 0.95, 0.99]))
def test_order_statistics_stand_around_the_percentile(count: int, share: float) -> None:
    low, high = order_statistics(count, share, 0.95)
    assert low is None or 1 <= low <= count * share
    assert high is None or count * share <= high <= count


def test_order_statistics_cover_as_often_as_they_say() -> None:
    rng = np.random.default_rng(2)
    low, high = order_statistics(400, 0.95, 0.95)
    assert low is not None
    assert high is not None
    ordered = np.sort(rng.random((4000, 400)), axis=1)
    covered = np.mean((ordered[:, low - 1] <= 0.95) & (ordered[:, high - 1] >= 0.95))
    assert 0.94 <= covered <= 0.985


def test_too_small_a_sample_bounds_one_side_or_none() -> None:
    assert order_statistics(29, 0.95, 0.95)[1] is None
    assert order_statistics(3, 0.5, 0.95) == (None, None)


def test_robust_spread_ignores_one_outlier_and_never_says_none() -> None:
    normal = list(scipy.stats.norm.ppf(np.linspace(0.005, 0.995, 100)))
    assert robust_spread(normal) == pytest.approx(1, abs=0.05)
    assert robust_spread([*normal, 1000]) < 30
    assert robust_spread([1, 1, 1, 1, 1, 1, 9]) > 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.001, 0.2))
def test_holm_rejects_what_scipys_adjusted_p_values_reject(p_values: list[float], alpha: float) -> None:
    order = np.argsort(p_values)
    adjusted = np.maximum.accumulate([(len(p_values) - place) * p_values[index] for place, index in enumerate(order)])
    assume(all(abs(value - alpha) > 1e-9 for value in adjusted))  # at the edge itself rounding decides
    expected = {int(index) for index, value in zip(order, adjusted, strict=True) if value <= alpha}
    levels = holm_levels(p_values, alpha)
    rejected = {index for index, p in enumerate(p_values) if p <= levels[index]}
    assert rejected == expected


def test_holm_by_hand() -> None:
    # Holm 1979: 0.01 <= 0.05/3, 0.02 <= 0.05/2, 0.06 > 0.05.
    assert holm_levels([0.06, 0.01, 0.02], 0.05) == pytest.approx([0.05, 0.05 / 3, 0.025])
    assert holm_levels([], 0.05) == []
    assert not math.isnan(t_cdf(0.0, 3))

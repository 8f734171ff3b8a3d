import math

import numpy as np
import pytest

from perfgate.judge.paired import START_LUCK, Levels, decide, estimate, neighbour_correlation
from perfgate.records.judgement import Kind

LEVELS = Levels(fail=0.01, passing=0.05)


def noise(pairs: int, spread: float = 0.02, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, spread, pairs)


@pytest.mark.parametrize(
    ("change", "kind"),
    [(0.2, Kind.REGRESSED), (0.0, Kind.UNCHANGED), (-0.2, Kind.IMPROVED), (0.05, Kind.INCONCLUSIVE)],
)
def test_the_margin_rule(change: float, kind: Kind) -> None:
    measured = estimate((noise(40) + math.log1p(change)).tolist(), LEVELS)
    assert decide(measured, 0.05) is kind


def test_certain_but_within_half_the_margin_is_no_regression() -> None:
    measured = estimate((noise(60, 0.001) + 0.02).tolist(), LEVELS, start_luck=0)
    assert measured.lower is not None
    assert measured.lower > 0
    assert decide(measured, 0.05) is Kind.UNCHANGED


def test_below_the_absolute_floor_nothing_is_a_regression() -> None:
    measured = estimate((noise(40) + 0.3).tolist(), LEVELS)
    assert decide(measured, 0.05, large_enough=False) is Kind.INCONCLUSIVE


def test_few_pairs_decide_nothing() -> None:
    assert decide(estimate([0.5] * 7, LEVELS), 0.05) is Kind.INCONCLUSIVE
    assert decide(estimate([0.5] * 3, LEVELS), 0.05) is Kind.INCONCLUSIVE


def test_bounds_are_never_narrower_than_the_luck_of_two_starts() -> None:
    measured = estimate((noise(60, 1e-6) + 0.1).tolist(), LEVELS)
    assert measured.lower is not None
    assert measured.upper is not None
    assert measured.estimate - measured.lower == pytest.approx(2.326 * math.sqrt(2) * START_LUCK, rel=1e-3)
    assert measured.upper - measured.estimate == pytest.approx(1.645 * math.sqrt(2) * START_LUCK, rel=1e-3)


def test_alike_neighbours_are_joined() -> None:
    slow = np.repeat(noise(16, 0.05), 4)
    measured = estimate(slow.tolist(), LEVELS)
    assert measured.joined == 4
    assert measured.correlation > 0.25
    assert estimate(noise(64).tolist(), LEVELS).joined == 1


def test_correlation_of_too_little_or_constant_data_is_none() -> None:
    assert neighbour_correlation(np.array([1.0, 2.0])) == 0
    assert neighbour_correlation(np.array([1.0, 1.0, 1.0])) == 0

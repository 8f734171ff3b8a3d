import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from perfgate.judge.paired import START_LUCK, Levels, PairedEstimate, decide, estimate, neighbour_correlation
from perfgate.judge.sequential import nominal_level, planned_looks
from perfgate.judge.signed_rank import lower_bound, walsh_averages
from perfgate.records.judgement import Kind

LEVELS = Levels(fail=0.01, passing=0.05)
ALIKE = Levels(fail=0.05, passing=0.05)


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
    assert neighbour_correlation(slow) > 0.25
    assert estimate(noise(64).tolist(), LEVELS).joined == 1


def test_correlation_of_too_little_or_constant_data_is_none() -> None:
    assert neighbour_correlation(np.array([1.0, 2.0])) == 0
    assert neighbour_correlation(np.array([1.0, 1.0, 1.0])) == 0


@given(
    differences=st.lists(st.floats(-0.5, 0.5), min_size=8, max_size=24, unique=True),
    shift=st.floats(-0.3, 0.3),
)
@settings(max_examples=60, deadline=None)
def test_a_common_factor_moves_estimate_and_bounds_by_itself(differences: list[float], shift: float) -> None:
    """On the log scale a head that is slower by one more factor is further off by its logarithm, and not less sure."""
    plain, moved = (estimate([each + by for each in differences], LEVELS) for by in (0.0, shift))
    assume(plain.joined == moved.joined)  # joining neighbours turns on rounding where their likeness is at the limit
    for before, after in zip(_told(plain), _told(moved), strict=True):
        assert after == pytest.approx(before + shift, abs=1e-9)


@given(differences=st.lists(st.floats(-0.5, 0.5), min_size=8, max_size=24, unique=True))
@settings(max_examples=60, deadline=None)
def test_base_and_head_exchanged_change_only_the_sign(differences: list[float]) -> None:
    plain, turned = estimate(differences, ALIKE), estimate([-each for each in differences], ALIKE)
    assume(plain.joined == turned.joined)
    (middle, lower, upper), (other, other_lower, other_upper) = _told(plain), _told(turned)
    assert (other, other_lower, other_upper) == pytest.approx((-middle, -upper, -lower), abs=1e-9)


@pytest.mark.parametrize("tails", ["normal", "bursts"])
def test_bounds_at_all_looks_together_err_as_seldom_as_planned(tails: str) -> None:
    """1,500 loads of the same code, looked at six times: how often any look's bound is on the wrong side of nought."""
    rng = np.random.default_rng(11)
    looks = planned_looks(30, 6)
    level = nominal_level(looks, 0.05)
    wrong = 0
    for _ in range(1500):
        values = rng.normal(0, 0.05, 30)
        if tails == "bursts":  # that struck one block of a pair, as often the head's as the base's
            values += (rng.random(30) < 0.2) * rng.normal(0, 0.5, 30)
        lowers = (lower_bound(walsh_averages(values[:seen]), seen, level) for seen in looks)
        wrong += any(lower is not None and lower > 0 for lower in lowers)
    assert 0.02 < wrong / 1500 < 0.06  # 5 % were planned; exact ranks spend a little less


def _told(of: PairedEstimate) -> tuple[float, float, float]:
    assert of.lower is not None
    assert of.upper is not None
    return of.estimate, of.lower, of.upper

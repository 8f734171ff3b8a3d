import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from perfgate.judge.signed_rank import bound_rank, centre, lower_bound, upper_bound, walsh_averages

DIFFERENCES = st.lists(st.floats(-10, 10), min_size=5, max_size=30, unique=True).map(np.array)


def test_textbook_example() -> None:
    # Hollander, Wolfe, Chicken, 3rd ed., table 3.1 (Hamilton depression scale, 9 patients): estimate -0.46, and
    # an interval of -0.786 to -0.010 at 96 % from the 6th Walsh average (examples 3.3 and 3.4 there).
    before = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    after = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    walsh = walsh_averages(after - before)
    assert centre(walsh) == pytest.approx(-0.46, abs=0.005)
    assert walsh[6 - 1] == pytest.approx(-0.786, abs=0.001)
    assert walsh[-6] == pytest.approx(-0.010, abs=0.001)
    assert bound_rank(9, 0.0196) == 6  # P(W <= 5) = 10/512
    assert lower_bound(walsh, 9, 0.0196) == walsh[5]
    assert upper_bound(walsh, 9, 0.0196) == walsh[-6]


@given(DIFFERENCES)
def test_the_bound_is_above_nought_just_where_scipys_p_value_is_below_the_level(differences: np.ndarray) -> None:
    differences = differences[np.abs(differences) > 1e-6]
    if len(differences) < 2 or len(set(np.abs(differences))) < len(differences):
        return
    p_value = scipy.stats.wilcoxon(differences, alternative="greater", method="exact").pvalue
    for level in (0.01, 0.03, 0.3, 0.7):
        bound = lower_bound(walsh_averages(differences), len(differences), level)
        assert (bound is not None and bound > 0) == (p_value <= level)


def test_too_few_pairs_bound_nothing() -> None:
    walsh = walsh_averages(np.array([1.0, 2.0, 3.0]))
    assert lower_bound(walsh, 3, 0.05) is None
    assert upper_bound(walsh, 3, 0.05) is None


@given(DIFFERENCES, st.floats(-5, 5), st.floats(0.1, 10))
def test_bounds_move_with_location_and_scale(differences: np.ndarray, shift: float, scale: float) -> None:
    pairs = len(differences)
    plain, moved = walsh_averages(differences), walsh_averages(differences * scale + shift)
    assert centre(moved) == pytest.approx(centre(plain) * scale + shift, abs=1e-9)
    lower, expected = lower_bound(moved, pairs, 0.05), lower_bound(plain, pairs, 0.05)
    assert (lower is None) == (expected is None)
    if lower is not None and expected is not None:
        assert lower == pytest.approx(expected * scale + shift, abs=1e-9)


@given(DIFFERENCES)
def test_a_change_of_sign_swaps_the_bounds(differences: np.ndarray) -> None:
    upper = upper_bound(walsh_averages(-differences), len(differences), 0.05)
    lower = lower_bound(walsh_averages(differences), len(differences), 0.05)
    assert upper == (None if lower is None else pytest.approx(-lower, abs=1e-12))


def test_coverage_at_the_level_asked_for() -> None:
    rng = np.random.default_rng(5)
    missed = 0
    for _ in range(2000):
        differences = rng.standard_t(2, 20)
        bound = lower_bound(walsh_averages(differences), 20, 0.05)
        missed += bound is not None and bound > 0
    assert 0.03 < missed / 2000 <= 0.06

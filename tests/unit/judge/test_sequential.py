from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.judge.sequential import FIRST_LOOK, nominal_level, planned_looks


# Jennison, Turnbull 2000, table 2.1: Pocock constants C_P(K, 0.05), two-sided, for equally spaced looks. One-sided at
# 0.025 they agree to three digits, since crossing both sides in one trial hardly happens.
@pytest.mark.parametrize(("looks", "constant"), [(1, 1.960), (2, 2.178), (3, 2.289), (5, 2.413), (10, 2.555)])
def test_pocock_constants(looks: int, constant: float) -> None:
    level = nominal_level(tuple(range(10, 10 * looks + 1, 10)), 0.025)
    assert NormalDist().inv_cdf(1 - level) == pytest.approx(constant, abs=0.002)


def test_unequal_looks_spend_what_was_planned() -> None:
    looks = (8, 18, 28, 38, 48, 58)
    limit = NormalDist().inv_cdf(1 - nominal_level(looks, 0.05))
    sums = np.random.default_rng(3).normal(size=(40_000, 58)).cumsum(axis=1)
    crossed = np.any([sums[:, look - 1] / look**0.5 > limit for look in looks], axis=0)
    assert crossed.mean() == pytest.approx(0.05, abs=0.004)


@given(st.integers(1, 200), st.integers(2, 12))
def test_looks_are_in_order_and_end_with_the_data(pairs: int, looks: int) -> None:
    planned = planned_looks(pairs, looks)
    assert planned[-1] == pairs
    assert list(planned) == sorted(set(planned))
    assert planned[0] >= min(FIRST_LOOK, pairs)
    assert len(planned) <= looks


def test_every_look_can_accuse_even_where_the_error_is_shared() -> None:
    """Of 1 % half is for the total, there half for each of two metrics; n pairs have no level below 1 in 2^n."""
    for pairs in (13, 29, 59, 120):
        looks = planned_looks(pairs, 6)
        assert 2 ** -looks[0] < nominal_level(looks, 0.01 / 4)
    looks = planned_looks(59, 6, first=8)
    assert looks[0] == 8
    assert nominal_level(looks, 0.01) < 2**-8  # so many would be too few for it …
    assert nominal_level(looks, 0.05) > 2**-8  # … and are enough to confirm

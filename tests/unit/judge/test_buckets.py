"""Quantiles of histograms, by linear interpolation as `histogram_quantile` of Prometheus does it."""

from __future__ import annotations

import pytest

from perfgate.judge.buckets import bucket_quantile


@pytest.mark.parametrize(("share", "wanted"), [(0.25, 0.075), (1 / 3, 0.1), (0.5, 0.125), (1.0, 0.2)])
def test_linear_within_a_bucket(share: float, wanted: float) -> None:
    """One of three observations up to 0.1, two up to 0.2: `histogram_quantile` of Prometheus gives the same."""
    assert bucket_quantile([0.1, 0.2], [1, 2, 0], share) == pytest.approx(wanted)


def test_the_first_bucket_begins_at_nought_and_the_last_has_no_end() -> None:
    assert bucket_quantile([1.0, 2.0], [10, 0, 0], 0.5) == pytest.approx(0.5)
    assert bucket_quantile([1.0, 2.0], [0, 0, 10], 0.5) == 2.0
    assert bucket_quantile([-1.0, 2.0], [10, 0, 0], 0.5) == -1.0


def test_of_nothing_there_is_no_quantile() -> None:
    assert bucket_quantile([1.0], [0, 0], 0.5) is None
    assert bucket_quantile([], [3], 0.5) is None

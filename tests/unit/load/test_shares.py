"""What several workers of one load divide among themselves: numbers, and requests at a rate."""

from __future__ import annotations

import itertools
import math

import pytest

from perfgate.load.inside.clocks import read_clock
from perfgate.load.share import Share
from perfgate.load.turns import Turn


def test_numbers_of_all_workers_together_are_each_drawn_once() -> None:
    drawn = [[Share(index, 3).number(count) for count in range(4)] for index in range(3)]
    assert sorted(itertools.chain(*drawn)) == list(range(1, 13))
    assert [Share().number(count) for count in range(3)] == [1, 2, 3]


def times(share: Share, spacing: str, seconds: float) -> list[float]:
    due = share.due_times(Turn(100.0, math.inf, 7), 50.0, spacing)
    return list(itertools.takewhile(lambda at: at < 100.0 + seconds, due))


def test_an_even_rate_stays_even_when_it_is_shared() -> None:
    together = sorted(itertools.chain(*(times(Share(index, 4), "even", 10) for index in range(4))))
    assert together == pytest.approx(times(Share(), "even", 10))


def test_a_poisson_rate_is_shared_and_no_two_workers_send_at_the_same_moments() -> None:
    parts = [times(Share(index, 4), "poisson", 200) for index in range(4)]
    assert sum(map(len, parts)) == pytest.approx(10_000, rel=0.05)  # five standard deviations
    assert len(set(itertools.chain(*parts))) == sum(map(len, parts))


def test_the_other_clock_is_read_in_the_middle_of_the_way() -> None:
    reading = read_clock(sent=10.0, answered=110.5, received=11.0)
    assert (reading.offset, reading.error) == (100.0, 0.5)

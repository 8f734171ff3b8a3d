"""What base against base teaches about the luck of a start."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from perfgate.judge.paired import START_LUCK
from perfgate.judge.pairing import pair_up
from perfgate.judge.start_luck import ENOUGH, LEAST, learned, luck_of, starts_compared
from perfgate.records.pairs import FreshStart
from perfgate.records.starts import StartLuck, StartsCompared
from tests.builders import measurement, times
from tests.turns import schedule, side

AT = datetime(2026, 1, 1, tzinfo=UTC)


def starts(number: int = 0, difference: float = 0.01, error: float = 0.005) -> StartsCompared:
    at = AT + timedelta(minutes=number)
    return StartsCompared(
        id=f"{at:%Y%m%d-%H%M%S}-000000",
        at=at,
        why="self-test",
        scenario="baseline",
        scenario_digest="d",
        cpu_model="cpu-1",
        commit="b" * 40,
        difference=difference,
        error=error,
        pairs=40,
    )


def test_until_there_are_ten_runs_the_assumption_holds() -> None:
    assert learned([starts()] * (ENOUGH - 1)) is None
    assert luck_of(None) == START_LUCK
    assert luck_of(StartLuck(per_start=0.02, runs=10)) == 0.02


def test_by_hand() -> None:
    """Ten differences of 5 %, each known to 1 %: sqrt((0.05^2 - 0.01^2) / 2)."""
    found = learned([starts(difference=each, error=0.01) for each in (0.05, -0.05) * 5])
    assert found == StartLuck(per_start=math.sqrt(0.0024 / 2), runs=10)


def test_the_luck_that_was_put_in_comes_out() -> None:
    chance = np.random.default_rng(1)
    luck, error = 0.02, 0.01
    true = chance.normal(0, luck, (4000, 2))
    seen = true[:, 1] - true[:, 0] + chance.normal(0, error, 4000)
    rates = [
        learned([starts(difference=float(each), error=error) for each in seen[at : at + 40]])
        for at in range(0, 4000, 40)
    ]
    squares = [each.per_start**2 for each in rates if each is not None]
    assert math.sqrt(sum(squares) / len(squares)) == pytest.approx(luck, rel=0.05)


def test_ten_starts_alike_show_no_less_than_the_least() -> None:
    assert learned([starts(difference=0.0)] * 10) == StartLuck(per_start=LEAST, runs=10)


def test_what_pairs_of_the_same_code_yield() -> None:
    turns = schedule(60)
    base, again = side([each.base for each in turns], seed=1), side([each.head for each in turns], seed=2, factor=1.03)
    made = measurement({"GET /": times(0.1, 10)})
    told = {"run": made.id, "at": AT, "why": "control", "scenario": "baseline", "commit": None}
    start = FreshStart(pairs=pair_up(base, again, turns), ended_because="planned")
    found = starts_compared(start, made.fingerprint, **told)
    assert found is not None
    assert found.difference == pytest.approx(math.log(1.03), abs=3 * found.error)
    assert found.error == pytest.approx(1.25 * 0.2 * math.sqrt(2 / (59 * 48)), rel=0.4)  # of a median, sd 0.2
    short = FreshStart(pairs=start.pairs[:8], ended_because="planned")
    assert starts_compared(short, made.fingerprint, **told) is None

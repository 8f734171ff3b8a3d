"""What more load could still show."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perfgate.judge.outlook import Outlook, futile
from perfgate.judge.paired import Levels, PairedEstimate, decide, estimate
from perfgate.records.judgement import Kind

LEVELS = Levels(fail=0.005, passing=0.02)
MARGIN = 0.05


def outlook(change: float, error: float, *, pairs: int = 20, luck: float = 0.01) -> Outlook:
    """`error`: standard error that comes from the load."""
    whole = math.hypot(error, math.sqrt(2) * luck)
    middle = math.log1p(change)
    now = PairedEstimate(middle, middle - 2.5758 * whole, middle + 2.0537 * whole, 0.1, joined=1, pairs=pairs)
    return Outlook(now, MARGIN, LEVELS, luck)


@pytest.mark.parametrize("change", [0.0, -0.02, 0.01, 0.12])
def test_with_the_load_that_is_said_to_be_missing_it_is_decided_and_with_less_it_is_not(change: float) -> None:
    seen = outlook(change, 0.05)
    more = seen.more_pairs()
    assert more is not None

    def after(pairs: float) -> Kind:
        return decide(outlook(change, 0.05 * math.sqrt(20 / (20 + pairs))).now, MARGIN)

    assert after(more * 1.01) is not Kind.INCONCLUSIVE
    assert after(more * 0.99) is Kind.INCONCLUSIVE


def test_what_starts_alone_leave_open_no_load_decides() -> None:
    assert outlook(0.045, 0.02).more_pairs() is None
    assert outlook(0.045, 0.02, luck=0.0005).more_pairs() is not None


def test_the_smallest_detectable_change_is_called_four_times_in_five() -> None:
    """Said by one run it varies as its spread does, so here it is the middle of many."""
    chance = np.random.default_rng(1)
    pairs, spread = 40, 0.06

    def measured(change: float) -> PairedEstimate:
        return estimate(chance.normal(math.log1p(change), spread, pairs).tolist(), LEVELS, start_luck=0)

    said = [Outlook(measured(0.0), MARGIN, LEVELS, 0.0).smallest_detectable() for _ in range(60)]
    smallest = float(np.median([each for each in said if each is not None]))
    called = [decide(measured(smallest), MARGIN) is Kind.REGRESSED for _ in range(400)]
    assert np.mean(called) == pytest.approx(0.8, abs=0.06)


def test_the_chances_are_those_of_the_rest_of_the_plan() -> None:
    """Half of the pairs seen, the rest drawn many times: as often as was said the end of the plan decides."""
    chance = np.random.default_rng(2)
    pairs, spread = 80, 0.12
    said, came = [], []
    for _ in range(150):
        change = chance.choice([0.0, 0.05, 0.1])
        seen = chance.normal(change, spread, pairs // 2)
        found = Outlook(estimate(seen.tolist(), LEVELS, start_luck=0), MARGIN, LEVELS, 0.0)
        if decide(found.now, MARGIN) is not Kind.INCONCLUSIVE:
            continue
        said.append((found.chance_to_pass(0.5), found.chance_to_fail(0.5)))
        # Under the current trend the true change is what it seems, give or take its error.
        true = chance.normal(found.now.estimate, spread / math.sqrt(pairs / 2), 20)
        ends = [[*seen, *chance.normal(each, spread, pairs // 2)] for each in true]
        kinds = [decide(estimate(each, LEVELS, start_luck=0), MARGIN) for each in ends]
        came.append(
            (
                np.mean([each in {Kind.UNCHANGED, Kind.IMPROVED} for each in kinds]),
                np.mean([each is Kind.REGRESSED for each in kinds]),
            )
        )
    assert np.mean(came, axis=0) == pytest.approx(np.mean(said, axis=0), abs=0.05)


def test_futile_only_from_half_of_the_plan_on_and_where_neither_verdict_is_near() -> None:
    stuck, open_ = outlook(0.05, 0.01), outlook(0.0, 0.02)
    assert futile([stuck], [stuck], 0.5)
    assert not futile([stuck], [stuck], 0.49)
    assert not futile([open_], [open_], 0.6)
    assert not futile([stuck], [stuck, outlook(0.14, 0.03)], 0.6)  # something else may still be shown to be slower
    assert not futile([], [stuck], 0.6)

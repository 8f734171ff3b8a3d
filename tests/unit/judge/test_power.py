from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfgate.judge.paired import Levels, decide, estimate
from perfgate.judge.power import COST, EFFICIENCY, Power, assumed_pair, learned_pair
from perfgate.judge.sequential import nominal_level, planned_looks
from perfgate.records.judgement import Kind
from perfgate.records.metric import Metric
from perfgate.records.starts import StartsCompared

POWER = Power(pair=0.12, luck=0.01, alpha_fail=0.01, alpha_pass=0.05, looks=6)


def starts(error: float, pairs: int) -> StartsCompared:
    return StartsCompared(
        id="20261125-120000-abcdef",
        at=datetime(2026, 11, 25, 12, tzinfo=UTC),
        why="self-test",
        scenario="short",
        scenario_digest="d",
        cpu_model="c",
        commit=None,
        difference=0.0,
        error=error,
        pairs=pairs,
    )


@pytest.mark.parametrize("change", [0.0, 0.05, 0.10, 0.20])
def test_chances_are_those_of_the_judging_code_itself(change: float) -> None:
    """300 gates judged for real, on normal pairs whose estimate has the same standard error."""
    rng = np.random.default_rng(1)
    pairs, trials, margin = 40, 300, 0.05
    spread = POWER.pair * math.sqrt(EFFICIENCY)
    looks = planned_looks(pairs, POWER.looks)
    levels = Levels(nominal_level(looks, POWER.alpha_fail), nominal_level(looks, POWER.alpha_pass))
    fails = passes = 0
    for _ in range(trials):
        centre = math.log1p(change) + rng.normal(0, math.sqrt(2) * POWER.luck)
        values = rng.normal(centre, spread, pairs).tolist()
        kinds = (decide(estimate(values[:seen], levels, start_luck=POWER.luck), margin) for seen in looks)
        kind = next((each for each in kinds if each is not Kind.INCONCLUSIVE), Kind.INCONCLUSIVE)
        fails += kind is Kind.REGRESSED
        passes += kind in {Kind.UNCHANGED, Kind.IMPROVED}
    told = POWER.chances(change, margin, pairs)
    assert told.fail == pytest.approx(fails / trials, abs=0.09)
    assert told.passing == pytest.approx(passes / trials, abs=0.09)


def test_what_is_told_as_detectable_and_affordable_just_is_so() -> None:
    found = POWER.detectable(0.05, 40)
    assert found is not None
    assert POWER.chances(found, 0.05, 40).fail >= 0.8 > POWER.chances(0.97 * found, 0.05, 40).fail
    tolerance = POWER.affordable(40)
    assert tolerance is not None
    assert POWER.chances(0.0, tolerance, 40).passing >= 0.9 > POWER.chances(0.0, 0.97 * tolerance, 40).passing


def test_the_pairs_needed_are_enough_and_few_less_are_not() -> None:
    needed = POWER.needed(0.10)
    assert needed is not None
    assert POWER.chances(0.0, 0.10, needed).passing >= 0.9 > POWER.chances(0.0, 0.10, int(0.9 * needed)).passing


def test_no_length_of_load_makes_up_for_the_luck_of_starts() -> None:
    assert Power(0.05, 0.03, 0.01, 0.05, 6).needed(0.05) is None


def test_fewer_pairs_than_the_level_bears_detect_nothing() -> None:
    """Eight pairs reach 1/256 at best."""
    strict = Power(pair=0.01, luck=0.0, alpha_fail=0.002, alpha_pass=0.05, looks=1)
    assert strict.chances(0.5, 0.05, 8).fail == 0
    assert strict.detectable(0.05, 8) is None


@given(pairs=st.integers(10, 200), margin=st.floats(0.02, 0.5))
@settings(max_examples=10, deadline=None)
def test_more_noise_never_detects_a_smaller_change(pairs: int, margin: float) -> None:
    quiet, loud = (Power(pair, 0.01, 0.01, 0.05, 1).detectable(margin, pairs) for pair in (0.05, 0.1))
    assert quiet is not None
    assert loud is None or loud >= 0.99 * quiet


def test_the_cost_of_a_percentile_is_that_of_log_normal_times() -> None:
    """Standard deviation of ln(quantile ratio) over many pairs of samples."""
    rng = np.random.default_rng(2)
    values = rng.normal(0, 0.5, (2000, 2, 500))
    for metric, share in ((Metric.P50, 0.5), (Metric.P95, 0.95), (Metric.P99, 0.99)):
        quantiles = np.quantile(values, share, axis=-1)
        seen = (quantiles[:, 1] - quantiles[:, 0]).std()
        told = assumed_pair(metric, 0.5, 500) * math.sqrt(EFFICIENCY)
        assert told == pytest.approx(seen, rel=0.05), metric


def test_noise_is_learned_as_the_middle_of_the_runs() -> None:
    runs = [starts(0.02, 25), starts(0.01, 36), starts(0.5, 25)]
    assert learned_pair(Metric.P50, runs) == pytest.approx(0.1)
    assert learned_pair(Metric.P95, runs) == pytest.approx(0.1 * COST[Metric.P95] / COST[Metric.P50])
    assert learned_pair(Metric.P50, []) is None

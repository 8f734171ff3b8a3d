"""Statistics over the load without its warm-up, growth, pools, and a copy that keeps its peaks."""

from __future__ import annotations

import pytest

from perfgate.judge.telemetry_summary import summarise_telemetry, thin
from perfgate.records.telemetry import MOST_POINTS, MOST_SHOWN, Distribution, Pool, SeriesSummary
from perfgate.settings.series import parse_series
from tests.telemetry import MIB, growing, key, watched

MEMORY = "container api: memory"


def only(*values: float | None, warm_up: float = 0.0) -> SeriesSummary:
    [found] = summarise_telemetry(watched({"probe depth": values}, warm_up=warm_up)).series
    return found


def test_the_warm_up_is_left_out_and_gaps_are_counted() -> None:
    found = only(1000, 1000, 1, 2, None, 3, 4, 5, 6, 10, warm_up=120)
    assert (found.samples, found.missed) == (7, 1)
    assert (found.min, found.max, found.p50, found.p95) == (1, 10, 4, 10)
    assert found.mean == pytest.approx(31 / 7)


def test_of_nothing_all_is_unknown() -> None:
    found = only(None, None)
    assert (found.samples, found.missed) == (0, 2)
    assert (found.min, found.max, found.mean, found.growth) == (None, None, None, None)


def test_growth_is_a_slope_a_minute_with_its_interval() -> None:
    [found] = summarise_telemetry(watched({MEMORY: growing(1 * MIB)})).series
    assert found.growth is not None
    assert found.growth.per_minute == pytest.approx(MIB, rel=0.05)
    assert found.growth.low is not None
    assert found.growth.high is not None
    assert found.growth.low < MIB < found.growth.high
    assert len(found.blocks) == found.growth.blocks == 60
    assert found.block == 10.0


def test_a_histogram_has_the_quantiles_of_all_it_counted() -> None:
    depth = key("probe depth")
    distribution = Distribution(key=depth, bounds=(1.0, 2.0), counts=(90.0, 10.0, 0.0), total=60.0)
    [found] = summarise_telemetry(watched({"probe depth": [0.5] * 10}, distributions=(distribution,))).series
    assert (found.p50, found.p95, found.mean) == pytest.approx((50 / 90, 1.5, 0.6))
    assert found.max == 0.5


@pytest.mark.parametrize(("size", "exhausted"), [(2.0, 0.5), (3.0, 0.0), (parse_series("probe size"), 0.5)])
def test_a_pool_is_exhausted_while_all_of_it_is_in_use(size: object, exhausted: float) -> None:
    pool = Pool.model_validate({"name": "database", "used": parse_series("probe used"), "size": size})
    telemetry = watched({"probe used": [1, 2, 2, 1], "probe size": [2, 2, 2, 2]}, pools=(pool,))
    [found] = summarise_telemetry(telemetry).pools
    assert (found.most, found.mean, found.exhausted) == (2, 1.5, exhausted)


def test_a_thinned_copy_is_bounded_and_keeps_peaks_and_gaps() -> None:
    values: list[float | None] = [1.0] * 5000
    values[1234], values[4000] = 99.0, None
    [series] = watched({"probe depth": values}).series
    copy = thin(series)
    assert len(copy.values) <= MOST_POINTS
    assert 99.0 in copy.values
    assert None in copy.values
    assert list(copy.offsets) == sorted(copy.offsets)
    assert set(copy.offsets) <= set(series.offsets)


def test_only_some_series_are_drawn_and_those_that_stand_still_are_not() -> None:
    many = {f"container s{number}: {name}": [1.0, 2.0] for number in range(40) for name in ("cpu", "pids", "memory")}
    found = summarise_telemetry(watched({**many, "container still: cpu": [1.0, 1.0]}))
    assert len(found.thinned) == MOST_SHOWN
    assert {each.key.name for each in found.thinned} == {"cpu", "memory"}
    assert "still" not in {each.key.subject for each in found.thinned}

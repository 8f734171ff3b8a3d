from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.records.metric import Metric
from perfgate.report import numbers

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.0, "0 ms"),
        (0.0000123, "12.3 µs"),
        (0.012, "12 ms"),
        (0.01234, "12.3 ms"),
        (0.9994, "999 ms"),
        (1.234, "1.23 s"),
        (90.0, "90 s"),
        (240.0, "4 min"),
        (-0.012, "-12 ms"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert numbers.duration(seconds) == text


def test_a_column_takes_the_unit_of_its_middle() -> None:
    scale = numbers.scale_of([0.010, 0.020, None, 5.0])
    assert [scale.number(each) for each in (0.010, 5.0, None)] == ["10", "5,000", "–"]
    assert scale.unit == "ms"


def test_a_column_of_nothing_has_a_unit_too() -> None:
    assert numbers.scale_of([None, 0.0]).unit == "ms"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (2.5, "2.50 s"),
        (45, "45 s"),
        (119.6, "2 min"),
        (171, "2 min 51 s"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
    ],
)
def test_span(seconds: float | None, text: str) -> None:
    assert numbers.span(seconds) == text


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=3), "a moment"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=5), "5 hours"),
        (timedelta(days=3), "3 days"),
        (timedelta(days=800), "2 years"),
        (timedelta(days=-1), "a moment"),
    ],
)
def test_age(before: timedelta, text: str) -> None:
    assert numbers.age(NOW - before, NOW) == text


def test_unknown_is_a_dash_everywhere() -> None:
    assert numbers.age(None, NOW) == "–"
    for unknown in (
        numbers.date,
        numbers.count,
        numbers.rate,
        numbers.size,
        numbers.share,
        numbers.change,
        numbers.points,
    ):
        assert unknown(None) == "–"
    for metric in Metric:
        assert numbers.value(metric, None) == "–"
        assert numbers.difference(metric, None) == "–"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0.123, "+12.3 %"), (-0.031, "−3.1 %"), (0.0, "0 %"), (0.00004, "0 %"), (0.0009, "+0.09 %"), (12.0, "+1,200 %")],
)
def test_change(ratio: float, text: str) -> None:
    assert numbers.change(ratio) == text


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.00098, "0.1 %"), (0.0000001, "<0.01 %"), (0.0, "0 %"), (0.999, "99.9 %"), (1.5, "150 %")]
)
def test_share_is_never_nought_for_something(ratio: float, text: str) -> None:
    assert numbers.share(ratio) == text


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.62, "62 %"), (9.99, "999 %"), (10.0, "10 times"), (12345.6, "12,346 times"), (None, "–")]
)
def test_from_the_tenfold_on_a_limit_is_used_so_many_times(ratio: float | None, text: str) -> None:
    assert numbers.used(ratio) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.08, 0.17, "+8 … +17 %"),
        (-0.01, 0.02, "−1 … +2 %"),
        (None, 0.17, "up to +17 %"),
        (0.08, None, "from +8 %"),
        (None, None, "interval unknown"),
    ],
)
def test_interval(low: float | None, high: float | None, text: str) -> None:
    assert numbers.interval(low, high) == text


def test_bounds_stand_in_order_of_size_whatever_is_worse() -> None:
    assert numbers.bounds(Metric.P95, 0.08, 0.17, absolute=False) == "+8 … +17 %"
    assert numbers.bounds(Metric.THROUGHPUT, -0.08, -0.17, absolute=False) == "−17 … −8 %"
    assert numbers.bounds(Metric.ERROR_RATIO, 0.001, 0.02, absolute=True) == "+0.1 … +2 pp"
    assert numbers.bounds(Metric.FAILURES, 1, 5, absolute=True) == "+1 … +5"


def test_absolute_changes_have_the_metrics_unit() -> None:
    assert numbers.difference(Metric.P95, 0.003) == "+3 ms"
    assert numbers.difference(Metric.P95, -0.003) == "−3 ms"
    assert numbers.difference(Metric.FAILURES, 0) == "0"
    assert numbers.moved(Metric.ERROR_RATIO, 0.005, absolute=True) == "+0.5 pp"
    assert numbers.moved(Metric.P50, 0.005, absolute=False) == "+0.5 %"


def test_tolerances_of_ratios_are_points() -> None:
    assert numbers.tolerated(Metric.ERROR_RATIO, 0.005) == "0.5 pp"
    assert numbers.tolerated(Metric.P95, 0.1) == "10 %"
    assert numbers.tolerated(None, 0.1) == "10 %"


@pytest.mark.parametrize(
    ("metric", "amount", "text"),
    [
        (Metric.P95, 0.0751, "75.1 ms"),
        (Metric.THROUGHPUT, 2.01, "2.01/s"),
        (Metric.SUCCESS_RATE, 0.995, "99.5 %"),
        (Metric.REQUESTS, 12345.0, "12,345"),
    ],
)
def test_value(metric: Metric, amount: float, text: str) -> None:
    assert numbers.value(metric, amount) == text


@pytest.mark.parametrize(
    ("amount", "text"), [(12, "12 B"), (2048, "2 KiB"), (1.5 * 2**20, "1.50 MiB"), (2**34, "16 GiB")]
)
def test_size(amount: float, text: str) -> None:
    assert numbers.size(amount) == text


def test_counts() -> None:
    assert [numbers.counted(number, "run") for number in (0, 1, 2000)] == ["0 runs", "1 run", "2,000 runs"]
    assert numbers.date(NOW) == "2026-01-02 00:00 UTC"


@given(st.floats(min_value=1e-6, max_value=1e5))
def test_a_duration_reads_back_within_a_hundredth(seconds: float) -> None:
    number, unit = numbers.duration(seconds).replace(",", "").split(" ")
    size = {"µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}[unit]
    assert float(number) * size == pytest.approx(seconds, rel=0.01)


@given(st.floats(min_value=-50, max_value=50))
def test_a_change_has_its_own_sign_or_none(ratio: float) -> None:
    text = numbers.change(ratio)
    assert text.startswith({True: "+", False: "−"}[ratio > 0]) or text == "0 %"


def test_a_size_that_fell_has_a_minus() -> None:
    assert numbers.size(-1536) == "−1.50 KiB"
    assert numbers.size(-7) == "−7 B"

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfgate.judge.summary import GROWTH, summarise
from perfgate.records.recording import HealthSample
from tests.builders import SECONDS, START, recording


def summary(endpoints: dict[str, list[float]], *, warm_up: float = 0, **more: object):
    return summarise(
        recording(endpoints, **more),  # type: ignore[arg-type]
        started_at=START,
        ended_at=START + SECONDS,
        warm_up=warm_up,
    )


def test_percentiles_are_the_nearest_ranks() -> None:
    found = summary({"GET /": [each / 1000 for each in range(1, 101)]}).total.response_times
    assert found is not None
    values = [found.p50.value, found.p95.value, found.p99.value, found.min, found.max, found.mean]
    assert values == pytest.approx([0.050, 0.095, 0.099, 0.001, 0.100, 0.0505], rel=1e-5)
    assert found.p50.low is not None
    assert found.p50.low < 0.050 < (found.p50.high or 0)


def test_failed_requests_have_no_response_time() -> None:
    found = summary({"GET /": [0.1] * 50}, failures={"GET /": 50}).total
    assert (found.requests, found.failures, found.error_ratio) == (100, 50, 0.5)
    assert found.response_times is not None
    assert found.response_times.min == pytest.approx(0.1)
    assert found.throughput == pytest.approx(50 / SECONDS)
    assert found.request_rate == pytest.approx(100 / SECONDS)
    assert found.statuses == {200: 50, 500: 50}
    assert [(each.message, each.count) for each in found.failure_messages] == [("500 Server Error", 50)]


def test_only_failures_leave_no_response_times() -> None:
    found = summary({}, failures={"GET /": 5})
    assert found.total.response_times is None
    assert found.total.histogram.counts == ()
    assert found.total.blocks[0].p50 is None
    assert found.endpoints[0].failures == 5


def test_endpoints_are_told_apart_and_sorted() -> None:
    found = summary({"POST /b": [0.2] * 10, "GET /a": [0.1] * 30})
    assert [each.label for each in found.endpoints] == ["GET /a", "POST /b"]
    assert [each.requests for each in found.endpoints] == [30, 10]
    assert found.total.requests == 40
    assert found.total.label == "total"


def test_the_warm_up_is_left_out_of_statistics_but_not_of_the_timeline() -> None:
    found = summary({"GET /": [0.1] * 60}, warm_up=15)
    assert found.total.requests == 45
    assert found.measured == SECONDS - 15
    assert sum(found.timeline.requests) == 60
    assert found.timeline.warm_up == 15
    assert found.generator.samples == 45


def test_response_time_counts_from_the_intended_start() -> None:
    found = summary({"GET /": [0.1] * 60}, lag=0.5).total.response_times
    assert found is not None
    assert found.p50.value == pytest.approx(0.6)


@settings(max_examples=50)
@given(st.lists(st.floats(1e-4, 100), min_size=1, max_size=300))
def test_parts_add_up_to_the_whole(values: list[float]) -> None:
    found = summary({"GET /": values})
    assert sum(found.total.histogram.counts) == found.total.requests == len(values)
    assert sum(block.requests for block in found.total.blocks) == len(values)
    assert sum(found.timeline.requests) == len(values)
    exact = np.sort(np.array(values, np.float32))
    times = found.total.response_times
    assert times is not None
    assert times.p95.value in exact.astype(float)
    assert np.mean(exact <= np.float32(times.p95.value)) >= 0.95 - 1e-9


@given(st.floats(1e-5, 1000))
def test_a_bucket_of_the_histogram_holds_its_value(value: float) -> None:
    bucket = summary({"GET /": [value]}).total.histogram.buckets[0]
    assert GROWTH ** (bucket - 1) * (1 - 1e-5) < np.float32(value) <= GROWTH**bucket * (1 + 1e-5)


def test_blocks_are_about_ten_seconds_and_carry_sums_of_logarithms() -> None:
    blocks = summary({"GET /": [0.1] * 600}).total.blocks
    assert [block.start for block in blocks] == pytest.approx([0, 10, 20, 30, 40, 50])
    assert all(block.requests == 100 for block in blocks)
    assert blocks[0].log_sum == pytest.approx(100 * np.log(0.1), rel=1e-5)
    assert blocks[0].log_square_sum == pytest.approx(100 * np.log(0.1) ** 2, rel=1e-5)


def test_a_load_that_ended_during_its_warm_up_has_no_statistics() -> None:
    found = summary({"GET /": [0.1] * 60}, warm_up=SECONDS + 1)
    assert found.total.requests == 0
    assert found.measured == 0
    assert found.total.blocks == ()
    assert (found.total.throughput, found.total.request_rate, found.endpoints) == (0, 0, ())


def test_generator_health() -> None:
    recorded = recording({"GET /": [0.1] * 60})
    health = tuple(HealthSample(START + second, 0.95 if second < 6 else 0.5, (0.001, 0.003), 7) for second in range(60))
    found = summarise(
        type(recorded)(**{**recorded.__dict__, "health": health}),
        started_at=START,
        ended_at=START + SECONDS,
        warm_up=0,
    )
    assert found.generator.busy_share == pytest.approx(0.1)
    assert found.generator.cpu_max == 0.95
    assert (found.generator.loop_lag_p50, found.generator.loop_lag_p90) == (0.001, 0.003)
    assert found.timeline.users == (7,) * 60


def test_no_health_samples_are_unknown_not_nought() -> None:
    recorded = recording({"GET /": [0.1]})
    found = summarise(
        type(recorded)(**{**recorded.__dict__, "health": ()}), started_at=START, ended_at=START + 60, warm_up=0
    )
    assert (found.generator.cpu_mean, found.generator.busy_share, found.generator.loop_lag_p90) == (None, None, None)

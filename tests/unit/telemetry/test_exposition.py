"""Prometheus pages become values: rates over resets, quantiles of what was counted in between, bounded."""

from __future__ import annotations

import math

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from perfgate.records.telemetry import SeriesUnit
from perfgate.telemetry.exposition import MOST_OF_A_PAGE, page_values, read_page
from perfgate.telemetry.samples import CannotSampleError, Sample


def values(sample: Sample) -> dict[str, float | None]:
    return {key.name: value for key, value in sample.values.items()}


class TestCounters:
    def test_are_rates_with_a_sum_over_their_labels(self) -> None:
        page = '# TYPE jobs_total counter\njobs_total{{outcome="ok"}} {}\njobs_total{{outcome="bad"}} {}\n'
        before, now = (read_page(page.format(*each).encode(), ["*"]) for each in ((10, 1), (30, 2)))
        assert values(page_values("api", before, now, 2.0)) == {
            "jobs_total": 10.5,
            'jobs_total{outcome="ok"}': 10.0,
            'jobs_total{outcome="bad"}': 0.5,
        }

    def test_begin_anew_at_nought_after_a_restart(self) -> None:
        before, now = (
            read_page(f"# TYPE jobs_total counter\njobs_total {each}\n".encode(), ["*"]) for each in (100, 6)
        )
        assert values(page_values("api", before, now, 2.0)) == {"jobs_total": 3.0}

    def test_say_nothing_at_the_first_look(self) -> None:
        now = read_page(b"# TYPE jobs_total counter\njobs_total 5\n", ["*"])
        assert values(page_values("api", None, now, 0.0)) == {}


def test_gauges_are_as_they_are_and_no_number_is_none() -> None:
    now = read_page(b"# TYPE depth gauge\ndepth 7\n# TYPE odd gauge\nodd NaN\n", ["*"])
    assert values(page_values("api", None, now, 0.0)) == {"depth": 7.0}


class TestHistograms:
    def seen(self, *times: float, before: tuple[float, ...] = ()) -> Sample:
        registry = CollectorRegistry()
        histogram = Histogram("wait_seconds", "", ["kind"], buckets=(0.1, 0.2, 1.0), registry=registry)
        for each in before or (5.0,):
            histogram.labels("a").observe(each)
        first = read_page(generate_latest(registry), ["wait_seconds"])
        for at, each in enumerate(times):
            histogram.labels("ab"[at % 2]).observe(each)
        return page_values("api", first, read_page(generate_latest(registry), ["wait_seconds"]), 2.0)

    def test_have_mean_rate_and_p95_of_what_came_since_the_last_look(self) -> None:
        found = values(self.seen(0.15, 0.15, 0.15, 0.15))
        assert found["wait_seconds"] == pytest.approx(0.15)
        assert found["wait_seconds rate"] == pytest.approx(2.0)
        assert found["wait_seconds p95"] == pytest.approx(0.195)
        assert found['wait_seconds{kind="a"} rate'] == pytest.approx(1.0)

    def test_keep_their_buckets_for_the_whole_run(self) -> None:
        buckets = {key.name: each for key, each in self.seen(0.05, 0.5, 3.0).buckets.items()}["wait_seconds"]
        assert buckets.bounds == (0.1, 0.2, 1.0)
        assert buckets.counts == (1.0, 0.0, 1.0, 1.0)
        assert buckets.total == pytest.approx(3.55)

    def test_have_no_time_where_nothing_was_observed(self) -> None:
        found = values(self.seen())
        assert found["wait_seconds"] is None
        assert found["wait_seconds rate"] == 0.0

    def test_whose_sum_is_no_number_are_left_out(self) -> None:
        assert 'wait_seconds{kind="a"}' not in values(self.seen(math.inf))

    def test_are_in_seconds_by_their_name(self) -> None:
        units = {key.name: key.unit for key in self.seen(0.1).values}
        assert units["wait_seconds p95"] is SeriesUnit.SECONDS
        assert units["wait_seconds rate"] is SeriesUnit.PER_SECOND


def test_only_what_is_wanted_is_read() -> None:
    registry = CollectorRegistry()
    Counter("jobs", "", registry=registry).inc()
    Gauge("depth", "", registry=registry).set(3)
    assert read_page(generate_latest(registry), ["dep*"]).counters == {}
    assert read_page(generate_latest(registry), ["jobs"]).counters == {"jobs_total": 1.0}


def test_a_page_with_thousands_of_series_is_cut() -> None:
    page = "# TYPE many gauge\n" + "".join(f'many{{n="{number}"}} 1\n' for number in range(5000))
    assert len(page_values("api", None, read_page(page.encode(), ["*"]), 0.0).values) == MOST_OF_A_PAGE


@pytest.mark.parametrize("body", [b"jobs_total one\n", b'jobs{a="b} 1\n', b"jobs{ 1\n"])
def test_what_is_no_page_is_said_so(body: bytes) -> None:
    with pytest.raises(CannotSampleError, match="no Prometheus page"):
        read_page(body, ["*"])


def test_an_error_page_has_nothing_in_it() -> None:
    assert read_page(b"<html>Not found</html>", ["*"]).gauges == {}

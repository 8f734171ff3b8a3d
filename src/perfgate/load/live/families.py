"""Counts as Prometheus metric families, under the names that docs/metrics.md lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from perfgate.load.live.counts import BOUNDS, EndpointCount, LoadCount
from perfgate.records.telemetry import SeriesKey

LoadKey = tuple[str, str]  # scenario, and `head` or `base`
OF_LOAD = ("scenario", "side")
OF_ENDPOINT = (*OF_LOAD, "method", "endpoint")


def families(loads: Mapping[LoadKey, LoadCount]) -> Iterator[Metric]:
    yield from _of_endpoints(loads)
    for name, about, value in (
        ("perfgate_users", "Users that run now.", lambda load: load.users),
        ("perfgate_load_running", "1 while the load runs.", lambda load: int(load.running)),
        ("perfgate_load_elapsed_seconds", "Since the load began.", lambda load: load.elapsed),
        ("perfgate_load_planned_seconds", "Planned length of the load, warm-up included.", lambda load: load.planned),
    ):
        gauge = GaugeMetricFamily(name, about, labels=OF_LOAD)
        for key, load in loads.items():
            gauge.add_metric(key, value(load))
        yield gauge
    cpu = GaugeMetricFamily(
        "perfgate_generator_cpu_cores", "Processor used by a generating process.", labels=(*OF_LOAD, "generator")
    )
    for key, load in loads.items():
        for generator, cores in load.generators.items():
            cpu.add_metric((*key, generator), cores)
    yield cpu


def series_families(watched: Mapping[LoadKey, Mapping[SeriesKey, float]]) -> Iterator[Metric]:
    """What is watched inside the stack, all in one family: what there is differs from stack to stack."""
    series = GaugeMetricFamily(
        "perfgate_series",
        "Containers, queues, pages and probes of the stack.",
        labels=(*OF_LOAD, "source", "subject", "name", "unit"),
    )
    for load, values in watched.items():
        for key, value in values.items():
            series.add_metric((*load, key.source.value, key.subject, key.name, key.unit.value), value)
    yield series


def _of_endpoints(loads: Mapping[LoadKey, LoadCount]) -> Iterator[Metric]:
    requests = CounterMetricFamily("perfgate_requests", "Requests answered or failed.", labels=(*OF_ENDPOINT, "status"))
    failures = CounterMetricFamily("perfgate_failures", "Failed requests.", labels=OF_ENDPOINT)
    times = HistogramMetricFamily(
        "perfgate_response_time_seconds", "Response times of successful requests.", labels=OF_ENDPOINT
    )
    aside = HistogramMetricFamily(
        "perfgate_aside_seconds", "Times beside the requests: journeys, polls, streamed answers.", labels=OF_ENDPOINT
    )
    for key, load in loads.items():
        for endpoint, count in load.endpoints.items():
            labels = (*key, endpoint.method, endpoint.name)
            (aside if endpoint.is_aside else times).add_metric(labels, list(_buckets(count)), count.seconds)
            if endpoint.is_aside:
                continue
            failures.add_metric(labels, count.failures)
            for status, many in sorted(count.statuses.items()):
                requests.add_metric((*labels, str(status)), many)
    yield from (requests, failures, times, aside)


def _buckets(count: EndpointCount) -> Iterable[tuple[str, float]]:
    bounds = [*map(str, BOUNDS), "+Inf"]
    return zip(bounds, map(float, accumulate(count.times.tolist())), strict=True)

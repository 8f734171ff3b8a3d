"""Stored runs as OpenMetrics: what a reader of that format finds in it."""

from __future__ import annotations

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse

from perfgate.records.measurement import Measurement
from perfgate.records.telemetry import SamplingCost, Series, SeriesKey, SeriesUnit, Source, TelemetrySummary
from perfgate.report.openmetrics import openmetrics
from tests.builders import measurement, stored, times

WATCHED = (
    (Source.CONTAINER, "api", "cpu", SeriesUnit.CORES, 0.5),
    (Source.CONTAINER, "api", "memory", SeriesUnit.BYTES, 2.0**28),
    (Source.PROBE, 'the "queue"', "value", SeriesUnit.NUMBER, 7.0),
)


def watched(run: Measurement) -> Measurement:
    """With series that do not change, every five seconds, but for a gap."""
    offsets = tuple(float(at) for at in range(0, 60, 5))
    thinned = tuple(
        Series(
            key=SeriesKey(source=source, subject=subject, name=name, unit=unit),
            offsets=offsets,
            values=(None, *(value for _ in offsets[1:])),
        )
        for source, subject, name, unit, value in WATCHED
    )
    cost = SamplingCost(cpu=0.0, wall=60.0, samples=12)
    summary = TelemetrySummary(series=(), events=(), gaps=(), drains=(), cost=cost, thinned=thinned)
    return run.model_copy(update={"telemetry": summary})


def samples(*runs: Measurement) -> dict[str, list[tuple[dict[str, str], float, float]]]:
    found: dict[str, list[tuple[dict[str, str], float, float]]] = {}
    for family in parse(openmetrics([stored(run) for run in runs])):
        for each in family.samples:
            found.setdefault(each.name, []).append((each.labels, each.value, float(each.timestamp)))
    return found


def test_a_run_is_its_percentiles_and_its_course() -> None:
    run = measurement({"GET /": times(0.1, 300)}, failures={"GET /": 30})
    found, began = samples(run), run.load.started_at.timestamp()
    assert run.total.response_times is not None
    assert (
        {"scenario": "baseline", "endpoint": "total", "quantile": "0.95"},
        run.total.response_times.p95.value,
        began,
    ) in found["perfgate_stored_response_time_seconds"]
    labels = {"scenario": "baseline", "run": run.id}
    requests = found["perfgate_run_requests_total"]
    assert requests[0] == (labels, 0.0, began)
    assert requests[-1] == (labels, 330.0, began + 60)
    assert found["perfgate_run_failures_total"][-1][1] == 30
    assert [each[1] for each in requests] == sorted(each[1] for each in requests)
    assert found["perfgate_stored_error_ratio"][0][1] == 30 / 330
    assert {each[1] for each in found["perfgate_run_users"]} == {10.0}


def test_samples_that_were_not_to_be_had_are_left_out_and_names_are_escaped() -> None:
    run = watched(measurement({'GET /a"\\b\nc': times(0.1, 50)}))
    found = samples(run)
    series = [each for each in found["perfgate_run_series"] if each[0]["subject"] == 'the "queue"']
    assert [at - run.load.started_at.timestamp() for _, _, at in series] == [float(at) for at in range(5, 60, 5)]
    assert {each[0]["endpoint"] for each in found["perfgate_stored_throughput"]} == {"total", 'GET /a"\\b\nc'}


def test_several_runs_stand_together_by_family() -> None:
    found = samples(*(measurement({"GET /": times(0.1, 50)}, day=day) for day in (2, 0)))
    moments = [at for labels, _, at in found["perfgate_stored_throughput"] if labels["endpoint"] == "total"]
    assert len(moments) == 2
    assert moments == sorted(moments)


def test_of_no_run_there_is_the_end_alone() -> None:
    assert openmetrics([]) == "# EOF\n"

"""What the page's charts draw: columns of numbers, bounded by what is shown and not by the number of requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perfgate.records.endpoint import EndpointStatistics, Histogram
from perfgate.records.evidence import PairEvidence, StartEvidence
from perfgate.records.judgement import Change, Judgement, Row, ScenarioJudgement
from perfgate.records.measurement import Timeline
from perfgate.records.metric import METRICS, PERCENTILES
from perfgate.report.columns import MILLISECONDS, PERCENT, line, milliseconds, percent, shortened
from perfgate.report.page_names import endpoint_name, series_name
from perfgate.report.page_panels import telemetry_panels
from perfgate.report.page_trend import trend_data
from perfgate.report.prose import one_line

CURVE_POINTS: Final = 120
STARTS: Final = (("first starts", "one"), ("fresh starts", "two"))
CONTROL: Final = ("control: base against base", "three")
MARKS: Final = 50
SAME_FAULT: Final = 5.0  # seconds: the stack is asked now and then, the engine tells at once
CURVES: Final = 60  # endpoints with a distribution: all together, then the worst first


def page_data(judgement: Judgement) -> dict[str, Any]:
    """By scenario, in the judgement's order. Times in milliseconds, offsets in seconds, rates per second."""
    return {"scenarios": [_scenario(scenario) for scenario in judgement.scenarios]}


def _scenario(scenario: ScenarioJudgement) -> dict[str, Any]:
    return {
        "clocks": clocks(scenario),
        "distributions": [_distribution(row) for row in curve_rows(scenario)],
        "pairs": [_pairs(each, scenario) for each in scenario.pairs],
        "trend": trend_data(scenario),
    }


def clocks(scenario: ScenarioJudgement) -> list[dict[str, Any]]:
    """Groups of charts, each on one clock. Side by side the load's is the candidate's own turns, one after the other,
    while its stack was watched all the time; alone, both are the same.
    """
    inside = [panel.drawn for panels in telemetry_panels(scenario) for panel in panels]
    faults = list(_marks(scenario))
    end = max((panel["end"] for panel in inside), default=0.0)
    load: dict[str, Any] = {
        "warmUp": scenario.timeline.warm_up,
        "end": len(scenario.timeline.requests) * scenario.timeline.step,
        "faults": faults,
        "panels": timeline_panels(scenario.timeline),
    }
    if not scenario.provenance.in_turns:
        return [load | {"end": max(load["end"], end), "panels": [*load["panels"], *inside]}]
    apart = [{"warmUp": 0, "end": end, "faults": faults, "panels": inside}] if inside else []
    return [load | {"faults": []} if inside else load, *apart]


def _marks(scenario: ScenarioJudgement) -> Iterator[dict[str, Any]]:
    """What broke, when; also what struck only a part of a container, so that it is no fault of the stack."""
    told = [(each.service, each.at) for each in scenario.stack.faults]
    for fault in scenario.stack.faults:
        yield {"at": fault.at, "what": f"{one_line(fault.service, 40)} {fault.kind}"}
    for event in scenario.telemetry.events[:MARKS] if scenario.telemetry else ():
        if not any(event.subject == service and abs(event.at - at) < SAME_FAULT for service, at in told):
            yield {"at": event.at, "what": f"{one_line(event.subject, 40)} {event.kind}"}


def timeline_panels(timeline: Timeline) -> list[dict[str, Any]]:
    """One chart each, on the clock of the load."""
    step = timeline.step or 1.0
    time = [round(index * step, 3) for index in range(len(timeline.requests))]
    times = [line(name, name, milliseconds(getattr(timeline, name))) for name in ("p50", "p95", "p99")]
    load = [
        line("requests", "rate", [shortened(each / step) for each in timeline.requests]),
        line("failures", "failures", [shortened(each / step) or None for each in timeline.failures]),
        line("users", "users", list(timeline.users), suffix="", axis="users"),
    ]
    return [
        {"suffix": " ms", "time": time, "series": times, "tall": True},
        {"suffix": "/s", "time": time, "series": load},
    ]


def curve_rows(scenario: ScenarioJudgement) -> list[Row]:
    return [row for row in scenario.rows if row.candidate or row.baseline][:CURVES]


def _distribution(row: Row) -> dict[str, Any]:
    """Both curves on one axis of `1 / (1 - p)`: 1 is the fastest, 10 the 90th, 100 the 99th percentile."""
    sides = [_histogram(each) for each in (row.baseline, row.candidate)]
    axis = curve_axis(sides)
    baseline, candidate = (curve(side, axis) for side in sides)
    return {
        "label": endpoint_name(row.label),
        "axis": [shortened(float(each)) for each in axis],
        "baseline": baseline,
        "candidate": candidate,
        "shift": [_shift(*pair) for pair in zip(baseline, candidate, strict=True)],
        "judged": [_judged(change) for change in row.changes if change.metric in PERCENTILES],
    }


def _histogram(statistics: EndpointStatistics | None) -> Histogram | None:
    return statistics.histogram if statistics else None


def curve_axis(sides: Sequence[Histogram | None]) -> NDArray[np.float64]:
    largest = max((sum(side.counts) for side in sides if side), default=0)
    axis: NDArray[np.float64] = np.geomspace(1.0, max(2.0, float(largest)), CURVE_POINTS)
    return axis


def _shift(before: float | None, now: float | None) -> float | None:
    """Per cent by which the candidate's percentile lies above the baseline's."""
    return shortened((now / before - 1) * PERCENT) if before and now is not None else None


def _judged(change: Change) -> dict[str, Any]:
    """A change with its interval, where its percentile stands on the axis."""
    low, high = change.bound_better, change.bound_worse
    return {
        "at": 1 / (1 - PERCENTILES[change.metric]),
        "change": percent(change.change),
        "low": percent(low),
        "high": percent(high),
        "tolerance": percent(change.tolerance.fail) if change.tolerance else None,
    }


def curve(histogram: Histogram | None, axis: NDArray[np.float64]) -> list[float | None]:
    """Milliseconds at each `1 / (1 - p)`: the upper end of the bucket in which that percentile lies.

    None beyond the sample: of 100 requests nothing is known about the 99.9th percentile.
    """
    if histogram is None or not sum(histogram.counts):
        return [None] * len(axis)
    cumulated = np.cumsum(histogram.counts)
    ranks = np.ceil((1.0 - 1.0 / axis) * cumulated[-1]).clip(1)
    at = np.searchsorted(cumulated, ranks)
    values = np.power(histogram.growth, np.asarray(histogram.buckets, dtype=float)[at]) * MILLISECONDS
    return [shortened(float(value)) if x <= cumulated[-1] else None for x, value in zip(axis, values, strict=True)]


def _pairs(evidence: PairEvidence, scenario: ScenarioJudgement) -> dict[str, Any]:
    tolerance = next(
        (
            change.tolerance.fail
            for row in scenario.rows
            for change in row.changes
            if change.tolerance and (change.endpoint, change.metric) == (evidence.endpoint, evidence.metric)
        ),
        None,
    )
    sign = 1 if METRICS[evidence.metric].lower_is_better else -1
    return {
        "label": series_name(evidence.endpoint, evidence.metric),
        "starts": [_start(each, *name) for each, name in zip(evidence.starts, STARTS, strict=False)]
        + ([] if evidence.control is None else [_start(evidence.control, *CONTROL)]),
        "limit": percent(None if tolerance is None else sign * tolerance),
    }


def _start(start: StartEvidence, label: str, style: str) -> dict[str, Any]:
    return {
        "label": label,
        "style": style,
        "changes": [percent(each) for each in start.changes],
        "estimate": percent(start.estimate),
        "bounds": [percent(start.bound_better), percent(start.bound_worse)],
    }

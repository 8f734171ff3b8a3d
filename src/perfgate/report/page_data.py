"""What the page's charts draw: columns of numbers, bounded by what is shown and not by the number of requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perfgate.records.evidence import PairEvidence, StartEvidence
from perfgate.records.judgement import Change, Judgement, Row, ScenarioJudgement
from perfgate.records.measurement import EndpointStatistics, Histogram, Timeline
from perfgate.records.metric import METRICS, PERCENTILES, Metric, Unit
from perfgate.report.page_names import endpoint_name, series_name
from perfgate.report.prose import one_line

CURVE_POINTS: Final = 120
CURVES: Final = 60  # endpoints with a distribution: all together, then the worst first
MILLISECONDS: Final = 1000.0
PERCENT: Final = 100.0
DIGITS: Final = 4  # that a chart can show


def page_data(judgement: Judgement) -> dict[str, Any]:
    """By scenario, in the judgement's order. Times in milliseconds, offsets in seconds, rates per second."""
    return {"scenarios": [_scenario(scenario) for scenario in judgement.scenarios]}


def _scenario(scenario: ScenarioJudgement) -> dict[str, Any]:
    faults = [{"at": each.at, "what": f"{one_line(each.service, 40)} {each.kind}"} for each in scenario.stack.faults]
    return {
        "warmUp": scenario.timeline.warm_up,
        "end": len(scenario.timeline.requests) * scenario.timeline.step,
        "faults": faults,
        "panels": timeline_panels(scenario.timeline),
        "distributions": [_distribution(row) for row in curve_rows(scenario)],
        "pairs": [_pairs(each, scenario) for each in scenario.pairs],
        "trend": _trend(scenario),
    }


def timeline_panels(line: Timeline) -> list[dict[str, Any]]:
    """One chart each, on the clock of the load; `style` names a colour and a dash of the page's own."""
    step = line.step or 1.0
    time = [round(index * step, 3) for index in range(len(line.requests))]
    times = [_series(name, name, _milliseconds(getattr(line, name))) for name in ("p50", "p95", "p99")]
    load = [
        _series("requests", "rate", [shortened(each / step) for each in line.requests]),
        _series("failures", "failures", [shortened(each / step) or None for each in line.failures]),
        _series("users", "users", list(line.users), unit="", axis="users"),
    ]
    return [
        {"unit": "ms", "time": time, "series": times, "tall": True},
        {"unit": "/s", "time": time, "series": load, "zero": True},
    ]


def _series(label: str, style: str, values: Sequence[float | None], **more: str) -> dict[str, Any]:
    return {"label": label, "style": style, "values": list(values), **more}


def shortened(number: float | None) -> float | None:
    """As many digits as a chart can show: the page stays small."""
    return None if number is None else float(f"{number:.{DIGITS}g}")


def _milliseconds(seconds: Sequence[float | None]) -> list[float | None]:
    return [None if each is None else shortened(each * MILLISECONDS) for each in seconds]


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
        "change": _percent(change.change),
        "low": _percent(low),
        "high": _percent(high),
        "tolerance": _percent(change.tolerance.fail) if change.tolerance else None,
    }


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else shortened(ratio * PERCENT)


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
    beside = scenario.provenance.side_by_side
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
        "starts": [_start(each) for each in evidence.starts],
        "looks": list(beside.looks) if beside else [],
        "limit": _percent(None if tolerance is None else sign * tolerance),
    }


def _start(start: StartEvidence) -> dict[str, Any]:
    return {
        "changes": [_percent(each) for each in start.changes],
        "estimate": _percent(start.estimate),
        "bounds": [_percent(start.bound_better), _percent(start.bound_worse)],
    }


def _trend(scenario: ScenarioJudgement) -> dict[str, Any] | None:
    """Stored runs, the oldest first, and this run last. None where there is nothing to see a trend in."""
    if not scenario.trend:
        return None
    total = scenario.rows[0].candidate
    now = {} if total is None or total.response_times is None else _now(total)
    figures = [*(each.figures for each in scenario.trend), now]
    return {
        "runs": [*(each.measured_at.strftime("%Y-%m-%d %H:%M") for each in scenario.trend), "this run"],
        "series": [
            _series(metric.value, metric.value, [_drawn(metric, each.get(metric)) for each in figures])
            for metric in PERCENTILES
        ],
    }


def _now(total: EndpointStatistics) -> dict[Metric, float]:
    times = total.response_times
    return {metric: getattr(times, metric.value).value for metric in PERCENTILES}


def _drawn(metric: Metric, value: float | None) -> float | None:
    if value is None:
        return None
    return shortened(value * MILLISECONDS if METRICS[metric].unit is Unit.SECONDS else value)

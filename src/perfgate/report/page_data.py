"""What the page's charts draw: columns of numbers, bounded by what is shown and not by the number of requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perfgate.records.judgement import Judgement, Row, ScenarioJudgement
from perfgate.records.measurement import TOTAL, Histogram, Timeline
from perfgate.report.prose import one_line

CURVE_POINTS: Final = 120
CURVES: Final = 60  # endpoints with a distribution: all together, then the worst first
MILLISECONDS: Final = 1000.0


def page_data(judgement: Judgement) -> dict[str, Any]:
    """By scenario, in the judgement's order. Times in milliseconds, offsets in seconds, rates per second."""
    return {"scenarios": [_scenario(scenario) for scenario in judgement.scenarios]}


def _scenario(scenario: ScenarioJudgement) -> dict[str, Any]:
    faults = [{"at": each.at, "what": f"{one_line(each.service, 40)} {each.kind}"} for each in scenario.stack.faults]
    return {
        "warmUp": scenario.timeline.warm_up,
        "faults": faults,
        "timeline": _timeline(scenario.timeline),
        "distributions": [_distribution(row) for row in curve_rows(scenario)],
    }


def curve_rows(scenario: ScenarioJudgement) -> list[Row]:
    return [row for row in scenario.rows if row.candidate or row.baseline][:CURVES]


def _timeline(line: Timeline) -> dict[str, Any]:
    step = line.step or 1.0
    return {
        "time": [round(index * step, 3) for index in range(len(line.requests))],
        "users": list(line.users),
        "rate": [round(each / step, 3) for each in line.requests],
        "failures": [round(each / step, 3) for each in line.failures],
        **{name: _milliseconds(getattr(line, name)) for name in ("p50", "p95", "p99")},
    }


def _milliseconds(seconds: Sequence[float | None]) -> list[float | None]:
    return [None if each is None else round(each * MILLISECONDS, 3) for each in seconds]


def _distribution(row: Row) -> dict[str, Any]:
    """Both curves on one axis of `1 / (1 - p)`: 1 is the fastest, 10 the 90th, 100 the 99th percentile."""
    sides = [each.histogram if each else None for each in (row.baseline, row.candidate)]
    largest = max((sum(side.counts) for side in sides if side), default=0)
    axis = np.geomspace(1.0, max(2.0, float(largest)), CURVE_POINTS)
    label = "all endpoints together" if row.label == TOTAL else one_line(row.label)
    return {
        "label": label,
        "axis": np.round(axis, 4).tolist(),
        "baseline": curve(sides[0], axis),
        "candidate": curve(sides[1], axis),
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
    return [round(float(value), 3) if x <= cumulated[-1] else None for x, value in zip(axis, values, strict=True)]

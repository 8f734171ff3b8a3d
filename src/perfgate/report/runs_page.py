"""One page for several runs: what each measured, its trend, their distributions and courses laid over each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.measurement import Measurement
from perfgate.records.metric import PERCENTILES
from perfgate.records.step import Step
from perfgate.report import numbers
from perfgate.report.columns import MILLISECONDS, line, milliseconds, shortened
from perfgate.report.figures import percentiles
from perfgate.report.page_data import CURVE_POINTS, curve
from perfgate.report.page_names import endpoint_name
from perfgate.report.page_trend import METRIC_CHOICES, step_marks
from perfgate.report.prose import Code, Prose, one_line, prose
from perfgate.report.wording.lines import commit
from perfgate.report.wording.page import doubts_of_runs
from perfgate.report.wording.steps import place_step

RUNS: Final = 200  # the newest; a chart has no room for more points
OVERLAID: Final = 6  # as many as colours tell apart
ENDPOINTS: Final = 60
STYLES: Final = ("one", "two", "three", "four", "five", "six")
COLUMNS: Final = ("requests", "errors", "p50", "p95", "p99", "req/s", "p95, from the run before")


@dataclass(frozen=True)
class Run:
    """`note`: why it is kept, as its accepter wrote it."""

    measurement: Measurement
    note: str = ""


@dataclass(frozen=True)
class RunRow:
    measured: str
    commit: Prose
    cells: tuple[tuple[str, float], ...]
    machine: Prose
    note: str


@dataclass(frozen=True)
class RunsOfScenario:
    name: str
    doubts: tuple[Prose, ...]
    steps: tuple[Prose, ...]
    rows: tuple[RunRow, ...]  # the newest first
    endpoints: tuple[str, ...]
    metrics: tuple[str, ...]
    left_out: int
    newest: str  # how many are laid over each other


@dataclass(frozen=True)
class RunsView:
    title: str
    made: str
    scenarios: tuple[RunsOfScenario, ...]


def runs_view(runs: Sequence[Run], steps: Sequence[Step], *, made_at: datetime, version: str) -> RunsView:
    scenarios = tuple(_scenario(name, group, steps) for name, group in _by_scenario(runs).items())
    many = numbers.counted(len({run.measurement.id for run in runs}), "run")
    return RunsView(f"{many} compared", f"Made {numbers.date(made_at)} by PerfGate {version}", scenarios)


def runs_data(runs: Sequence[Run], steps: Sequence[Step]) -> dict[str, Any]:
    """As `page_data`, in the same units; the runs of each scenario from the oldest to the newest."""
    return {"scenarios": [_data([each.measurement for each in group], steps) for group in _by_scenario(runs).values()]}


def _by_scenario(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Each run once, the oldest first."""
    known = {run.measurement.id: run for run in runs}
    ordered = sorted(known.values(), key=lambda run: run.measurement.started_at)
    names = sorted({run.measurement.scenario.name for run in ordered})
    return {name: [run for run in ordered if run.measurement.scenario.name == name] for name in names}


def _scenario(name: str, group: Sequence[Run], steps: Sequence[Step]) -> RunsOfScenario:
    shown = group[-RUNS:]
    rows = [_row(run, shown[at - 1].measurement if at else None) for at, run in enumerate(shown)]
    return RunsOfScenario(
        name=one_line(name, 100),
        doubts=tuple(doubts_of_runs([run.measurement for run in shown])),
        steps=tuple(
            place_step(each, numbers.date(run.measurement.started_at), run.measurement.subject.commit)
            for each in steps
            for run in shown
            if run.measurement.id == each.run
        ),
        rows=tuple(reversed(rows)),
        endpoints=tuple(map(endpoint_name, _labels([run.measurement for run in shown]))),
        metrics=METRIC_CHOICES,
        left_out=len(group) - len(shown),
        newest=numbers.counted(min(OVERLAID, len(shown)), "newest run"),
    )


def _row(run: Run, before: Measurement | None) -> RunRow:
    measurement, total = run.measurement, run.measurement.total
    times = percentiles(total)
    earlier = percentiles(before.total).p95 if before else None
    moved = times.p95 / earlier - 1 if times.p95 is not None and earlier else None
    machine = measurement.fingerprint
    head = commit(measurement.subject.commit)
    return RunRow(
        measured=numbers.date(measurement.started_at),
        commit=head + prose(" with uncommitted changes") if measurement.subject.dirty else head,
        cells=(
            (numbers.count(total.requests), float(total.requests)),
            (numbers.share(total.error_ratio), total.error_ratio or 0.0),
            *((numbers.duration(each), each or -1.0) for each in (times.p50, times.p95, times.p99)),
            (numbers.rate(total.request_rate), total.request_rate),
            (numbers.change(moved), moved or 0.0),
        ),
        machine=prose("{}, {}", Code(machine.cpu_model, 40), numbers.counted(machine.cores, "core")),
        note=one_line(run.note, 200) if run.note else "",
    )


def _labels(group: Sequence[Measurement]) -> list[str]:
    """All together first, then the endpoints with most requests in the newest run that has them."""
    most: dict[str, int] = {}
    for measurement in group:
        most |= {each.label: each.requests for each in measurement.endpoints}
    return [TOTAL, *sorted(most, key=lambda label: -most[label])][:ENDPOINTS]


def _data(group: Sequence[Measurement], steps: Sequence[Step]) -> dict[str, Any]:
    shown = group[-RUNS:]
    return {
        "runs": [f"{each.started_at:%Y-%m-%d %H:%M}" for each in shown],
        "endpoints": [_endpoint(label, shown, steps) for label in _labels(shown)],
        "clock": _clock(shown[-OVERLAID:]),
    }


def _endpoint(label: str, shown: Sequence[Measurement], steps: Sequence[Step]) -> dict[str, Any]:
    found = [each.statistics(label) for each in shown]
    times = [percentiles(each) for each in found]
    series = [
        line(metric.value, metric.value, milliseconds([getattr(each, metric.value) for each in times]))
        for metric in PERCENTILES
    ]
    newest = list(zip(shown, found, strict=True))[-OVERLAID:]
    marks = step_marks((each for each in steps if each.endpoint == label), [run.id for run in shown])
    return {"series": series, "steps": marks, **_overlay([(_name(run), each) for run, each in newest])}


def _overlay(sides: Sequence[tuple[str, EndpointStatistics | None]]) -> dict[str, Any]:
    largest = max((sum(each.histogram.counts) for _, each in sides if each), default=0)
    axis = np.geomspace(1.0, max(2.0, float(largest)), CURVE_POINTS)
    curves = [
        line(name, STYLES[at], curve(each.histogram if each else None, axis)) for at, (name, each) in enumerate(sides)
    ]
    return {"axis": [shortened(float(each)) for each in axis], "curves": curves}


def _clock(shown: Sequence[Measurement]) -> dict[str, Any]:
    """p95 over time, each run from the start of its own load."""
    lines = []
    for at, run in enumerate(shown):
        step = run.timeline.step or 1.0
        values = [shortened(each * MILLISECONDS) if each is not None else None for each in run.timeline.p95]
        time = [round(index * step, 3) for index in range(len(values))]
        lines.append(line(_name(run), STYLES[at], values, time=time))
    return {"suffix": " ms", "series": lines, "tall": True}


def _name(run: Measurement) -> str:
    return f"{run.started_at:%m-%d %H:%M} {(run.subject.commit or '')[:8]}".rstrip()

"""Stored runs on the page of one that was judged: response times run by run, where their level changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.metric import PERCENTILES, Metric
from perfgate.records.step import Step
from perfgate.report import numbers
from perfgate.report.columns import line, milliseconds
from perfgate.report.figures import percentiles
from perfgate.report.page_names import endpoint_name
from perfgate.report.prose import Prose
from perfgate.report.wording.steps import mark_on_chart, place_step, trend_in_words

METRIC_CHOICES = ("p50, p95, p99", *(metric.value for metric in PERCENTILES))
STEPS_IN_WORDS = 40

Values = Sequence[float | None]


@dataclass(frozen=True)
class TrendView:
    words: Prose
    endpoints: tuple[str, ...]
    metrics: tuple[str, ...]
    steps: tuple[Prose, ...]


def trend_view(scenario: ScenarioJudgement) -> TrendView | None:
    """None where there is nothing to see a trend in."""
    if not scenario.trend:
        return None
    runs = {run.id: run for run in scenario.trend}
    return TrendView(
        words=trend_in_words(len(runs), sum(run.compared for run in scenario.trend)),
        endpoints=tuple(endpoint_name(label) for label in _series(scenario)),
        metrics=METRIC_CHOICES,
        steps=tuple(
            place_step(step, numbers.date(runs[step.run].measured_at), runs[step.run].commit)
            for step in scenario.trend_steps[:STEPS_IN_WORDS]
            if step.run in runs
        ),
    )


def trend_data(scenario: ScenarioJudgement) -> dict[str, Any] | None:
    """The oldest run first, this one last; `compared`: index of the first that this one was held against."""
    if not scenario.trend:
        return None
    known = [run.id for run in scenario.trend]
    return {
        "runs": [*(f"{run.measured_at:%Y-%m-%d %H:%M}" for run in scenario.trend), "this run"],
        "compared": sum(not run.compared for run in scenario.trend),
        "endpoints": [
            {
                "series": [line(metric.value, metric.value, milliseconds(values[metric])) for metric in PERCENTILES],
                "steps": step_marks((each for each in scenario.trend_steps if each.endpoint == label), known),
            }
            for label, values in _series(scenario).items()
        ],
    }


def step_marks(steps: Iterable[Step], runs: Sequence[str]) -> list[dict[str, Any]]:
    """Before which run each stands, of which metric, and what is written beside it."""
    return [
        {"at": runs.index(step.run), "metric": step.metric.value, "text": mark_on_chart(step)}
        for step in steps
        if step.run in runs
    ]


def _series(scenario: ScenarioJudgement) -> Mapping[str, Mapping[Metric, Values]]:
    """By label, all together first; this run's figure at the end of each."""
    rows = {row.label: percentiles(row.candidate) for row in scenario.rows}
    before: dict[str, Mapping[Metric, Values]] = {
        TOTAL: {metric: [run.figures.get(metric) for run in scenario.trend] for metric in PERCENTILES},
        **{each.endpoint: each.figures for each in scenario.trend_of_endpoints},
    }
    return {
        label: {metric: [*values.get(metric, ()), getattr(rows[label], metric.value)] for metric in PERCENTILES}
        for label, values in before.items()
        if label in rows
    }

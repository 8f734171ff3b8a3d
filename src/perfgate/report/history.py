"""Stored runs as plain text: which there are, one of them, a metric over all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from perfgate.judge.ratios import of_run
from perfgate.judge.values import value_of
from perfgate.records.baseline import Baseline
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.metric import METRICS, Metric
from perfgate.records.step import Step
from perfgate.report.numbers import change, count, date, duration, share, value
from perfgate.report.sparkline import sparkline
from perfgate.report.wording.steps import mark_step


def baseline_list(runs: Sequence[Baseline]) -> str:
    """A line a run, as given."""
    if not runs:
        return "nothing is stored yet"
    rows = [("id", "scenario", "commit", "requests", "p95", "errors", "")]
    for run in runs:
        total = run.measurement.total
        rows.append(
            (
                run.id,
                run.measurement.scenario.name,
                _commit(run),
                count(total.requests),
                value(Metric.P95, value_of(total, Metric.P95)),
                share(total.error_ratio),
                _why(run),
            )
        )
    return _aligned(rows)


def baseline_summary(run: Baseline) -> str:
    measurement, machine = run.measurement, run.measurement.fingerprint
    facts = [
        ("id", run.id),
        ("scenario", f"{measurement.scenario.name} ({measurement.scenario.digest})"),
        ("measured", f"{date(measurement.started_at)}, {duration(measurement.load.measured)} of load"),
        ("commit", _commit(run)),
        ("machine", f"{machine.cpu_model}, {machine.cores} cores"),
        ("kept", _why(run) or "by a run"),
    ]
    rows: list[tuple[str, ...]] = [("endpoint", "requests", "errors", "p50", "p95", "p99", "req/s")]
    rows += [_row(each) for each in (measurement.total, *measurement.endpoints)]
    return _aligned(facts) + "\n\n" + _aligned(rows)


def history_table(runs: Sequence[Baseline], metric: Metric, endpoint: str = TOTAL, steps: Sequence[Step] = ()) -> str:
    """The newest first, each with its change from the run before it; a small picture on top, the oldest at its left.

    `steps`: changes of level of this metric, marked at the first run after them.
    """
    marks = {step.run: mark_step(step) for step in steps}
    newest_first = sorted(runs, key=lambda run: run.measurement.started_at, reverse=True)
    values = [value_in(run, metric, endpoint) for run in newest_first]
    ratios = [ratio_of(run, metric, endpoint) for run in newest_first]
    beside = any(each is not None for each in ratios)
    rows = [("measured", "commit", METRICS[metric].description, "change", "machine", "beside its reference", "")]
    for at, (run, each) in enumerate(zip(newest_first, values, strict=True)):
        before = values[at + 1] if at + 1 < len(values) else None
        moved = each / before - 1 if each is not None and before else None
        machine = run.measurement.fingerprint
        rows.append(
            (
                date(run.measurement.started_at),
                _commit(run),
                value(metric, each),
                change(moved) if moved is not None else "",
                f"{machine.cpu_model[:32]} × {machine.cores}",
                _beside(run, ratios[at]),
                " · ".join(filter(None, [marks.get(run.id, ""), _why(run)])),
            )
        )
    shown = rows if beside else [(*row[:5], row[6]) for row in rows]
    return f"{endpoint} · {metric.value} · {sparkline(list(reversed(values)))}\n\n" + _aligned(shown)


def value_in(run: Baseline, metric: Metric, endpoint: str) -> float | None:
    statistics = run.measurement.statistics(endpoint)
    return value_of(statistics, metric) if statistics else None


def ratio_of(run: Baseline, metric: Metric, endpoint: str) -> float | None:
    """To its reference, as a relative change; None: there was none."""
    reference = run.measurement.reference
    found = of_run(reference, endpoint, metric) if reference else None
    return None if found is None else math.expm1(found.signed(metric))


def _beside(run: Baseline, ratio: float | None) -> str:
    reference = run.measurement.reference
    return "" if reference is None or ratio is None else f"{reference.name} {change(ratio)}"


def _row(statistics: EndpointStatistics) -> tuple[str, ...]:
    shown = [value(metric, value_of(statistics, metric)) for metric in (Metric.P50, Metric.P95, Metric.P99)]
    rate = value(Metric.THROUGHPUT, statistics.throughput)
    return (statistics.label, count(statistics.requests), share(statistics.error_ratio), *shown, rate)


def _commit(run: Baseline) -> str:
    subject = run.measurement.subject
    return (subject.commit or "unknown")[:10] + ("*" if subject.dirty else "")


def _why(run: Baseline) -> str:
    return f"accepted: {run.note}" if run.why == "accepted" else ""


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in padded)

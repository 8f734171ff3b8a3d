"""Stored runs as OpenMetrics text, every sample with its time, as `promtool tsdb create-blocks-from openmetrics` wants
it. Names and labels: docs/metrics.md. The format: https://prometheus.io/docs/specs/om/open_metrics_spec/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from perfgate.records.baseline import Baseline
from perfgate.records.endpoint import EndpointStatistics
from perfgate.records.measurement import Measurement

QUANTILES: Final = ("0.5", "0.95", "0.99")

Labels = tuple[tuple[str, str], ...]


@dataclass
class Family:
    """Its samples stand together, those of one set of labels in the order of time."""

    name: str
    kind: str  # 'counter' | 'gauge'
    about: str
    series: dict[Labels, dict[float, float]] = field(default_factory=dict)

    def add(self, at: float, value: float | None, **labels: str) -> None:
        """`at` in seconds since the epoch. None is no sample."""
        if value is not None:
            self.series.setdefault(tuple(labels.items()), {})[at] = value

    def lines(self) -> Iterator[str]:
        yield f"# TYPE {self.name} {self.kind}"
        yield f"# HELP {self.name} {self.about}"
        suffix = "_total" if self.kind == "counter" else ""
        for labels, samples in self.series.items():
            written = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
            for at in sorted(samples):
                yield f"{self.name}{suffix}{{{written}}} {samples[at]!r} {at:.3f}"


def openmetrics(runs: Sequence[Baseline]) -> str:
    families = _families()
    for run in runs:
        _add_run(families, run.measurement)
        _add_timeline(families, run.measurement)
        _add_telemetry(families, run.measurement)
    return "\n".join([*(line for family in families.values() if family.series for line in family.lines()), "# EOF", ""])


def _families() -> dict[str, Family]:
    return {
        name: Family(f"perfgate_{name}", kind, about)
        for name, kind, about in (
            ("stored_run_info", "gauge", "1 at the start of each stored run."),
            ("stored_response_time_seconds", "gauge", "Exact percentiles of a whole run, without the warm-up."),
            ("stored_error_ratio", "gauge", "Failed requests of a whole run / all requests."),
            ("stored_throughput", "gauge", "Successful requests per second of a whole run."),
            ("run_requests", "counter", "Requests since the run began."),
            ("run_failures", "counter", "Failed requests since the run began."),
            ("run_users", "gauge", "Users."),
            ("run_response_time_seconds", "gauge", "Percentiles of each step of a run."),
            ("run_series", "gauge", "What was watched inside the stack: containers, queues, pages, probes."),
        )
    }


def _add_run(families: Mapping[str, Family], run: Measurement) -> None:
    at = run.load.started_at.timestamp()
    families["stored_run_info"].add(
        at,
        1.0,
        scenario=run.scenario.name,
        run=run.id,
        commit=run.subject.commit or "",
        branch=run.subject.branch or "",
    )
    for each in (run.total, *run.endpoints):
        _add_statistics(families, each, at, run.scenario.name)


def _add_statistics(families: Mapping[str, Family], each: EndpointStatistics, at: float, scenario: str) -> None:
    times = each.response_times
    if times is not None:
        for quantile, value in zip(QUANTILES, (times.p50, times.p95, times.p99), strict=True):
            families["stored_response_time_seconds"].add(
                at, value.value, scenario=scenario, endpoint=each.label, quantile=quantile
            )
    families["stored_error_ratio"].add(at, each.error_ratio, scenario=scenario, endpoint=each.label)
    families["stored_throughput"].add(at, each.throughput, scenario=scenario, endpoint=each.label)


def _add_timeline(families: Mapping[str, Family], run: Measurement) -> None:
    """A step's figures stand at its end, when all of it had happened; counters begin with the zero before the first."""
    line, began = run.timeline, run.load.started_at.timestamp()
    ends = [began + (step + 1) * line.step for step in range(len(line.requests))]
    labels = {"scenario": run.scenario.name, "run": run.id}
    for name, counts in (("run_requests", line.requests), ("run_failures", line.failures)):
        families[name].add(began, 0.0, **labels)
        for at, total in zip(ends, accumulate(counts), strict=True):
            families[name].add(at, float(total), **labels)
    for at, users in zip(ends, line.users, strict=True):
        families["run_users"].add(at, None if users is None else float(users), **labels)
    for quantile, column in zip(QUANTILES, (line.p50, line.p95, line.p99), strict=True):
        for at, value in zip(ends, column, strict=True):
            families["run_response_time_seconds"].add(at, value, **labels, quantile=quantile)


def _add_telemetry(families: Mapping[str, Family], run: Measurement) -> None:
    began = run.load.started_at.timestamp()
    for series in run.telemetry.thinned if run.telemetry else ():
        key = series.key
        for offset, value in zip(series.offsets, series.values, strict=True):
            families["run_series"].add(
                began + offset,
                value,
                scenario=run.scenario.name,
                run=run.id,
                source=key.source.value,
                subject=key.subject,
                name=key.name,
                unit=key.unit.value,
            )


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""The forms that other programs read: JSON and its schema, and CSV as Locust writes it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from perfgate.records.base import Record
from perfgate.records.endpoint import EndpointStatistics
from perfgate.records.judgement import Judgement, ScenarioJudgement

# Locust 2.x, `locust.stats.PERCENTILES_TO_REPORT` and the columns of `StatsCSV` and `StatsCSVFileWriter`.
PERCENTILE_COLUMNS: Final = ("50%", "66%", "75%", "80%", "90%", "95%", "98%", "99%", "99.9%", "99.99%", "100%")
STATS_COLUMNS: Final = (
    "Type", "Name", "Request Count", "Failure Count", "Median Response Time", "Average Response Time",
    "Min Response Time", "Max Response Time", "Average Content Size", "Requests/s", "Failures/s", *PERCENTILE_COLUMNS,
)  # fmt: skip
HISTORY_COLUMNS: Final = (
    "Timestamp", "User Count", "Type", "Name", "Requests/s", "Failures/s", *PERCENTILE_COLUMNS, "Total Request Count",
    "Total Failure Count", "Total Median Response Time", "Total Average Response Time", "Total Min Response Time",
    "Total Max Response Time", "Total Average Content Size",
)  # fmt: skip
FAILURE_COLUMNS: Final = ("Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen")
NOT_KNOWN: Final = "N/A"  # as Locust writes it
AGGREGATED: Final = "Aggregated"  # Locust's name for all endpoints together


def to_json(record: Record) -> str:
    return record.model_dump_json(indent=1) + "\n"


def judgement_schema() -> dict[str, Any]:
    """JSON Schema of `judgement.json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://perfgate.invalid/judgement.schema.json",
        **Judgement.model_json_schema(mode="serialization"),
        "title": "PerfGate judgement",
    }


def csv_files(judgement: Judgement) -> dict[str, str]:
    """Three files a scenario, by name: `*_stats.csv`, `*_stats_history.csv`, `*_failures.csv`.

    Columns are Locust's, times in milliseconds. Percentiles are exact, from the raw requests, and of successes only;
    those that are not kept exactly are `N/A` rather than taken from a histogram.
    """
    names = file_names(scenario.scenario.name for scenario in judgement.scenarios)
    files = {}
    for name, scenario in zip(names, judgement.scenarios, strict=True):
        files[f"{name}_stats.csv"] = _written(STATS_COLUMNS, map(_stats, _measured(scenario)))
        files[f"{name}_stats_history.csv"] = _written(HISTORY_COLUMNS, _history(scenario))
        files[f"{name}_failures.csv"] = _written(FAILURE_COLUMNS, _failures(scenario))
    return files


def file_name(scenario: str) -> str:
    """A scenario's name as the beginning of a file name, whatever it holds."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", scenario).strip(".-")[:80] or "scenario"


def file_names(scenarios: Iterable[str]) -> list[str]:
    """Different names stay different."""
    taken: list[str] = []
    for scenario in scenarios:
        name, number = file_name(scenario), 2
        while name in taken:
            name, number = f"{file_name(scenario)}-{number}", number + 1
        taken.append(name)
    return taken


def _written(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe(each) for each in row] for row in rows)
    return text.getvalue()


def _safe(value: object) -> object:
    """Foreign text that a spreadsheet would run as a formula gets the apostrophe that makes it text."""
    if isinstance(value, str):
        value = value.replace("\0", "")
        return "'" + value if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
    return value


def _measured(scenario: ScenarioJudgement) -> list[EndpointStatistics]:
    """Endpoints by name, all together last, as Locust has them."""
    found = [row.candidate for row in scenario.rows if row.candidate is not None]
    return sorted(found, key=lambda each: (each.endpoint is None, each.label))


def _names(statistics: EndpointStatistics) -> tuple[str, str]:
    return (statistics.endpoint.method, statistics.endpoint.name) if statistics.endpoint else ("", AGGREGATED)


def _stats(statistics: EndpointStatistics) -> list[object]:
    times = statistics.response_times
    spread: list[object] = [NOT_KNOWN] * 4
    if times:
        spread = [_milliseconds(each) for each in (times.p50.value, times.mean, times.min, times.max)]
    size = statistics.bytes_received / statistics.requests if statistics.requests else 0
    failure_rate = max(0.0, statistics.request_rate - statistics.throughput)
    exact = (times.p50.value, times.p95.value, times.p99.value, times.max) if times else (None,) * 4
    return [
        *_names(statistics),
        statistics.requests,
        statistics.failures,
        *spread,
        round(size, 3),
        round(statistics.request_rate, 6),
        round(failure_rate, 6),
        *_percentiles(*exact),
    ]


def _percentiles(p50: float | None, p95: float | None, p99: float | None, longest: float | None = None) -> list[object]:
    known = {"50%": p50, "95%": p95, "99%": p99, "100%": longest}
    return [_milliseconds(known.get(column)) for column in PERCENTILE_COLUMNS]


def _milliseconds(seconds: float | None) -> object:
    return NOT_KNOWN if seconds is None else round(seconds * 1000, 3)


def _history(scenario: ScenarioJudgement) -> Iterable[list[object]]:
    """A row a step, of all endpoints together; times of that step, counts from the start."""
    line = scenario.timeline
    requests = failures = 0
    for index, users in enumerate(line.users):
        requests += line.requests[index]
        failures += line.failures[index]
        moment = scenario.load.started_at + timedelta(seconds=(index + 1) * line.step)
        yield [
            int(moment.timestamp()),
            NOT_KNOWN if users is None else users,
            "",
            AGGREGATED,
            round(line.requests[index] / line.step, 6),
            round(line.failures[index] / line.step, 6),
            *_percentiles(line.p50[index], line.p95[index], line.p99[index]),
            requests,
            failures,
            *[NOT_KNOWN] * 5,
        ]


def _failures(scenario: ScenarioJudgement) -> Iterable[list[object]]:
    for statistics in _measured(scenario):
        if statistics.endpoint:
            for failure in statistics.failure_messages:
                yield [*_names(statistics), failure.message, failure.count, "", ""]

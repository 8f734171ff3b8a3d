"""What every format shows of a scenario: which rows, which counts, which limit stands beside which endpoint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.judgement import Checked, Kind, Row, ScenarioJudgement
from perfgate.records.verdict import Verdict
from perfgate.report.numbers import Scale, scale_of
from perfgate.report.wording.words import WARNED, accused, is_thin, is_warned, notable


@dataclass(frozen=True)
class Percentiles:
    """Seconds, or None where there was not one success."""

    p50: float | None
    p95: float | None
    p99: float | None


def percentiles(statistics: EndpointStatistics | None) -> Percentiles:
    times = statistics.response_times if statistics else None
    return Percentiles(times.p50.value, times.p95.value, times.p99.value) if times else Percentiles(None, None, None)


def shown_statistics(row: Row) -> EndpointStatistics | None:
    """The candidate's; of an endpoint that vanished the baseline's."""
    return row.candidate or row.baseline


def table_scale(rows: Iterable[Row]) -> Scale:
    """One unit for all response times of a table, chosen by its p95."""
    return scale_of(percentiles(shown_statistics(row)).p95 for row in rows)


def limit_of(row: Row, scenario: ScenarioJudgement) -> Checked | None:
    """The budget on this row that has the least left."""
    own = [each for each in scenario.budgets if (each.budget.endpoint or TOTAL) == row.label]
    return max(own, key=lambda each: (each.status == "broken", each.used or 0), default=None)


def is_notable(row: Row, scenario: ScenarioJudgement) -> bool:
    """Whether a reader should see the row at once: it moved, is in doubt, or is over or near a limit of its own."""
    if row.verdict is not Verdict.PASS or row.presence == "vanished":
        return True
    change = notable(row.changes)
    if change is not None and (change.kind in {Kind.REGRESSED, Kind.IMPROVED}):
        return True
    return row.label != TOTAL and limit_of(row, scenario) is not None


def notable_rows(scenario: ScenarioJudgement) -> list[Row]:
    """The total, and what moved or is limited, the worst first as the judgement has them."""
    return [row for row in scenario.rows if row.label == TOTAL or is_notable(row, scenario)]


def tally(scenario: ScenarioJudgement) -> Counter[str]:
    """Endpoints by what became of them; the total is no endpoint."""
    counts: Counter[str] = Counter()
    for row in scenario.rows:
        if row.label != TOTAL:
            counts[_outcome(row, scenario)] += 1
    counts["not covered"] = len(scenario.coverage.missing)
    return counts


def _outcome(row: Row, scenario: ScenarioJudgement) -> str:
    if row.presence in {"new", "vanished"}:
        return row.presence
    change = notable(row.changes)
    if change is None:
        return "not compared"
    if is_thin(row, change):
        return "too thin to judge"
    if change.kind is Kind.REGRESSED and not accused(row, change):
        return "unclear"
    if is_warned(row, change, scenario):
        return WARNED
    return {
        Kind.REGRESSED: "slower",
        Kind.IMPROVED: "faster",
        Kind.UNCHANGED: "unchanged",
        Kind.INCONCLUSIVE: "unclear",
    }[change.kind]

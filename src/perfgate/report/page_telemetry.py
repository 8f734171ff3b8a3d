"""The inside of the stack on the page as a table of every series, and what its queues, pools and gaps say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.telemetry import SeriesSummary, SeriesUnit
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, one_line, prose
from perfgate.report.wording.inside import cost_line, drain_lines, gap_lines, pool_lines, queue_lines

ROWS: Final = 200


@dataclass(frozen=True)
class SeriesRow:
    name: Prose
    sort: str
    cells: tuple[tuple[str, float], ...]  # text, and what it is sorted by


@dataclass(frozen=True)
class TelemetryView:
    headers: tuple[str, ...]
    rows: tuple[SeriesRow, ...]
    left_out: int
    gaps: tuple[Prose, ...]
    lines: tuple[Prose, ...]  # queues, pools, what was left when the load ended
    cost: Prose


def telemetry_view(scenario: ScenarioJudgement) -> TelemetryView | None:
    summary = scenario.telemetry
    if summary is None:
        return None
    base = {each.key: each for each in scenario.base_telemetry.series} if scenario.base_telemetry else None
    return TelemetryView(
        headers=("mean", *(["base, mean"] if base is not None else []), "p95", "max", "growth a minute", "samples"),
        rows=tuple(_row(each, base) for each in summary.series[:ROWS]),
        left_out=max(0, len(summary.series) - ROWS),
        gaps=tuple(gap_lines(summary)),
        lines=(*queue_lines(summary), *pool_lines(summary), *drain_lines(summary)),
        cost=cost_line(summary),
    )


def _row(series: SeriesSummary, base: dict[Any, SeriesSummary] | None) -> SeriesRow:
    unit = series.key.unit
    shown = [series.mean, series.p95, series.max]
    cells = [_cell(unit, each) for each in shown]
    if base is not None:
        before = base.get(series.key)
        cells.insert(1, _cell(unit, before.mean if before else None))
    growth = series.growth
    grown = numbers.UNKNOWN
    if growth is not None:
        grown = _signed(unit, growth.per_minute)
        if growth.low is not None and growth.high is not None:
            grown += f" ({_signed(unit, growth.low)} … {_signed(unit, growth.high)})"
    cells.append((grown, growth.per_minute if growth else float(-(10**300))))
    missed = f", {numbers.count(series.missed)} missed" if series.missed else ""
    cells.append((numbers.count(series.samples) + missed, float(series.samples)))
    return SeriesRow(prose("{}", Code(series.key.label, 160)), one_line(series.key.label, 160), tuple(cells))


def _cell(unit: SeriesUnit, amount: float | None) -> tuple[str, float]:
    return numbers.quantity(unit, amount), float(-(10**300)) if amount is None else amount


def _signed(unit: SeriesUnit, amount: float) -> str:
    sign = "+" if amount > 0 else numbers.MINUS if amount < 0 else ""
    return sign + numbers.quantity(unit, abs(amount))

"""The inside of the stack on the page: charts on the clock of the load, and a table of every series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.telemetry import Series, SeriesSummary, SeriesUnit, Source, TelemetrySummary
from perfgate.report import numbers
from perfgate.report.columns import line, shortened
from perfgate.report.prose import Code, Prose, one_line, prose
from perfgate.report.wording.inside import cost_line, pool_lines, queue_lines

PANELS: Final = 16
LINES: Final = 6  # in a panel: as many as colours tell apart
ROWS: Final = 200
# What says most about a stack comes first; the rest in the order in which it was sampled.
FIRST: Final = ("cpu", "memory", "throttled")
TITLES: Final = {
    "cpu": "CPU", "memory": "Memory", "throttled": "Time throttled", "network_in": "Network in",
    "network_out": "Network out", "block_read": "Disk reads", "block_write": "Disk writes", "pids": "Processes",
}  # fmt: skip
STYLES: Final = ("one", "two", "three", "four", "five", "six")


@dataclass(frozen=True)
class Panel:
    """`title` for the template, `drawn` for the script."""

    title: str
    drawn: dict[str, Any]


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


def telemetry_panels(scenario: ScenarioJudgement) -> list[Panel]:
    """One for each quantity of the containers, for each probe and for each metric of a page; at most `PANELS`."""
    if scenario.telemetry is None:
        return []
    groups: dict[tuple[str, SeriesUnit], list[Series]] = {}
    for series in sorted(map(_from_the_start, scenario.telemetry.thinned), key=_order):
        groups.setdefault((_title(series), series.key.unit), []).append(series)
    panels = [_panel(title, unit, group[:LINES]) for (title, unit), group in groups.items() if any(map(_moves, group))]
    return panels[:PANELS]


def _from_the_start(series: Series) -> Series:
    """Without what was sampled before the load: the charts begin with it."""
    kept = [at for at, offset in enumerate(series.offsets) if offset >= 0]
    values = {"offsets": tuple(series.offsets[at] for at in kept), "values": tuple(series.values[at] for at in kept)}
    return series.model_copy(update=values)


def _moves(series: Series) -> bool:
    """A flat nothing has no chart; its row in the table tells it."""
    return any(series.values)


def _order(series: Series) -> tuple[int, int]:
    """The first quantities of containers, probes, the other quantities, pages; each in the order of `TITLES`."""
    key = series.key
    if key.source is Source.CONTAINER:
        known = list(TITLES)
        return (0 if key.name in FIRST else 2, known.index(key.name) if key.name in known else len(known))
    return (1, 0) if key.source is Source.PROBE else (3, 0)


def _title(series: Series) -> str:
    key = series.key
    if key.source is Source.CONTAINER:
        return TITLES.get(key.name, one_line(key.name, 60))
    if key.source is Source.PROBE:
        return f"Probe {one_line(key.subject, 60)}"
    return one_line(key.name.partition("{")[0], 80)


def _panel(title: str, unit: SeriesUnit, group: Sequence[Series]) -> Panel:
    largest = max((abs(each) for series in group for each in series.values if each is not None), default=0.0)
    suffix, size = numbers.chart_unit(unit, largest)
    lines = [
        line(
            _line_name(series),
            STYLES[at % len(STYLES)],
            [None if each is None else shortened(each / size) for each in series.values],
            time=[round(each, 2) for each in series.offsets],
        )
        for at, series in enumerate(group)
    ]
    end = max((series.offsets[-1] for series in group if series.offsets), default=0.0)
    return Panel(title, {"suffix": suffix, "series": lines, "end": round(end, 2)})


def _line_name(series: Series) -> str:
    key = series.key
    if key.source is not Source.PROMETHEUS:
        return one_line(key.subject, 40)
    labels = key.name.partition("{")[2].rstrip("}")
    return one_line(labels or key.subject, 60)


def telemetry_view(scenario: ScenarioJudgement) -> TelemetryView | None:
    summary = scenario.telemetry
    if summary is None:
        return None
    base = {each.key: each for each in scenario.base_telemetry.series} if scenario.base_telemetry else None
    return TelemetryView(
        headers=("mean", *(["base, mean"] if base is not None else []), "p95", "max", "growth a minute", "samples"),
        rows=tuple(_row(each, base) for each in summary.series[:ROWS]),
        left_out=max(0, len(summary.series) - ROWS),
        gaps=tuple(_gaps(summary)),
        lines=(*queue_lines(summary), *pool_lines(summary), *_drains(summary)),
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


def _gaps(summary: TelemetrySummary) -> Iterable[Prose]:
    for gap in summary.gaps[:20]:
        many = f"{numbers.counted(gap.missed, 'sample')} missed" if gap.missed else "could not be sampled at all"
        yield prose("{} {}: {} ({}).", gap.source.value, Code(gap.subject), many, Code(gap.why, 300))


def _drains(summary: TelemetrySummary) -> Iterable[Prose]:
    """Of what is watched by itself; a queue's own line tells it already."""
    of_queues = {queue.depth.label for queue in summary.queues}
    for drain in [each for each in summary.drains if each.key.label not in of_queues][:20]:
        deep = numbers.quantity(drain.key.unit, drain.at_end)
        after = f"as before after {numbers.span(drain.seconds)}"
        if drain.seconds is None:
            after = f"not yet as before {numbers.span(drain.watched)} later"
        yield prose("{}: {} when the load ended, {}.", Code(drain.key.label), deep, after)

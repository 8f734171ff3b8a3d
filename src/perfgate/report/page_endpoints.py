"""The page's table of endpoints, and the figures of all together: cells to fill in, each with what it is sorted by."""

from __future__ import annotations

from dataclasses import dataclass

from perfgate.records.endpoint import TOTAL, EndpointStatistics, Percentile
from perfgate.records.judgement import Change, Row, ScenarioJudgement
from perfgate.records.metric import Metric
from perfgate.report import numbers
from perfgate.report.figures import limit_of, shown_statistics, table_scale
from perfgate.report.interval_bar import Bar, bar, reach
from perfgate.report.numbers import Scale
from perfgate.report.prose import Code, Prose, one_line, prose
from perfgate.report.wording.words import SIGNS, kind_word, metric_word, row_sign, row_word

FAILURES = 10  # messages of an endpoint
UNSORTED = -1.0  # below every figure


@dataclass(frozen=True)
class ChangeLine:
    metric: str
    text: str
    interval: str
    bar: Bar | None


@dataclass(frozen=True)
class Cell:
    text: str | Prose
    sort: float | str = ""
    title: str = ""
    number: bool = True
    mark: str = ""
    changes: tuple[ChangeLine, ...] = ()


@dataclass(frozen=True)
class EndpointView:
    cells: tuple[Cell, ...]
    verdict: str
    total: bool
    failures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Tile:
    """A figure of all endpoints together, large."""

    name: str
    value: str
    before: str
    word: str
    kind: str
    change: ChangeLine | None


@dataclass(frozen=True)
class Header:
    """`detail`: hidden until it is asked for, so that the table fits."""

    name: str
    number: bool = True
    detail: bool = False


@dataclass(frozen=True)
class Table:
    headers: tuple[Header, ...]
    endpoints: tuple[EndpointView, ...]
    tiles: tuple[Tile, ...]


def endpoint_table(scenario: ScenarioJudgement) -> Table:
    scale = table_scale(scenario.rows)
    widest = reach(change for row in scenario.rows for change in row.changes)
    return Table(
        headers=_headers(scale),
        endpoints=tuple(_endpoint(row, scenario, scale, widest) for row in scenario.rows),
        tiles=tuple(_tiles(scenario.rows[0], widest)) if scenario.rows else (),
    )


def _headers(scale: Scale) -> tuple[Header, ...]:
    return (
        *(Header(name, number=False) for name in ("endpoint", "verdict", "changes")),
        *(Header(f"{name} ({scale.unit})") for name in ("p50", "p95", "p99")),
        Header("errors"),
        Header("requests"),
        Header("req/s", detail=True),
        *(Header(f"{name} ({scale.unit})", detail=True) for name in ("max", "mean")),
        Header("limit used"),
    )


def _endpoint(row: Row, scenario: ScenarioJudgement, scale: Scale, widest: float) -> EndpointView:
    statistics = shown_statistics(row)
    name = prose("all together") if row.label == TOTAL else prose("{}", Code(row.label))
    return EndpointView(
        cells=(
            Cell(name, sort=one_line(row.label), number=False),
            Cell(row_word(row, scenario), sort=float(row.verdict.rank), number=False, mark=_mark(row)),
            _changes(row, widest),
            *_statistics(statistics, scale),
            _limit(row, scenario),
        ),
        verdict=row.verdict.value,
        total=row.label == TOTAL,
        failures=_failures(statistics),
    )


def _mark(row: Row) -> str:
    return row.verdict.value if row_sign(row) == SIGNS[row.verdict] else "none"


def _statistics(statistics: EndpointStatistics | None, scale: Scale) -> list[Cell]:
    if statistics is None:
        return [Cell(numbers.UNKNOWN, UNSORTED) for _ in range(8)]
    times = statistics.response_times
    exact = [times.p50, times.p95, times.p99] if times else [None] * 3
    others = [times.max, times.mean] if times else [None] * 2
    return [
        *(_percentile(each, scale) for each in exact),
        Cell(numbers.share(statistics.error_ratio), statistics.error_ratio or 0.0),
        Cell(numbers.count(statistics.requests), float(statistics.requests)),
        Cell(numbers.rate(statistics.request_rate).removesuffix("/s"), statistics.request_rate),
        *(Cell(scale.number(each), UNSORTED if each is None else each) for each in others),
    ]


def _percentile(percentile: Percentile | None, scale: Scale) -> Cell:
    if percentile is None:
        return Cell(numbers.UNKNOWN, UNSORTED)
    ends = f"{scale.text(percentile.low)} to {scale.text(percentile.high)}"
    title = f"{numbers.share(percentile.confidence)} interval from this run alone: {ends}"
    return Cell(scale.number(percentile.value), percentile.value, title)


def _changes(row: Row, widest: float) -> Cell:
    """Every judged change of the row, each with its interval; sorted by the largest."""
    judged = [change for change in row.changes if change.tolerance is not None]
    largest = max((abs(change.change) for change in judged), default=UNSORTED)
    told = tuple(_told(change, widest) for change in judged)
    return Cell("" if told else numbers.UNKNOWN, largest, number=False, changes=told)


def _told(change: Change, widest: float) -> ChangeLine:
    return ChangeLine(
        metric=metric_word(change.metric),
        text=numbers.moved(change.metric, change.change, absolute=change.absolute),
        interval=numbers.bounds(change.metric, change.bound_better, change.bound_worse, absolute=change.absolute),
        bar=bar(change, widest),
    )


def _limit(row: Row, scenario: ScenarioJudgement) -> Cell:
    checked = limit_of(row, scenario)
    if checked is None:
        return Cell(numbers.UNKNOWN, UNSORTED)
    return Cell(
        prose("{} {}", Code(checked.budget.text, 80), numbers.used(checked.used).replace(" ", numbers.FIXED_SPACE)),
        checked.used or 0.0,
    )


def _failures(statistics: EndpointStatistics | None) -> tuple[tuple[str, str], ...]:
    found = statistics.failure_messages[:FAILURES] if statistics else ()
    return tuple((numbers.count(each.count), one_line(each.message, 500)) for each in found)


def _tiles(total: Row, widest: float) -> list[Tile]:
    now, before = total.candidate, total.baseline
    shown = (Metric.P50, Metric.P95, Metric.P99, Metric.THROUGHPUT, Metric.ERROR_RATIO)
    changes = {change.metric: change for change in total.changes}
    return [_tile(metric, now, before, changes.get(metric), widest) for metric in shown]


def _tile(
    metric: Metric,
    now: EndpointStatistics | None,
    before: EndpointStatistics | None,
    change: Change | None,
    widest: float,
) -> Tile:
    judged = change is not None and change.tolerance is not None
    return Tile(
        name=metric_word(metric),
        value=numbers.value(metric, _value(now, metric)),
        before=numbers.value(metric, _value(before, metric)) if before else "",
        word=kind_word(change) if change and judged else "",
        kind=change.kind.value if change and judged else "none",
        change=_told(change, widest) if change else None,
    )


def _value(statistics: EndpointStatistics | None, metric: Metric) -> float | None:
    if statistics is None:
        return None
    times = statistics.response_times
    match metric:
        case Metric.THROUGHPUT:
            return statistics.throughput
        case Metric.ERROR_RATIO:
            return statistics.error_ratio
        case _:
            return getattr(times, metric.value).value if times else None

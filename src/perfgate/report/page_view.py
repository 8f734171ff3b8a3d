"""What the page's templates fill in: prose and formatted figures, nothing to decide."""

from __future__ import annotations

from dataclasses import dataclass

from perfgate.records.judgement import Judgement, Row, ScenarioJudgement
from perfgate.records.measurement import TOTAL, EndpointStatistics, Percentile
from perfgate.report import numbers
from perfgate.report.figures import limit_of, shown_statistics, table_scale
from perfgate.report.numbers import Scale
from perfgate.report.page_data import curve_rows
from perfgate.report.prose import Code, Prose, lines, one_line, prose
from perfgate.report.tables import file_names
from perfgate.report.wording import lines as telling
from perfgate.report.wording import settings
from perfgate.report.wording.criteria import Criterion, Part, criteria, tested
from perfgate.report.wording.headline import headline
from perfgate.report.wording.notes import say_note
from perfgate.report.wording.reasons import say
from perfgate.report.wording.words import SIGNS, VERDICTS, metric_word, row_sign, row_word

EVIDENCE = 20_000  # characters
FAILURES = 10  # messages of an endpoint


@dataclass(frozen=True)
class Cell:
    text: str | Prose
    sort: float | str = ""
    title: str = ""
    number: bool = True
    mark: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class EndpointView:
    cells: tuple[Cell, ...]
    verdict: str
    total: bool
    failures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReasonView:
    verdict: str
    sentence: Prose
    remedy: Prose | None
    evidence: str


@dataclass(frozen=True)
class ScenarioView:
    name: str
    verdict: str
    word: str
    provenance: Prose
    baseline: str
    counts: Prose
    detectable: Prose | None
    reproduce: Prose
    reasons: tuple[ReasonView, ...]
    notes: tuple[Prose, ...]
    headers: tuple[tuple[str, bool], ...]
    endpoints: tuple[EndpointView, ...]
    curves: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    tested: tuple[Part, ...]
    how_sure: tuple[Prose, ...]
    settings: tuple[tuple[str, Prose], ...]
    over_time: str


@dataclass(frozen=True)
class PageView:
    title: str
    verdict: str
    headline: Prose
    judged: str
    scenarios: tuple[ScenarioView, ...]
    files: tuple[str, ...]


def page_view(judgement: Judgement) -> PageView:
    return PageView(
        title=f"{VERDICTS[judgement.verdict]} - PerfGate",
        verdict=judgement.verdict.value,
        headline=headline(judgement),
        judged=f"Judged {numbers.date(judgement.judged_at)} by PerfGate {one_line(judgement.perfgate, 40)}",
        scenarios=tuple(_scenario(scenario, judgement) for scenario in judgement.scenarios),
        files=_files(judgement),
    )


def _files(judgement: Judgement) -> tuple[str, ...]:
    """Names beside the page, as a run leaves them; the raw requests lie in the scenario's own folder."""
    names = [scenario.scenario.name for scenario in judgement.scenarios]
    own = [f"{name}_{kind}.csv" for name in file_names(names) for kind in ("stats", "stats_history", "failures")]
    raw = [f"{name}/{file}" for name in names for file in ("measurement.json", "baselines.json")]
    return ("judgement.json", "comment.md", "junit.xml", *own, *raw)


def _scenario(scenario: ScenarioJudgement, judgement: Judgement) -> ScenarioView:
    scale = table_scale(scenario.rows)
    return ScenarioView(
        name=one_line(scenario.scenario.name, 100),
        verdict=scenario.verdict.value,
        word=VERDICTS[scenario.verdict],
        provenance=telling.provenance(scenario, judgement),
        baseline="the base beside it" if scenario.provenance.side_by_side else "the newest comparable run",
        counts=telling.counts(scenario),
        detectable=telling.detectable(scenario),
        reproduce=telling.reproduce(scenario),
        reasons=tuple(_reasons(scenario)),
        notes=tuple(say_note(note) for note in scenario.notes),
        headers=_headers(scale),
        endpoints=tuple(_endpoint(row, scenario, scale) for row in scenario.rows),
        curves=tuple(
            "all endpoints together" if row.label == TOTAL else one_line(row.label) for row in curve_rows(scenario)
        ),
        criteria=tuple(criteria(scenario)),
        tested=tuple(tested(scenario)),
        how_sure=tuple(settings.how_sure(scenario, judgement)),
        settings=tuple(settings.in_force(scenario, judgement)),
        over_time=_over_time(scenario),
    )


def _reasons(scenario: ScenarioJudgement) -> list[ReasonView]:
    """In order; the remedy once for each code, at its last."""
    last = {reason.code: index for index, reason in enumerate(scenario.reasons)}
    told = []
    for index, reason in enumerate(scenario.reasons):
        said = say(reason)
        remedy = said.remedy if last[reason.code] == index else None
        told.append(ReasonView(reason.verdict.value, said.sentence, remedy, lines(reason.evidence, EVIDENCE)))
    return told


def _over_time(scenario: ScenarioJudgement) -> str:
    """The chart in words, for who cannot see it."""
    known = [each for each in scenario.timeline.p95 if each is not None]
    if not known:
        return "No request succeeded."
    failures = numbers.counted(sum(scenario.timeline.failures), "failure")
    return (
        f"p95 between {numbers.duration(min(known))} and {numbers.duration(max(known))} over "
        f"{numbers.span(len(scenario.timeline.requests) * scenario.timeline.step)}, warm-up included; {failures}."
    )


def _headers(scale: Scale) -> tuple[tuple[str, bool], ...]:
    """Names, and whether the column holds numbers."""
    times = [f"{name} ({scale.unit})" for name in ("p50", "p95", "p99", "mean", "max")]
    text, numeric = ("endpoint", "verdict", "changes"), ("limit used", "requests", "errors", *times, "req/s")
    return (*((name, False) for name in text), *((name, True) for name in numeric))


def _endpoint(row: Row, scenario: ScenarioJudgement, scale: Scale) -> EndpointView:
    statistics = shown_statistics(row)
    name = prose("all together") if row.label == TOTAL else prose("{}", Code(row.label))
    return EndpointView(
        cells=(
            Cell(name, sort=one_line(row.label), number=False),
            Cell(row_word(row, scenario), sort=float(row.verdict.rank), number=False, mark=_mark(row)),
            _changes(row),
            _limit(row, scenario),
            *_statistics(statistics, scale),
        ),
        verdict=row.verdict.value,
        total=row.label == TOTAL,
        failures=_failures(statistics),
    )


def _mark(row: Row) -> str:
    return row.verdict.value if row_sign(row) == SIGNS[row.verdict] else "none"


def _statistics(statistics: EndpointStatistics | None, scale: Scale) -> list[Cell]:
    if statistics is None:
        return [Cell(numbers.UNKNOWN, -1.0) for _ in range(8)]
    times = statistics.response_times
    exact = [times.p50, times.p95, times.p99] if times else [None] * 3
    others = [times.mean, times.max] if times else [None] * 2
    return [
        Cell(numbers.count(statistics.requests), float(statistics.requests)),
        Cell(numbers.share(statistics.error_ratio), statistics.error_ratio or 0.0),
        *(_percentile(each, scale) for each in exact),
        *(Cell(scale.number(each), -1.0 if each is None else each) for each in others),
        Cell(numbers.rate(statistics.request_rate).removesuffix("/s"), statistics.request_rate),
    ]


def _percentile(percentile: Percentile | None, scale: Scale) -> Cell:
    if percentile is None:
        return Cell(numbers.UNKNOWN, -1.0)
    ends = f"{scale.text(percentile.low)} to {scale.text(percentile.high)}"
    title = f"{numbers.share(percentile.confidence)} interval from this run alone: {ends}"
    return Cell(scale.number(percentile.value), percentile.value, title)


def _changes(row: Row) -> Cell:
    """Every judged change of the row, each with its interval; sorted by the largest worsening."""
    judged = [change for change in row.changes if change.tolerance is not None]
    told = [
        f"{metric_word(change.metric)} {numbers.moved(change.metric, change.change, absolute=change.absolute)} "
        f"({numbers.bounds(change.metric, change.bound_better, change.bound_worse, absolute=change.absolute)})"
        for change in judged
    ]
    largest = max((abs(change.change) for change in judged), default=-1.0)
    return Cell(numbers.UNKNOWN if not told else "", largest, number=False, lines=tuple(told))


def _limit(row: Row, scenario: ScenarioJudgement) -> Cell:
    checked = limit_of(row, scenario)
    if checked is None:
        return Cell(numbers.UNKNOWN, -1.0)
    return Cell(prose("{} {}", Code(checked.budget.text, 80), numbers.used(checked.used)), checked.used or 0.0)


def _failures(statistics: EndpointStatistics | None) -> tuple[tuple[str, str], ...]:
    found = statistics.failure_messages[:FAILURES] if statistics else ()
    return tuple((numbers.count(each.count), one_line(each.message, 500)) for each in found)

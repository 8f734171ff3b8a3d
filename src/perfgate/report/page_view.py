"""What the page's templates fill in: prose and formatted figures, nothing to decide."""

from __future__ import annotations

from dataclasses import dataclass

from perfgate.records.judgement import Judgement, ScenarioJudgement
from perfgate.report import numbers
from perfgate.report.page_data import curve_rows
from perfgate.report.page_endpoints import Table, endpoint_table
from perfgate.report.page_names import endpoint_name, series_name
from perfgate.report.page_panels import Panel, telemetry_panels
from perfgate.report.page_telemetry import TelemetryView, telemetry_view
from perfgate.report.page_trend import TrendView, trend_view
from perfgate.report.prose import Prose, lines, one_line
from perfgate.report.tables import file_names
from perfgate.report.wording import lines as telling
from perfgate.report.wording import page, settings
from perfgate.report.wording.criteria import AcceptanceRow, acceptance_rows
from perfgate.report.wording.evidence import how_pairs_are_read, pairs_in_words, what_pairs_show
from perfgate.report.wording.headline import headline
from perfgate.report.wording.inside import WHERE, where_lines
from perfgate.report.wording.notes import say_note
from perfgate.report.wording.reasons import tell
from perfgate.report.wording.tested import Part, tested
from perfgate.report.wording.words import VERDICTS

EVIDENCE = 20_000  # characters


@dataclass(frozen=True)
class ReasonView:
    verdict: str
    sentence: Prose
    remedy: Prose | None
    evidence: str


@dataclass(frozen=True)
class PairsView:
    rules: Prose
    caption: Prose
    bounded: bool  # whether there is anything that the head was held against
    names: tuple[str, ...]
    words: tuple[Prose, ...]


@dataclass(frozen=True)
class ClockView:
    """Charts that zoom together. `folded`: those that are drawn when somebody opens them."""

    words: str
    panels: tuple[str, ...]
    folded: tuple[Panel, ...] = ()


@dataclass(frozen=True)
class ScenarioView:
    name: str
    verdict: str
    word: str
    provenance: Prose
    baseline: str
    counts: Prose
    pair_by_pair: Prose | None
    detectable: Prose | None
    reproduce: Prose
    reasons: tuple[ReasonView, ...]
    notes: tuple[Prose, ...]
    where_to_look: tuple[Prose, ...]
    table: Table
    clocks: tuple[ClockView, ...]
    pairs: PairsView | None
    telemetry: TelemetryView | None
    curves: tuple[str, ...]
    criteria: tuple[AcceptanceRow, ...]
    tested: tuple[Part, ...]
    how_sure: tuple[Prose, ...]
    settings: tuple[tuple[str, Prose], ...]
    over_time: str
    history_file: str
    trend: TrendView | None


@dataclass(frozen=True)
class PageView:
    title: str
    where: Prose
    verdict: str
    headline: Prose
    judged: str
    scenarios: tuple[ScenarioView, ...]
    files: tuple[str, ...]


def page_view(judgement: Judgement) -> PageView:
    files = file_names(each.scenario.name for each in judgement.scenarios)
    return PageView(
        where=WHERE,
        title=f"{VERDICTS[judgement.verdict]} - PerfGate",
        verdict=judgement.verdict.value,
        headline=headline(judgement),
        judged=f"Judged {numbers.date(judgement.judged_at)} by PerfGate {one_line(judgement.perfgate, 40)}",
        scenarios=tuple(
            _scenario(scenario, judgement, file) for scenario, file in zip(judgement.scenarios, files, strict=True)
        ),
        files=_files(judgement),
    )


def _files(judgement: Judgement) -> tuple[str, ...]:
    """Names beside the page, as a run leaves them; the raw requests lie in the scenario's own folder."""
    names = file_names(scenario.scenario.name for scenario in judgement.scenarios)
    own = [f"{name}_{kind}.csv" for name in names for kind in ("stats", "stats_history", "failures")]
    raw = [file for scenario in judgement.scenarios for file in _raw(scenario)]
    return ("judgement.json", "comment.md", "junit.xml", *own, *raw)


def _raw(scenario: ScenarioJudgement) -> tuple[str, ...]:
    """The last is the folder itself, with the recordings of every request and the logs of the stack."""
    beside = scenario.provenance.side_by_side
    folder = f"{scenario.scenario.name}/beside" if beside else scenario.scenario.name
    own = ["measurement.json", "locust.html"] if beside else ["measurement.json", "baselines.json", "locust.html"]
    if scenario.telemetry and not (beside and beside.swapped):  # which has one in the folder of each start
        own.append("telemetry.json")
    return tuple(f"{folder}/{file}" for file in (*own, ""))


def _scenario(scenario: ScenarioJudgement, judgement: Judgement, file: str) -> ScenarioView:
    return ScenarioView(
        name=one_line(scenario.scenario.name, 100),
        verdict=scenario.verdict.value,
        word=VERDICTS[scenario.verdict],
        provenance=telling.provenance(scenario, judgement),
        baseline=page.curves_of_baseline(scenario),
        counts=telling.counts(scenario),
        pair_by_pair=telling.pair_by_pair(scenario),
        detectable=telling.detectable(scenario),
        reproduce=telling.reproduce(scenario),
        reasons=tuple(_reasons(scenario)),
        notes=tuple(say_note(note) for note in scenario.notes),
        where_to_look=tuple(where_lines(scenario)),
        table=endpoint_table(scenario),
        clocks=_clocks(scenario),
        telemetry=telemetry_view(scenario),
        pairs=_pairs(scenario),
        curves=tuple(endpoint_name(row.label) for row in curve_rows(scenario)),
        criteria=tuple(acceptance_rows(scenario)),
        tested=tuple(tested(scenario)),
        how_sure=tuple(settings.how_sure(scenario, judgement)),
        settings=tuple(settings.in_force(scenario, judgement)),
        over_time=page.over_time(scenario),
        history_file=f"{file}_stats_history.csv",
        trend=trend_view(scenario),
    )


def _clocks(scenario: ScenarioJudgement) -> tuple[ClockView, ...]:
    """The groups of `page_data.clocks`, with their headings."""
    seen, folded = telemetry_panels(scenario)
    load, inside = ("Response time", "Load"), tuple(each.title for each in seen)
    if not scenario.provenance.in_turns:
        return (ClockView(page.ONE_CLOCK, (*load, *inside), tuple(folded)),)
    turns = ClockView(page.TURNS, load)
    if not (inside or folded):
        return (turns,)
    return turns, ClockView(page.inside_all_the_time(scenario), inside, tuple(folded))


def _pairs(scenario: ScenarioJudgement) -> PairsView | None:
    rules = how_pairs_are_read(scenario)
    if rules is None or not scenario.pairs:
        return None
    return PairsView(
        rules=rules,
        caption=what_pairs_show(scenario),
        bounded=any(start.bound_worse is not None for each in scenario.pairs for start in each.starts),
        names=tuple(series_name(each.endpoint, each.metric) for each in scenario.pairs),
        words=tuple(pairs_in_words(each) for each in scenario.pairs),
    )


def _reasons(scenario: ScenarioJudgement) -> list[ReasonView]:
    return [
        ReasonView(each.reason.verdict.value, each.sentence, each.remedy, lines(each.reason.evidence, EVIDENCE))
        for each in tell(scenario.reasons)
    ]

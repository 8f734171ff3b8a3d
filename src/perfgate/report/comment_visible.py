"""The part of a comment that is read without a click."""

from __future__ import annotations

from collections.abc import Sequence

from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Change, Judgement, Kind, Row, ScenarioJudgement
from perfgate.records.metric import Metric
from perfgate.records.verdict import NoteCode, Reason
from perfgate.report import markdown, numbers
from perfgate.report.figures import limit_of, notable_rows, percentiles, shown_statistics, table_scale
from perfgate.report.numbers import Scale
from perfgate.report.prose import Code, prose
from perfgate.report.wording import lines
from perfgate.report.wording.notes import say_note
from perfgate.report.wording.reasons import tell
from perfgate.report.wording.words import SIGNS, metric_word, notable, row_sign, row_word

# Notes that bear on how far the verdict can be trusted; the others wait in a fold.
VISIBLE_NOTES = (
    NoteCode.BASE_IS_HEAD,
    NoteCode.SAME_ANSWERS,
    NoteCode.THIN_SLOWER,
    NoteCode.ACCEPTANCE_REFUSED,
    NoteCode.WAIVER_EXPIRED,
    NoteCode.LOOSE_BUDGET,
    NoteCode.CREEP,
)
NOTES_SHOWN = 2
INFORMATION = "\N{INFORMATION SOURCE}\N{VARIATION SELECTOR-16}"


def visible(scenario: ScenarioJudgement, judgement: Judgement, *, table_rows: int, reasons: int) -> list[str]:
    told = [
        markdown.inline(lines.provenance(scenario, judgement)) + "  ",
        f"**{markdown.inline(lines.counts(scenario))}**",
        "",
    ]
    told += rows_table(notable_rows(scenario), scenario, most=table_rows)
    doubts = [*reason_list(scenario.reasons, most=reasons), *_notes(scenario)]
    told += ["", *doubts] if doubts else []
    closing = [
        lines.pair_by_pair(scenario) if table_rows else None,
        lines.detectable(scenario),
        lines.reproduce(scenario),
    ]
    return [*told, "", "  \n".join(markdown.inline(each) for each in closing if each is not None), ""]


def rows_table(rows: Sequence[Row], scenario: ScenarioJudgement, *, most: int) -> list[str]:
    """The table of endpoints; the total stands first."""
    scale = table_scale(rows)
    # What decides stands to the left: a phone shows two or three columns, the others by a swipe.
    headers = ["endpoint", "verdict", "change (interval)", "limit used"]
    headers += [f">{name} ({scale.unit})" for name in ("p50", "p95", "p99")]
    headers += [">req/s", ">requests", ">errors"]
    told = markdown.table(headers, [_row(row, scenario, scale) for row in rows[:most]]) if most else []
    return told + (_more(len(rows) - most, "row") if most else [])


def _more(left_out: int, one: str) -> list[str]:
    return ["", f"… and {numbers.counted(left_out, f'more {one}')}."] if left_out > 0 else []


def _row(row: Row, scenario: ScenarioJudgement, scale: Scale) -> list[str]:
    statistics = shown_statistics(row)
    label = "**all together**" if row.label == TOTAL else markdown.cell(prose("{}", Code(row.label)))
    return [
        label,
        f"{row_sign(row)} {row_word(row, scenario)}",
        change_text(notable(row.changes)),
        _limit(row, scenario),
        *_times(row, scale),
        numbers.rate(statistics.request_rate if statistics else None).removesuffix("/s"),
        numbers.count(statistics.requests if statistics else None),
        numbers.share(statistics.error_ratio if statistics else None),
    ]


def _times(row: Row, scale: Scale) -> list[str]:
    """p50, p95, p99; where one moved, from what to what, as the comparison has it."""
    now = percentiles(shown_statistics(row))
    moved = {change.metric: change for change in row.changes if change.kind in {Kind.REGRESSED, Kind.IMPROVED}}
    return [
        f"{scale.number(change.baseline)} → **{scale.number(change.candidate)}**"
        if (change := moved.get(metric))
        else scale.number(value)
        for metric, value in ((Metric.P50, now.p50), (Metric.P95, now.p95), (Metric.P99, now.p99))
    ]


def change_text(change: Change | None) -> str:
    """`p95 +12.3 % (+8 … +17 %)`, which a narrow column breaks before the bracket only."""
    if change is None:
        return numbers.UNKNOWN
    moved = numbers.moved(change.metric, change.change, absolute=change.absolute)
    ends = numbers.bounds(change.metric, change.bound_better, change.bound_worse, absolute=change.absolute)
    parts = (f"{metric_word(change.metric)} {moved}", f"({ends})")
    return " ".join(part.replace(" ", numbers.FIXED_SPACE) for part in parts)


def _limit(row: Row, scenario: ScenarioJudgement) -> str:
    checked = limit_of(row, scenario)
    if checked is None:
        return numbers.UNKNOWN
    used = numbers.used(checked.used)
    return markdown.cell(
        prose("{} {}", Code(checked.budget.text, 60), f"**{used}**" if checked.status == "broken" else used)
    )


def reason_list(reasons: Sequence[Reason], *, most: int) -> list[str]:
    """One line a reason, the remedy behind it."""
    told = []
    for each in tell(reasons[:most]):
        line = f"- {SIGNS[each.reason.verdict]} {markdown.inline(each.sentence)}"
        told.append(line if each.remedy is None else f"{line} *{markdown.inline(each.remedy)}*")
    return told + _more(len(reasons) - most, "reason")


def _notes(scenario: ScenarioJudgement) -> list[str]:
    bearing = [note for code in VISIBLE_NOTES for note in scenario.notes if note.code is code]
    return [f"- {INFORMATION} {markdown.inline(say_note(note))}" for note in bearing[:NOTES_SHOWN]]

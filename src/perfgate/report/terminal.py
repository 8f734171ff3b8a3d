"""The verdict for a terminal: plain text, without a single escape code; `console` adds the colour."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Judgement, Row, ScenarioJudgement
from perfgate.report import numbers
from perfgate.report.figures import notable_rows, percentiles, shown_statistics, table_scale
from perfgate.report.numbers import Scale
from perfgate.report.prose import one_line, plain
from perfgate.report.wording import lines
from perfgate.report.wording.acceptance import rules_lines
from perfgate.report.wording.headline import headline
from perfgate.report.wording.inside import inside_lines
from perfgate.report.wording.notes import say_note
from perfgate.report.wording.reasons import tell
from perfgate.report.wording.tested import accepted_and_tested
from perfgate.report.wording.words import SIGNS, VERDICTS, metric_word, notable, row_word

ROWS_SHOWN = 15
REASONS_SHOWN = 10
EVIDENCE_SHOWN = 8  # lines of foreign text, such as the end of a log
NARROWEST_NAME = 12
GAP = "  "
NUMBERS = range(1, 6)  # columns set to the right: requests, errors, p50, p95, req/s
DROPPED_FIRST = (3, 5, 2, 1)  # of the same columns, where the terminal is narrow


def final_table(judgement: Judgement, width: int = 80) -> str:
    """Verdict, table and reasons with remedies; no line is wider than `width` columns (at least 60)."""
    width = max(60, width)
    told = _wrapped(f"{SIGNS[judgement.verdict]} {plain(headline(judgement))}", width)
    for line in rules_lines(judgement):
        told += _wrapped(plain(line), width)
    for scenario in judgement.scenarios:
        told += ["", *_scenario(scenario, judgement, width)]
    return "\n".join(told)


def _scenario(scenario: ScenarioJudgement, judgement: Judgement, width: int) -> list[str]:
    told = _wrapped(f"{one_line(scenario.scenario.name, 40)}: {VERDICTS[scenario.verdict].lower()}", width)
    told += _wrapped(plain(lines.provenance(scenario, judgement)), width, indent="  ")
    told += _wrapped(plain(lines.counts(scenario)), width, indent="  ")
    told += _wrapped(accepted_and_tested(scenario), width, indent="  ")
    shown = notable_rows(scenario)
    told += ["", *_table(shown[:ROWS_SHOWN], scenario, width), *_more(len(shown) - ROWS_SHOWN, "row")]
    if scenario.reasons or scenario.notes:
        told.append("")
    for each in tell(scenario.reasons[:REASONS_SHOWN]):
        reason = each.reason
        told += _wrapped(f"{reason.verdict.value}: {plain(each.sentence)}", width, first="- ", indent="  ")
        told += [] if each.remedy is None else _wrapped(plain(each.remedy), width, first="  > ", indent="    ")
        told += [_cut(f"  | {one_line(line, width)}", width) for line in reason.evidence.splitlines()[-EVIDENCE_SHOWN:]]
    told += _more(len(scenario.reasons) - REASONS_SHOWN, "reason")
    for line in inside_lines(scenario):
        told += _wrapped(plain(line), width, first="- ", indent="  ")
    for note in scenario.notes[:REASONS_SHOWN]:
        told += _wrapped(f"note: {plain(say_note(note))}", width, first="- ", indent="  ")
    return told


def _more(left_out: int, one: str) -> list[str]:
    return [f"  … and {numbers.counted(left_out, f'more {one}')}"] if left_out > 0 else []


def _table(rows: Sequence[Row], scenario: ScenarioJudgement, width: int) -> list[str]:
    scale = table_scale(rows)
    headers = ["endpoint", "requests", "errors", f"p50 {scale.unit}", f"p95 {scale.unit}", "req/s", "change", "verdict"]
    cells = [headers, *(_cells(row, scenario, scale) for row in rows)]
    columns = list(zip(*cells, strict=True))
    widths = [max(map(columns_of, column)) for column in columns]
    kept = _fitting(widths, width)
    widths[0] = min(widths[0], max(NARROWEST_NAME, width - _taken(widths, kept[1:])))
    return [_row([(row[at], widths[at], at in NUMBERS) for at in kept]) for row in cells]


def _fitting(widths: Sequence[int], width: int) -> list[int]:
    """The columns that leave room for a name; the ones that say least go first."""
    kept = list(range(len(widths)))
    for droppable in DROPPED_FIRST:
        if NARROWEST_NAME + _taken(widths, kept[1:]) > width:
            kept.remove(droppable)
    return kept


def _taken(widths: Sequence[int], columns: Sequence[int]) -> int:
    return sum(widths[at] + len(GAP) for at in columns)


def _row(cells: Sequence[tuple[str, int, bool]]) -> str:
    """Text, width and whether it is a number; numbers stand to the right."""
    padded = []
    for text, wide, is_number in cells:
        shown = _cut(text, wide)
        padding = " " * (wide - columns_of(shown))
        padded.append(padding + shown if is_number else shown + padding)
    return GAP.join(padded).rstrip()


def _cells(row: Row, scenario: ScenarioJudgement, scale: Scale) -> list[str]:
    statistics = shown_statistics(row)
    times = percentiles(statistics)
    change = notable(row.changes)
    moved = numbers.UNKNOWN
    if change is not None:
        amount = numbers.moved(change.metric, change.change, absolute=change.absolute)
        moved = f"{metric_word(change.metric).split()[0]} {amount}"
    return [
        "all together" if row.label == TOTAL else one_line(row.label),
        numbers.count(statistics.requests if statistics else None),
        numbers.share(statistics.error_ratio if statistics else None),
        scale.number(times.p50),
        scale.number(times.p95),
        numbers.rate(statistics.request_rate if statistics else None).removesuffix("/s"),
        moved,
        row_word(row, scenario),
    ]


def columns_of(text: str) -> int:
    """How many columns a terminal gives it: wide East Asian letters and emoji take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _cut(text: str, columns: int) -> str:
    """The end of a name tells endpoints apart better than its middle, so the middle goes."""
    if columns_of(text) <= columns:
        return text
    head, tail = text[: columns // 3], text[columns // 3 :]
    while columns_of(head) + columns_of(tail) + 1 > columns:
        tail = tail[1:]
    return f"{head}…{tail}"


def _wrapped(text: str, width: int, *, first: str = "", indent: str = "") -> list[str]:
    """`textwrap` counts letters, and wide ones take two columns; so lines are filled here by columns."""
    lines = [first or indent]
    empty = True
    for word in text.split():
        if not empty and columns_of(lines[-1]) + 1 + columns_of(word) > width:
            lines.append(indent)
            empty = True
        lines[-1] += word if empty else f" {word}"
        empty = False
        while columns_of(lines[-1]) > width:
            kept = _fit(lines[-1], width)
            lines[-1:] = [lines[-1][:kept], indent + lines[-1][kept:]]
    return lines


def _fit(text: str, width: int) -> int:
    """How many of the first letters fit."""
    return next(count for count in range(len(text), 0, -1) if columns_of(text[:count]) <= width)

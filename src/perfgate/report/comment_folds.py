"""The part of a comment that waits for a click."""

from __future__ import annotations

import json
import math
from typing import Final

from perfgate.judge.values import value_of
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Judgement, ScenarioJudgement
from perfgate.records.metric import METRICS, Metric, Unit
from perfgate.records.verdict import ReasonCode
from perfgate.report import markdown, numbers
from perfgate.report.comment_visible import INFORMATION, reason_list, rows_table
from perfgate.report.prose import Code, prose
from perfgate.report.sparkline import sparkline
from perfgate.report.wording import inside, settings
from perfgate.report.wording.acceptance import for_this_change
from perfgate.report.wording.criteria import acceptance_rows
from perfgate.report.wording.notes import say_note
from perfgate.report.wording.tested import tested, tested_counts
from perfgate.report.wording.words import metric_word

TREND: Final = (Metric.P50, Metric.P95, Metric.THROUGHPUT)
FLOOR: Final = 0.7  # of the highest value is drawn as the lowest letter, or noise would look like mountains
STATE_SIGNS: Final = {"tested": "✅", "partly": "◐", "not tested": "❌"}


def folds(
    scenario: ScenarioJudgement, judgement: Judgement, *, rows: int, evidence: int, reasons_shown: int
) -> list[str]:
    return [
        *_all_endpoints(scenario, rows),
        *_criteria(scenario, rows),
        *_more_reasons(scenario, rows, reasons_shown),
        *_where_to_look(scenario),
        *_inside(scenario, rows),
        *_evidence(scenario, evidence),
        *_accepting(scenario, judgement),
        *_coverage(scenario, rows),
        *_trend(scenario),
        *_how_sure(scenario, judgement),
        *_settings(scenario, judgement),
    ]


def _all_endpoints(scenario: ScenarioJudgement, rows: int) -> list[str]:
    trend = sparkline(scenario.timeline.p95)
    over_time = ["", f"p95 from start to end of the load: {trend}"] if trend else []
    return markdown.fold("All endpoints", [*rows_table(scenario.rows, scenario, most=rows), *over_time])


def _criteria(scenario: ScenarioJudgement, rows: int) -> list[str]:
    asked = acceptance_rows(scenario)
    if not asked:
        return []
    cells = [
        [
            markdown.cell(each.criterion),
            markdown.cell(each.target),
            markdown.cell(each.value),
            f"{each.sign} {each.word}",
            markdown.cell(each.evidence),
        ]
        for each in asked[:rows]
    ]
    met = sum(each.met for each in asked)
    body = markdown.table(["criterion", "target", "value", "status", "evidence"], cells)
    if len(asked) > rows:
        body += ["", f"… and {numbers.counted(len(asked) - rows, 'more criterion', 'more criteria')}."]
    return markdown.fold(f"Acceptance: {met} of {len(asked)} criteria met", body)


def _more_reasons(scenario: ScenarioJudgement, rows: int, shown: int) -> list[str]:
    rest = scenario.reasons[shown:]
    return markdown.fold(numbers.counted(len(rest), "more reason"), reason_list(rest, most=rows)) if rest else []


def _where_to_look(scenario: ScenarioJudgement) -> list[str]:
    found = inside.where_lines(scenario)
    if not found:
        return []
    body = [markdown.inline(inside.WHERE), "", *(f"{at}. {markdown.inline(each)}" for at, each in enumerate(found, 1))]
    return markdown.fold(f"Where to look: {numbers.counted(len(found), 'series', 'series')} moved with it", body)


def _inside(scenario: ScenarioJudgement, rows: int) -> list[str]:
    telemetry = scenario.telemetry
    if telemetry is None or not telemetry.series:
        return []
    told = [*inside.queue_lines(telemetry), *inside.pool_lines(telemetry)]
    headers = ["service", ">cores, mean", ">most", ">memory, most", ">growth a minute", ">throttled"]
    containers = [[markdown.cell(prose("{}", name)), *cells] for name, cells in inside.container_cells(telemetry)]
    body = [f"- {markdown.inline(each)}" for each in told[:rows]]
    body += ["", *markdown.table(headers, containers[:rows])] if containers and rows else []
    body += ["", markdown.inline(inside.cost_line(telemetry))]
    return markdown.fold("Resources and queues", body)


def _evidence(scenario: ScenarioJudgement, limit: int) -> list[str]:
    body: list[str] = []
    for reason in scenario.reasons:
        if reason.evidence and limit:
            body += [*markdown.fenced(reason.evidence, limit), ""]
    return markdown.fold("Last lines of the log", body) if body else []


def _accepting(scenario: ScenarioJudgement, judgement: Judgement) -> list[str]:
    """A waiver to copy: the one edit that accepts what was found, for as long as somebody signs for it."""
    regressed = [reason for reason in scenario.reasons if reason.code is ReasonCode.REGRESSION]
    worst = next((reason for reason in regressed if reason.metric and reason.facts.get("change") is not None), None)
    if worst is None or worst.metric is None:
        return []
    change = abs(float(worst.facts["change"] or 0))
    # Five points more than was seen, on a round number, since the next run will not give the same figure.
    up_to = math.ceil(change * 20 + 1) * 5
    if METRICS[worst.metric].unit is Unit.RATIO:
        up_to = math.ceil(change * 100)
    snippet = ["waivers:", f"  - metric: {worst.metric}"]
    if worst.endpoint and worst.endpoint != "total":
        snippet.append(f"    endpoint: {json.dumps(worst.endpoint[:400])}")
    ends = judgement.judged_at.date().replace(day=1)
    snippet += [
        f"    up_to: {up_to}%",
        "    reason: why this cost is worth it",
        f"    expires: {_in_three_months(ends.year, ends.month)}",
    ]
    body = [markdown.inline(prose("In {}, in a commit that a reviewer sees:", Code("perfgate.yml"))), ""]
    body += markdown.fenced("\n".join(snippet), 2000)
    if judgement.rules is not None:
        body += ["", markdown.inline(for_this_change(worst.metric, worst.endpoint, up_to))]
    return markdown.fold("How to accept this cost", body)


def _in_three_months(year: int, month: int) -> str:
    later = year * 12 + month - 1 + 3
    return f"{later // 12}-{later % 12 + 1:02}-01"


def _coverage(scenario: ScenarioJudgement, rows: int) -> list[str]:
    parts = tested(scenario)
    body = [f"- {STATE_SIGNS[each.state]} {each.state}: {markdown.inline(each.what)}" for each in parts[:rows]]
    body += [f"- … and {numbers.count(len(parts) - rows)} more"] if len(parts) > rows else []
    return markdown.fold(f"Tested and not tested: {tested_counts(scenario)}", body)


def _trend(scenario: ScenarioJudgement) -> list[str]:
    """A picture in letters: it needs no host, and an e-mail shows it too."""
    drawn = [_drawn(metric, scenario) for metric in TREND]
    cells = [each for each in drawn if each is not None]
    if not cells:
        return []
    headers = ["all endpoints together", "the oldest first, this run last", ">lowest", ">highest", ">this run"]
    title = f"Trend of {numbers.counted(len(scenario.trend), 'stored run')} and this one"
    return markdown.fold(title, markdown.table(headers, cells))


def _drawn(metric: Metric, scenario: ScenarioJudgement) -> list[str] | None:
    total = next((row.candidate for row in scenario.rows if row.label == TOTAL), None)
    now = value_of(total, metric) if total else None
    values = [*(run.figures.get(metric) for run in scenario.trend), now]
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return None
    picture = sparkline(values, floor=min(*known, FLOOR * max(known)))
    return [metric_word(metric), picture, *(numbers.value(metric, each) for each in (min(known), max(known), now))]


def _how_sure(scenario: ScenarioJudgement, judgement: Judgement) -> list[str]:
    body = [f"- {markdown.inline(each)}" for each in settings.how_sure(scenario, judgement)]
    return markdown.fold(
        "How sure is this",
        body + [f"- {INFORMATION} {markdown.inline(say_note(note))}" for note in scenario.notes[:30]],
    )


def _settings(scenario: ScenarioJudgement, judgement: Judgement) -> list[str]:
    cells = [[name, markdown.cell(value)] for name, value in settings.in_force(scenario, judgement)]
    return markdown.fold("Settings in force", markdown.table(["what", "value"], cells))

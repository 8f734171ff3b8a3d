"""The pull request's comment: verdict and evidence in one look, everything else folded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from perfgate.records.judgement import Judgement, ScenarioJudgement
from perfgate.records.verdict import Verdict
from perfgate.report import markdown
from perfgate.report.comment_folds import folds
from perfgate.report.comment_visible import visible
from perfgate.report.prose import Code, prose
from perfgate.report.wording.acceptance import rules_lines
from perfgate.report.wording.headline import headline, headline_of
from perfgate.report.wording.words import SIGNS

WARNING: Final = "\N{WARNING SIGN}\N{VARIATION SELECTOR-16}"
GITHUB_LIMIT: Final = 65_536  # of a comment's body; counted here in bytes of UTF-8, which is never fewer


@dataclass(frozen=True)
class Detail:
    """How much is told. The comment takes the first of `DETAILS` that fits."""

    evidence: int  # characters of each log tail
    table_rows: int  # visible, of each scenario
    reasons: int  # visible, of each scenario
    fold_rows: int  # of each table in a fold
    folds: bool = True
    scenarios: int = 20


# What goes first: log tails, long tables in folds, the folds, visible rows and reasons, scenarios. The headline stays.
DETAILS: Final = (
    Detail(evidence=4000, table_rows=8, reasons=6, fold_rows=200),
    Detail(evidence=1000, table_rows=8, reasons=6, fold_rows=100),
    Detail(evidence=0, table_rows=8, reasons=6, fold_rows=40),
    Detail(evidence=0, table_rows=8, reasons=6, fold_rows=10),
    Detail(evidence=0, table_rows=8, reasons=6, fold_rows=0, folds=False),
    Detail(evidence=0, table_rows=3, reasons=3, fold_rows=0, folds=False),
    Detail(evidence=0, table_rows=1, reasons=1, fold_rows=0, folds=False, scenarios=5),
    Detail(evidence=0, table_rows=0, reasons=0, fold_rows=0, folds=False, scenarios=0),
)


def render_comment(judgement: Judgement, *, key: str = "perfgate", limit: int = GITHUB_LIMIT) -> str:
    """GitHub Markdown of at most `limit` bytes, with a hidden marker by which `key`'s comment is found again.

    A limit that not even marker and headline fit into is exceeded by them: the verdict is never left out.
    """
    texts = (_compose(judgement, key, detail) for detail in DETAILS)
    shortest = ""
    for text in texts:
        if len(text.encode()) <= limit:
            return text
        shortest = text
    return shortest


def marker(key: str) -> str:
    """The comment's first line. A key may hold what cannot end an HTML comment; the rest becomes `-`."""
    return f"<!-- perfgate:{re.sub(r'[^A-Za-z0-9._/]+', '-', key).strip('-')[:100] or 'perfgate'} -->"


def _compose(judgement: Judgement, key: str, detail: Detail) -> str:
    several = len(judgement.scenarios) > 1
    told = [marker(key), f"### {SIGNS[judgement.verdict]} {markdown.inline(headline(judgement))}", ""]
    if detail.scenarios:
        told += [f"{WARNING} {markdown.inline(each)}\n" for each in rules_lines(judgement)]
    for scenario in judgement.scenarios[: detail.scenarios]:
        told += _section(scenario, judgement, detail, heading=several)
    left_out = len(judgement.scenarios) - detail.scenarios
    if left_out > 0:
        told += [f"{left_out} of {len(judgement.scenarios)} scenarios are not shown here; see the run's report.", ""]
    elif detail != DETAILS[0]:
        told += ["Shortened to fit a comment; everything is in the run's report.", ""]
    return "\n".join(told).rstrip() + "\n"


def _section(scenario: ScenarioJudgement, judgement: Judgement, detail: Detail, *, heading: bool) -> list[str]:
    told: list[str] = []
    if heading:
        title = prose("{} {}: {}", SIGNS[scenario.verdict], Code(scenario.scenario.name, 60), headline_of(scenario))
        told += [f"#### {markdown.inline(title)}", ""]
    # Beside others, a scenario in which all is well takes two lines; its table is in a fold.
    brief = heading and scenario.verdict is Verdict.PASS
    told += visible(scenario, judgement, table_rows=0 if brief else detail.table_rows, reasons=detail.reasons)
    if detail.folds:
        told += folds(
            scenario, judgement, rows=detail.fold_rows, evidence=detail.evidence, reasons_shown=detail.reasons
        )
    return [*told, ""]

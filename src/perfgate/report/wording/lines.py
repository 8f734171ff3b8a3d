"""Whole lines about a scenario: what was compared with what, how many moved, what could have been seen."""

from __future__ import annotations

import re

from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Judgement, Kind, ScenarioJudgement
from perfgate.records.metric import PERCENTILES
from perfgate.records.provenance import ReferenceProvenance
from perfgate.report import numbers
from perfgate.report.figures import notable_rows, tally
from perfgate.report.prose import Code, Prose, joined, prose
from perfgate.report.wording.words import WARNED, metric_word

COMMIT = re.compile(r"[0-9a-f]{8,64}")
OUTCOMES = (
    "slower",
    "unclear",
    WARNED,
    "faster",
    "unchanged",
    "too thin to judge",
    "new",
    "vanished",
    "not compared",
    "not covered",
)


def provenance(scenario: ScenarioJudgement, judgement: Judgement) -> Prose:
    """Base against head, the load, the machine, the minutes."""
    stored, load, machine = scenario.provenance, scenario.scenario, scenario.fingerprint
    head = commit(scenario.subject.commit)
    if scenario.subject.dirty:
        head += prose(" with uncommitted changes")
    if stored.side_by_side is not None:
        compared = prose(
            "{} beside {} ({} of {}{})",
            commit(stored.side_by_side.base.commit),
            head,
            numbers.counted(sum(stored.side_by_side.pairs), "pair of blocks", "pairs of blocks"),
            numbers.span(stored.side_by_side.block),
            f", {len(stored.side_by_side.pairs)} starts" if len(stored.side_by_side.pairs) > 1 else "",
        )
    elif stored.runs:
        compared = prose(
            "{} (newest of {}, {} old) against {}",
            commit(stored.newest_commit),
            numbers.counted(stored.runs, "comparable run"),
            numbers.age(stored.newest_at, judgement.judged_at),
            head,
        )
    else:
        compared = prose("{}, no baseline", head)
    if stored.reference is not None:
        both = "both by their ratio to" if stored.runs else "measured beside"
        compared += prose(", {} {}", both, _reference(stored.reference))
    pieces = [
        compared,
        prose(
            "scenario {}: {}, {}",
            Code(load.name, 60),
            numbers.counted(load.users, "user"),
            numbers.span(scenario.load.planned),
        ),
        prose("{}, {}", Code(machine.cpu_model, 60), numbers.counted(machine.cores, "core")),
    ]
    if judgement.seconds is not None:
        pieces.append(prose("{} in all", numbers.span(judgement.seconds)))
    return joined(pieces, " · ")


def _reference(found: ReferenceProvenance) -> Prose:
    many = sum(found.pairs)
    pairs = f"; {numbers.counted(many, 'pair of blocks', 'pairs of blocks')} of {numbers.span(found.block)}"
    return prose("{} ({}{})", Code(found.name, 60), commit(found.commit), pairs if many else "")


def commit(name: str | None) -> Prose:
    """A commit's short name; bare where it is one, since GitHub links it then."""
    if name is None:
        return prose("an unknown commit")
    return prose("{}", name[:8]) if COMMIT.fullmatch(name) else prose("{}", Code(name, 12))


def counts(scenario: ScenarioJudgement) -> Prose:
    """`2 slower · 1 faster · 14 unchanged · 2 of 3 budgets hold`."""
    tallied = tally(scenario)
    pieces = [f"{numbers.count(tallied[outcome])} {outcome}" for outcome in OUTCOMES if tallied[outcome]]
    statuses: list[str] = [checked.status for checked in scenario.budgets]
    statuses += [checked.status for checked in scenario.telemetry_budgets]
    if statuses:
        pieces.append(f"{statuses.count('met')} of {numbers.counted(len(statuses), 'budget')} met")
    return prose("{}", " · ".join(pieces) or "no endpoint was measured")


def pair_by_pair(scenario: ScenarioJudgement) -> Prose | None:
    """Why a change is not the ratio of the times beside it. None: it is, or none is told."""
    found = scenario.provenance.side_by_side or scenario.provenance.reference
    moved = any(
        change.kind in {Kind.REGRESSED, Kind.IMPROVED} and change.metric in PERCENTILES
        for row in notable_rows(scenario)
        for change in row.changes
    )
    if found is None or not moved:
        return None
    if len(found.pairs) > 1:
        return prose(
            "A change is estimated pair by pair, over both loads; the times are those of the first load, so that their "
            "ratio may differ."
        )
    return prose(
        "A change is estimated pair by pair; the times are those of the whole load, so that their ratio may differ."
    )


def detectable(scenario: ScenarioJudgement) -> Prose | None:
    """What this run could have seen; None where nothing was compared."""
    total = next((row for row in scenario.rows if row.label == TOTAL), None)
    seen = [
        f"{numbers.share(change.smallest_detectable)} in {metric_word(change.metric)}"
        for change in (total.changes if total else ())
        if change.smallest_detectable is not None and change.tolerance is not None
    ]
    if not seen:
        return None
    return prose(
        "Over all endpoints together, a worsening of at least {} would have been seen (in 4 of 5 runs).",
        seen[0] if len(seen) == 1 else ", ".join(seen[:-1]) + " or " + seen[-1],
    )


def reproduce(scenario: ScenarioJudgement) -> Prose:
    command = f"perfgate run --scenario {quoted(scenario.scenario.name)}"
    beside = scenario.provenance.side_by_side
    if beside is not None:
        base = (
            f" --base {beside.base.commit[:12]}" if beside.base.commit and COMMIT.fullmatch(beside.base.commit) else ""
        )
        command += f" --compare paired{base}"
    return prose("Run it at home: {}", Code(command, 300))


def quoted(word: str) -> str:
    """A word for a shell, as POSIX quotes it."""
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word, re.ASCII) else "'" + word.replace("'", "'\"'\"'") + "'"

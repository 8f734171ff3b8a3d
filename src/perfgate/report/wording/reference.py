"""What is said of a pinned reference: how far the head has crept from it, and how runs are compared by it."""

from __future__ import annotations

from collections.abc import Iterator

from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.metric import METRICS, Metric, Unit
from perfgate.records.verdict import Note, Reason
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose
from perfgate.report.wording.beside import processor_lines
from perfgate.report.wording.facts import Facts
from perfgate.report.wording.lines import commit
from perfgate.report.wording.said import FILE, Said
from perfgate.report.wording.words import metric_word, subject

SETTING = Code("baseline.reference")


def creep(reason: Reason, facts: Facts) -> Said:
    endpoints = facts.whole("endpoints") or 0
    also = prose(", as {} by themselves", numbers.counted(endpoints, "endpoint")) if endpoints > 1 else prose("")
    return Said(
        prose(
            "Since {} {} has become {} ({}){}; up to {} is tolerated.",
            facts.code("reference", "the reference"),
            subject(reason.metric, reason.endpoint),
            _worse(reason.metric, facts),
            _between(facts),
            also,
            numbers.share(facts.number("tolerance")),
        ),
        prose(
            "No single change need have done it: {} shows when it came. Where it is accepted, move {} in {} to a "
            "newer release, and say why in that commit.",
            Code("perfgate baselines history"),
            SETTING,
            FILE,
        ),
    )


def note_creep(note: Note, facts: Facts) -> Prose:
    return prose(
        "Since {}: {} {} ({}).",
        facts.code("reference", "the reference"),
        subject(note.metric, note.endpoint),
        facts.moved(note.metric),
        _between(facts),
    )


def note_other_reference(facts: Facts) -> Prose:
    runs = facts.whole("runs") or 0
    return prose(
        "{} beside another commit than {} is now, or beside none, and {} not compared.",
        numbers.counted(runs, "stored run was measured", "stored runs were measured"),
        facts.code("reference", "the reference"),
        "is" if runs == 1 else "are",
    )


def note_level(note: Note, facts: Facts) -> Prose:
    """`Compared only with the 9 runs since 2026-01-13 (abc12345): the level of p50 changed by +20 % there.`"""
    reference = facts.clause(", relative to {},", "reference")
    return prose(
        "Compared only with {} since {} ({}): the level of {}{} changed by {} there.",
        _the_runs(facts.whole("runs") or 0),
        facts.text("since") or "then",
        commit(facts.text("commit")),
        metric_word(note.metric),
        reference,
        facts.moved(note.metric),
    )


def how_sure_reference(scenario: ScenarioJudgement) -> Iterator[Prose]:
    found = scenario.provenance.reference
    if found is None:
        return
    yield prose(
        "Runs are compared by their ratios to {}, each measured beside it in turns on one machine, so neither machine "
        "nor hour is in the comparison. What a time is said to have been before is what it would have been here.",
        Code(found.name, 60),
    )
    if len(found.pairs) > 1:
        yield prose("Something looked slower, so both sides were started afresh and measured again.")
    if found.cpu is not None:
        yield from processor_lines(found.cpu, "reference")


def _the_runs(runs: int) -> str:
    return "the one run" if runs == 1 else f"the {numbers.count(runs)} runs"


def _worse(metric: Metric | None, facts: Facts) -> str:
    """`9 % slower`."""
    amount = facts.number("change")
    if metric is None or amount is None:
        return "worse"
    word = "slower" if METRICS[metric].unit is Unit.SECONDS else "lower"
    return f"{numbers.share(abs(amount))} {word}"


def _between(facts: Facts) -> str:
    return numbers.interval(facts.number("low"), facts.number("high"))

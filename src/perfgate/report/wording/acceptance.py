"""Who accepted a cost and how, whose acceptance does not count, and whose settings a change is judged by."""

from __future__ import annotations

from perfgate.records.criteria import Rules
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Judgement
from perfgate.records.metric import Metric
from perfgate.records.verdict import Note, NoteCode
from perfgate.report.prose import Code, Prose, joined, prose
from perfgate.report.wording.facts import Facts
from perfgate.report.wording.said import FILE
from perfgate.report.wording.words import metric_word, subject

MOST_PARTS = 12
HOW_TO_ACCEPT = "METRIC [of ENDPOINT] [up to N%]: why"
WHY_REFUSED = {
    "fork": prose(
        "it stands in a commit from a fork, which anybody can write; somebody who may write to the repository can set "
        "the label or write the comment"
    ),
    "may-not-write": prose("only people who may write to the repository can accept a cost"),
    "unreadable": prose("it is to be written as {}", Code(HOW_TO_ACCEPT)),
}
WHY_OWN = {
    "absent": prose("has none yet"),
    "unreadable": prose("has some that this version of PerfGate cannot read"),
    "unknown": prose(
        "could not be asked for its: give the token {}, or the checkout {}",
        Code("contents: read"),
        Code("fetch-depth: 0"),
    ),
}


def accepted_by(facts: Facts) -> Prose:
    """` by ada in a comment: the signature is checked now`, as it follows `is accepted`."""
    by = facts.clause(" by {}", "by")
    match facts.text("how"):
        case "label":
            return prose("{} with the label {}", by, facts.code("reason"))
        case "comment":
            return prose("{} in a comment{}", by, facts.clause(": {}", "reason"))
        case _:
            return prose("{} in a commit{}", by, facts.clause(": {}", "reason"))


def say_of_acceptance(note: Note, facts: Facts) -> Prose:
    """Of waivers and acceptances that changed nothing."""
    match note.code:
        case NoteCode.WAIVER_EXPIRED:
            return prose(
                "The waiver for {} ended{}; it is no longer applied.",
                subject(note.metric, note.endpoint),
                facts.clause(" on {}", "expires"),
            )
        case NoteCode.WAIVER_UNUSED:
            return prose("The waiver for {} was not needed; remove it.", subject(note.metric, note.endpoint))
        case NoteCode.ACCEPTANCE_REFUSED:
            return _refused(note, facts)
        case _:
            return _unused(note, facts)


def _refused(note: Note, facts: Facts) -> Prose:
    why = WHY_REFUSED.get(facts.text("why") or "", prose("nobody could say who wrote it"))
    return prose("{} is not accepted, though {}: {}.", _what(note), _said(facts), why)


def _unused(note: Note, facts: Facts) -> Prose:
    if note.metric is None:
        return prose("Nothing had to be accepted, though {}.", _said(facts))
    return prose("{} had not to be accepted, or by more than that, though {}.", _what(note), _said(facts))


def _what(note: Note) -> Prose:
    if note.metric is None:
        return prose("A slow-down")
    return prose(metric_word(note.metric)) if note.endpoint is None else subject(note.metric, note.endpoint)


def _said(facts: Facts) -> Prose:
    """`ada says so in a comment (the signature is checked now)`."""
    by = facts.clause("{} says so", "by") if facts.text("by") else prose("somebody says so")
    how = {"label": "with a label", "comment": "in a comment"}.get(facts.text("how") or "", "in a commit")
    return prose("{} {}{}", by, how, facts.clause(" ({})", "reason"))


def rules_lines(judgement: Judgement) -> list[Prose]:
    """What a reader must know about the settings of a proposed change; nothing where there is nothing to know."""
    rules = judgement.rules
    if rules is None:
        return []
    branch = Code(rules.branch)
    told = []
    if rules.why_own is not None:
        told.append(prose("Judged by this change's own {}, since {} {}.", FILE, branch, WHY_OWN[rules.why_own]))
    if rules.kept:
        told.append(
            prose("Judged by the settings of {}, not by what this change makes of {}.", branch, _parts(rules.kept))
        )
    if rules.taken:
        told.append(prose("This change alters what is loaded, and how: {}. Look at that, too.", _parts(rules.taken)))
    return told


def for_this_change(metric: Metric, endpoint: str | None, up_to: int) -> Prose:
    """The shorter way, for those who may go it."""
    where = "" if endpoint in (None, TOTAL) else f" of {endpoint}"
    return prose(
        "Or for this change alone, by a comment of somebody who may write to the repository: {}",
        Code(f"/perfgate accept {metric}{where} up to {up_to}%: why", 600),
    )


def settings_of(rules: Rules) -> Prose:
    return prose("this change itself") if rules.why_own else prose("{}", Code(rules.branch))


def _parts(names: tuple[str, ...]) -> Prose:
    shown = joined([prose("{}", Code(each)) for each in names[:MOST_PARTS]], ", ")
    return shown if len(names) <= MOST_PARTS else prose("{} and {} more", shown, str(len(names) - MOST_PARTS))

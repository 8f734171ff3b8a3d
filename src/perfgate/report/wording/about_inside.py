"""Reasons and notes about what happened inside the stack."""

from __future__ import annotations

from typing import Final

from perfgate.records.criteria import Statistic
from perfgate.records.verdict import Note, NoteCode, Reason
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose
from perfgate.report.wording.facts import Facts
from perfgate.report.wording.inside import series_amount
from perfgate.report.wording.said import FILE, Said

TELEMETRY_FILE: Final = Code("telemetry.json")
LONG: Final = Code("scenarios.endurance.budgets")


def series_budget(_: Reason, facts: Facts) -> Said:
    return Said(
        prose(
            "The budget {} is broken: {} {} is {}{}.",
            facts.code("text"),
            _statistic(facts),
            prose("of {}", facts.code("series")),
            _amount(facts, "value"),
            _between(facts),
        ),
        prose("Look at that series in the report or in {}; or change the budget in {}.", TELEMETRY_FILE, FILE),
    )


def growth_uncertain(_: Reason, facts: Facts) -> Said:
    return Said(
        prose(
            "The budget {} cannot be judged: {} of {} is {}{}, {}.",
            facts.code("text"),
            _statistic(facts),
            facts.code("series"),
            _amount(facts, "value"),
            _between(facts),
            "on either side of the limit" if _reaches_over(facts) else "and response times of this run are spoiled",
        ),
        prose("Run longer, on a quieter machine: the interval narrows with the run; or ask it of {} alone.", LONG),
    )


def not_measured(_: Reason, facts: Facts) -> Said:
    if facts.number("started_afresh"):
        return Said(
            prose(
                "The budget {} was held against nothing: the stacks were swapped, and what begins anew with each turn "
                "shows no growth over the run.",
                facts.code("text"),
            ),
            prose("Measure it in a longer run of its own ({}).", Code("--compare stored")),
        )
    what = prose("there is no such series") if facts.text("series") is None else prose("it has too few samples")
    return Said(
        prose("The budget {} was held against nothing: {}.", facts.code("text"), what),
        prose("See what could not be sampled, and why, below; mend {} in {}.", Code("telemetry"), FILE),
    )


def backlog(_: Reason, facts: Facts) -> Said:
    per_minute, done = facts.number("per_minute"), facts.number("done")
    grew = (
        prose("The queue {} was not worked off", facts.code("service"))
        if per_minute is None
        else prose("The backlog of {} grew by {} a minute", facts.code("service"), numbers.plain_number(per_minute))
    )
    flow = prose("")
    if facts.number("received") is not None:
        out = "nothing taken out" if not done else f"{numbers.rate(done)} out"
        flow = prose(" ({} in, {})", numbers.rate(facts.number("received")), out)
    return Said(
        prose("{}{}: {}.", grew, flow, _after(facts)),
        prose("Look whether its workers run, and what they wait for; give them more room, or put less in."),
    )


def pool_exhausted(_: Reason, facts: Facts) -> Said:
    return Said(
        prose(
            "The pool {} was exhausted in {} of the samples: all {} were in use.",
            facts.code("service"),
            numbers.share(facts.number("share")),
            numbers.plain_number(facts.number("size")),
        ),
        prose("Requests wait for it. Make the pool larger, or hold what is in it for a shorter time."),
    )


def note_inside(note: Note, facts: Facts) -> Prose:
    match note.code:
        case NoteCode.MEMORY_GROWS:
            return prose(
                "Memory grew through the whole run, in its second half too: {} by {} a minute (between {} and {}).",
                facts.code("series"),
                *(numbers.size(facts.number(each)) for each in ("value", "low", "high")),
            )
        case NoteCode.DRIFT:
            return prose(
                "Answers became slower while the load went on: the median by {} from begin to end (at least {}).",
                numbers.change(facts.number("value")),
                numbers.change(facts.number("low")),
            )
        case _:
            missed = facts.whole("missed")
            often = "could not be sampled" if not missed else f"has {numbers.counted(missed, 'gap')}"
            return prose("{} {}{}.", facts.code("series"), often, facts.clause(": {}", "why"))


def _statistic(facts: Facts) -> str:
    words = {
        Statistic.MIN: "the smallest value",
        Statistic.MAX: "the largest value",
        Statistic.MEAN: "the mean",
        Statistic.GROWTH: "the growth a minute",
        Statistic.DRAIN: "the time to drain",
        Statistic.DRIFT: "the change over the run",
    }
    text = facts.text("statistic")
    return words.get(Statistic(text), text) if text in set(Statistic) else "the value"


def _amount(facts: Facts, name: str) -> str:
    return series_amount(facts, facts.number(name))


def _between(facts: Facts) -> str:
    if facts.number("low") is None or facts.number("high") is None:
        return ""
    return f" (between {_amount(facts, 'low')} and {_amount(facts, 'high')})"


def _reaches_over(facts: Facts) -> bool:
    low, high, limit = (facts.number(each) for each in ("low", "high", "limit"))
    return low is None or high is None or limit is None or low <= limit <= high


def _after(facts: Facts) -> str:
    """What became of it once the load was over."""
    at_end, drained, watched = (facts.number(each) for each in ("at_end", "drained", "watched"))
    if at_end is None:
        return f"at most {numbers.plain_number(facts.number('deepest'))} waited"
    waiting = f"{numbers.plain_number(at_end)} still waited when the load ended"
    if drained is not None:
        return f"{waiting}, and were worked off {numbers.span(drained)} later"
    return f"{waiting}, and were not worked off within {numbers.span(watched)}"

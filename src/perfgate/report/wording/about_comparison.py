"""Reasons that lie in the comparison: what it is with, how surely it is known, what disturbed it."""

from __future__ import annotations

import math
from typing import Final

from perfgate.judge.paired import MINIMUM_PAIRS
from perfgate.records.stack import StackKind
from perfgate.records.verdict import Reason
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose
from perfgate.report.wording.facts import Facts
from perfgate.report.wording.said import FILE, Said
from perfgate.report.wording.words import subject

REFERENCE: Final = Code("baseline.reference")


def inconclusive(_: Reason, facts: Facts) -> Said:
    if facts.number("candidate") is not None:
        return _errors_unclear(facts)
    comparisons, smallest = facts.whole("comparisons"), facts.number("smallest_detectable")
    how_many = "A comparison was" if comparisons in {None, 1} else f"{comparisons} comparisons were"
    metric = facts.metric("worst_metric")
    worst = (
        prose(", the widest {}", subject(metric, facts.text("worst_endpoint")))
        if comparisons != 1 and facts.text("worst_endpoint")
        else prose(": {}", subject(metric, facts.text("worst_endpoint")))
        if facts.text("worst_endpoint")
        else prose("")
    )
    seen = (
        prose(" So few pairs of blocks can show no slow-down, however large.")
        if facts.text("blind")
        else prose("")
        if smallest is None
        else prose(" Only a worsening of {} or more could have been seen.", numbers.share(smallest))
    )
    return Said(prose("{} too uncertain to call{}.", how_many, worst) + seen, _more_runs(facts))


def _errors_unclear(facts: Facts) -> Said:
    metric, others = facts.metric("worst_metric"), (facts.whole("comparisons") or 1) - 1
    sentence = prose(
        "Whether more requests fail than before is too uncertain to call: {} is {}, {} beside it on the base ({}){}.",
        subject(metric, facts.text("worst_endpoint")),
        facts.value(metric, "candidate"),
        facts.value(metric, "baseline"),
        "unknown"
        if metric is None
        else numbers.bounds(metric, facts.number("bound_better"), facts.number("bound_worse"), absolute=True),
        f", and {numbers.counted(others, 'other ratio')} likewise" if others else "",
    )
    if (ended := _ended_for(facts)) is not None:
        return Said(sentence, ended)
    seconds = facts.number("more_seconds")
    longer = (
        prose("")
        if seconds is None
        else prose(" About {} more of load would decide it, if it is what it seems.", numbers.span(math.ceil(seconds)))
    )
    return Said(sentence, prose("Read the failure messages in the report.") + longer)


def _more_runs(facts: Facts) -> Prose:
    if "pairs" in facts.values:
        return _more_pairs(facts)
    spread, runs, needed = facts.number("spread"), facts.whole("runs"), facts.whole("runs_needed")
    noise = "" if spread is None else f"runs differ by {numbers.share(spread)} here"
    if facts.text("reference"):
        more = f", store {numbers.counted(needed, 'more run')} ({numbers.count(runs or 0)} now)" if needed else ""
        return prose(
            "Let the load run longer or at a higher rate, so that its ratio to {} is known better{}{}; or widen the "
            "tolerance in {}.",
            facts.code("reference"),
            noise and f" ({noise})",
            more,
            FILE,
        )
    if needed:
        return prose(
            "Store {} to compare with ({} now{}), or widen the tolerance in {}.",
            numbers.counted(needed, "more run"),
            numbers.count(runs or 0),
            noise and f"; {noise}",
            FILE,
        )
    return prose("Run longer, use a quieter machine{}, or widen the tolerance in {}.", noise and f" ({noise})", FILE)


def _ended_for(facts: Facts) -> Prose | None:
    """What to settle first, where it ended the load and the rest stayed unclear for that."""
    endpoint = facts.text("ended_for_endpoint")
    if endpoint is None:
        return None
    slower = subject(facts.metric("ended_for_metric"), endpoint)
    return prose("The load ended as soon as {} looked slower, too short for the rest: settle that first.", slower)


def _more_pairs(facts: Facts) -> Prose:
    seconds, pairs = facts.number("more_seconds"), facts.whole("pairs") or 0
    if (ended := _ended_for(facts)) is not None:
        return ended
    if seconds is None and pairs > MINIMUM_PAIRS:
        return prose(
            "A longer load would hardly decide it: it is nearer to the tolerance than fresh starts are to each other. "
            "Widen the tolerance in {}.",
            FILE,
        )
    longer = "longer" if not seconds else f"about {numbers.span(math.ceil(seconds))} longer"
    return prose(
        "Let the load run {} ({} compared), at a higher rate, or widen the tolerance in {}.",
        longer,
        numbers.counted(pairs, "pair of blocks was", "pairs of blocks were"),
        FILE,
    )


def unconfirmed(reason: Reason, facts: Facts) -> Said:
    again = facts.number("again")
    second = "; it was not measured again" if again is None else f", and {numbers.change(again)} {_again(facts)}"
    return Said(
        prose(
            "{} looked slower, but that was not confirmed: {} at first{}.",
            subject(reason.metric, reason.endpoint),
            numbers.change(facts.number("change")),
            second,
        ),
        prose("Run again with a longer time limit; how a process happens to start can cost several per cent."),
    )


def noisy_runner(reason: Reason, facts: Facts) -> Said:
    if "control" in facts.values:
        return Said(
            prose(
                "{} looked worse ({}), also {}; but the base, {} twice and held against itself, moved by {} ({}).",
                subject(reason.metric, reason.endpoint),
                numbers.change(facts.number("change")),
                "by new load generators" if _runs_already(facts) else "on fresh starts",
                "loaded" if _runs_already(facts) else "started",
                numbers.change(facts.number("control")),
                numbers.counted(facts.whole("pairs") or 0, "pair of blocks", "pairs of blocks"),
            ),
            prose("Run again, or on a machine with fewer neighbours: here a start alone moves it so much."),
        )
    if "overlapping" in facts.values:
        return Said(
            prose(
                "The two sides disturbed each other: {} of {} still ran when the other side's turn had begun.",
                numbers.count(facts.whole("overlapping")),
                numbers.counted(facts.whole("requests") or 0, "request"),
            ),
            prose("Take out requests that run long, or compare with stored runs."),
        )
    return Said(
        prose("The machine was too unsteady: the baseline measured twice differed from itself."),
        prose("Run again, or on a machine with fewer neighbours."),
    )


def _again(facts: Facts) -> str:
    return "by new load generators" if _runs_already(facts) else "on fresh starts of both sides"


def _runs_already(facts: Facts) -> bool:
    return facts.text("stack") == StackKind.EXTERNAL.value


def idle_side_busy(_: Reason, facts: Facts) -> Said:
    other = "reference" if facts.text("reference") else "base"
    busier = facts.text("busier")
    return Said(
        prose(
            "The {} worked on while the other side had its turn: the {} used {} of a core then, the head {}.",
            other if busier == "base" else busier or "one side",
            other,
            numbers.share(facts.number("base")),
            numbers.share(facts.number("head")),
        ),
        prose(
            "Let requests that start work in the background wait for it, make the blocks longer ({} in {}), or compare "
            "with stored runs.",
            Code("side_by_side.block"),
            FILE,
        ),
    )


def base_broke(_: Reason, facts: Facts) -> Said:
    what = (
        prose("its stack broke under load ({})", facts.code("service"))
        if facts.text("service")
        else prose(
            "{} of its {} failed",
            numbers.count(facts.whole("failures")),
            numbers.counted(facts.whole("requests") or 0, "request"),
        )
    )
    name = facts.text("reference")
    if name is not None:
        return Said(
            prose("The reference {} did not work beside the head: {}.", Code(name), what),
            prose("No ratio to it was to be had. See its logs in {}, or move {}.", Code("logs/base"), REFERENCE),
        )
    return Said(
        prose("The base did not work beside the head: {}.", what),
        prose(
            "Nothing can be said of a change from it. See its logs in {}, or compare with stored runs.",
            Code("logs/base"),
        ),
    )


def no_baseline(_: Reason, facts: Facts) -> Said:
    others, elsewhere = facts.whole("other_loads"), facts.whole("other_references")
    why = prose("No run of this scenario is stored yet, so nothing was compared; budgets were.")
    if others:
        stored = numbers.counted(others, "stored run puts", "stored runs put")
        why = prose("Nothing was compared: {} another load on the stack; budgets were checked.", stored)
    if elsewhere:
        stored = numbers.counted(elsewhere, "stored run was", "stored runs were")
        why = prose(
            "Nothing was compared: {} measured beside another commit than {} is now, or beside none; a moved reference "
            "begins anew. Budgets were checked.",
            stored,
            REFERENCE,
        )
    return Said(
        why,
        prose(
            "Let a run on the default branch store one ({}; on GitHub {}, since a runner keeps no folder), or compare "
            "with the base side by side: {}.",
            Code("--store-baseline always"),
            Code("baseline: {store: branch}"),
            Code("--compare paired"),
        ),
    )


def environment_differs(_: Reason, facts: Facts) -> Said:
    return Said(
        prose("The baseline was measured in another environment{}.", facts.clause(": {}", "differences")),
        prose("Store a baseline made in this environment; until then a change may come from the machine."),
    )


def nothing_checked(_: Reason, __: Facts) -> Said:
    return Said(
        prose("Nothing was checked: there is neither a budget nor a tolerance."),
        prose("Add a budget such as {} to {}.", Code("p95 < 500ms"), FILE),
    )

"""Reasons that lie in the application under test."""

from __future__ import annotations

from typing import Final

from perfgate.records.metric import Metric
from perfgate.records.verdict import Reason, Verdict
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose
from perfgate.report.wording.acceptance import accepted_by
from perfgate.report.wording.facts import Facts
from perfgate.report.wording.said import FILE, Said
from perfgate.report.wording.words import of_limit, place, subject

# The judge's own words, which need no quoting. Any other text is foreign: a judgement may come from a stranger.
WHY_NOT_COVERED: Final = frozenset(
    {
        "declared traffic never came to it",
        "required, and not requested",
        "required, and no request succeeded",
        "required, and never answered so",
        "no request succeeded",
        "it was not requested",
    }
)


OF_FAILURES: Final = frozenset({Metric.SUCCESS_RATE, Metric.ERROR_RATIO, Metric.FAILURES})


def budget(reason: Reason, facts: Facts) -> Said:
    found = prose(
        "{} is {}{}.",
        subject(reason.metric, reason.endpoint),
        facts.value(reason.metric, "value"),
        of_limit(reason.metric, facts.number("used")),
    )
    text = facts.code("text", "of this metric")
    if reason.verdict is Verdict.FAIL:
        mend = (
            "Read the failure messages in the report and mend them"
            if reason.metric in OF_FAILURES
            else "Make it faster"
        )
        remedy = prose("{}, or change the budget in {} in a commit that a reviewer sees.", mend, FILE)
        return Said(prose("The budget {} is broken: {}", text, found), remedy)
    return Said(
        prose("The budget {} is exceeded, but by so little for so few requests that it may be chance: {}", text, found),
        prose("Run longer, or with more users, to be certain."),
    )


def regression(reason: Reason, facts: Facts) -> Said:
    return Said(
        prose(
            "{} got worse by more than its tolerance: {}{}{}{}.",
            subject(reason.metric, reason.endpoint),
            facts.moved(reason.metric),
            _bounds(reason.metric, facts),
            _from_to(reason.metric, facts),
            # Side by side a change is the mean of two loads, so that it is not the ratio of these two times.
            " in the first load" if facts.text("spread_from") == "pairs" else "",
        ),
        prose(
            "Look at what this change does on that path and measure again; if the cost is accepted, "
            "add a waiver with a reason and an end date to {}.",
            FILE,
        ),
    )


def warning(reason: Reason, facts: Facts) -> Said:
    limit = "" if facts.number("warn") is None else f" of {facts.limit(reason.metric, 'warn')}"
    return Said(
        prose(
            "{} got worse by more than its warning limit{}: {}{}.",
            subject(reason.metric, reason.endpoint),
            limit,
            facts.moved(reason.metric),
            _from_to(reason.metric, facts),
        ),
        prose("It is within what is tolerated; look whether it is meant."),
    )


def waived(reason: Reason, facts: Facts) -> Said:
    if facts.text("how") is not None:
        return _accepted(reason, facts)
    return Said(
        prose(
            "{}{} is waived{}{}{}{}.",
            subject(reason.metric, reason.endpoint),
            "" if facts.number("change") is None else f" ({facts.moved(reason.metric)})",
            "" if facts.number("up_to") is None else f" up to {facts.limit(reason.metric, 'up_to')}",
            facts.clause(" until {}", "expires"),
            facts.clause(", for {}", "issue"),
            facts.clause(": {}", "reason"),
        ),
        prose("Accept it as it is, or win the time back before the waiver ends."),
    )


def _accepted(reason: Reason, facts: Facts) -> Said:
    return Said(
        prose(
            "{}{} is accepted{}{}.",
            subject(reason.metric, reason.endpoint),
            "" if facts.number("change") is None else f" ({facts.moved(reason.metric)})",
            "" if facts.number("up_to") is None else f" up to {facts.limit(reason.metric, 'up_to')}",
            accepted_by(facts),
        ),
        prose("It holds for this change alone, and for its later commits; look again when they come."),
    )


def errors_rose(reason: Reason, facts: Facts) -> Said:
    succeeded = reason.metric is Metric.SUCCESS_RATE
    return Said(
        prose(
            "{} than before at {}: {} instead of {} ({}).",
            "Fewer requests succeeded" if succeeded else "More requests failed",
            place(reason.endpoint),
            numbers.share(facts.number("candidate")),
            numbers.share(facts.number("baseline")),
            # A difference of two ratios, whichever of the two metrics tells it.
            numbers.points(facts.number("change")),
        ),
        prose("Read the failure messages in the report; response times mean little until requests succeed again."),
    )


def stack_broke(_: Reason, facts: Facts) -> Said:
    happened = {
        "exited": "exited",
        "restarted": "was restarted",
        "oom-killed": "was killed because its memory ran out",
        "unhealthy": "became unhealthy",
        "gone": "disappeared",
    }.get(facts.text("kind") or "", "broke")
    at = facts.number("at")
    return Said(
        prose(
            "The service {} {} under load{}{}.",
            facts.code("service"),
            happened,
            prose("") if at is None else prose(", {} after the start", numbers.span(at)),
            facts.clause(": {}", "detail"),
        ),
        prose("Read the last lines of its log below; the whole log is in the folder {} of the run.", Code("logs")),
    )


def not_covered(reason: Reason, facts: Facts) -> Said:
    if facts.number("at_least") is not None:
        return _too_few_operations(facts)
    why = facts.text("why")
    return Said(
        prose(
            "{} was not exercised{}.",
            place(facts.text("label") or reason.endpoint),
            f": {why}" if why in WHY_NOT_COVERED else facts.clause(" ({})", "why"),
        ),
        prose("Add it to the traffic of the scenario, or no longer ask for it in {}.", FILE),
    )


def _too_few_operations(facts: Facts) -> Said:
    return Said(
        prose(
            "Only {} of {} in {} were exercised, and {} are asked for.",
            numbers.count(facts.whole("exercised")),
            numbers.counted(facts.whole("operations") or 0, "operation"),
            facts.code("document", "the document"),
            numbers.share(facts.number("at_least")),
        ),
        prose("Add the missing ones to the traffic of the scenarios; the report lists them under what was not tested."),
    )


def endpoint_vanished(reason: Reason, facts: Facts) -> Said:
    if others := facts.whole("others"):
        return Said(
            prose(
                "{} and {} were measured in the baseline and got no request now.",
                place(facts.text("label") or reason.endpoint),
                numbers.counted(others, "other endpoint"),
            ),
            prose(
                "Where their names hold ids, group them by {} in the Locust file; if they were removed or renamed on "
                "purpose, accept this run as the new baseline; else mend the traffic.",
                Code('name="/tickets/{id}"'),
            ),
        )
    return Said(
        prose("{} was measured in the baseline and got no request now.", place(facts.text("label") or reason.endpoint)),
        prose("If it was removed or renamed on purpose, accept this run as the new baseline; else mend the traffic."),
    )


def answers_differ(reason: Reason, facts: Facts) -> Said:
    others = facts.whole("others") or 0
    likewise = prose(", likewise at {}", numbers.counted(others, "other endpoint")) if others else prose("")
    meant = prose("nothing needs to be done")
    if facts.whole("stored"):
        meant = prose("accept this run by {}", Code("perfgate baselines accept"))
    return Said(
        prose(
            "An answer of {} has {} on average, where it had {}{}: maybe it is another one, as an error or a login "
            "page, and then its times do not compare.",
            place(reason.endpoint),
            numbers.size(facts.number("bytes")),
            numbers.size(facts.number("before")),
            likewise,
        ),
        prose("Look at what is answered, and let {} check it; where it is meant, {}.", Code("expect_body"), meant),
    )


def _bounds(metric: Metric | None, facts: Facts) -> Prose:
    better, worse, tolerance = (facts.number(name) for name in ("bound_better", "bound_worse", "tolerance"))
    inside = []
    if metric is not None and (better is not None or worse is not None):
        inside.append(numbers.bounds(metric, better, worse, absolute=facts.absolute(metric)))
    if tolerance is not None:
        inside.append(f"tolerance {numbers.tolerated(metric, tolerance)}")
    return prose(" ({})", ", ".join(inside)) if inside else prose("")


def _from_to(metric: Metric | None, facts: Facts) -> Prose:
    if facts.number("baseline") is None or facts.number("candidate") is None:
        return prose("")
    return prose(", from {} to {}", facts.value(metric, "baseline"), facts.value(metric, "candidate"))

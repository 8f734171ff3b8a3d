"""Reasons that lie in the load: its generator, its reach, its recording."""

from __future__ import annotations

from typing import Final

from perfgate.records.verdict import Reason
from perfgate.report import numbers
from perfgate.report.prose import Code, prose
from perfgate.report.wording.facts import Facts
from perfgate.report.wording.recording import what_is_missing
from perfgate.report.wording.said import FILE, Said
from perfgate.report.wording.words import subject

# A generator that used less of a core than this and was late all the same was kept waiting by others.
STARVED: Final = 0.5


def generator_saturated(_: Reason, facts: Facts) -> Said:
    busiest, busy, lag = facts.number("cpu_max"), facts.number("busy_share"), facts.number("loop_lag_p90")
    signs = [
        f"at most {numbers.share(busiest)} of a core used" if busiest is not None else "",
        f"busy in {numbers.share(busy)} of the seconds" if busy is not None else "",
        f"timers {numbers.duration(lag)} late" if lag is not None else "",
    ]
    shown = ", ".join(sign for sign in signs if sign)
    if busiest is not None and busiest < STARVED:
        return Said(
            prose(
                "The load generator{} did not get the processor in time{}: the machine had too much else to do.",
                _of_side(facts),
                f" ({shown})" if shown else "",
            ),
            prose("Run where less goes on beside it; response times of this run include the generator's own delay."),
        )
    return Said(
        prose(
            "The load generator{} itself was the bottleneck{}.",
            _of_side(facts),
            f" ({shown})" if shown else "",
        ),
        prose("Use fewer users or a larger machine; response times of this run include the generator's own delay."),
    )


def load_not_reached(_: Reason, facts: Facts) -> Said:
    if "unsent" in facts.values:
        return Said(
            prose(
                "The load{} did not reach its rate: {} of {} could not be sent in time by {}.",
                _of_side(facts),
                numbers.count(facts.whole("unsent")),
                numbers.counted(facts.whole("wanted") or 0, "request"),
                numbers.counted(facts.whole("users") or 0, "user"),
            ),
            prose("Give the scenario more users, or a lower rate: the application does not bear this one."),
        )
    if "silent" in facts.values:
        return _silent(facts)
    if "workers_lost" in facts.values:
        lost, workers = facts.whole("workers_lost") or 0, facts.whole("workers") or 0
        return Said(
            prose(
                "{} of {} that shared the load {} lost, the first ({}) {} after its start; what it had not told the "
                "master by then is missing, and so were its users from then on.",
                numbers.count(lost),
                numbers.counted(workers, "worker"),
                "was" if lost == 1 else "were",
                facts.code("worker"),
                numbers.span(facts.number("at")),
            ),
            prose("See the log of that worker for why it ended, and run again."),
        )
    return Said(
        prose(
            "The load{} did not reach what was asked for: {} of {}.",
            _of_side(facts),
            numbers.counted(facts.whole("reached") or 0, "user"),
            numbers.count(facts.whole("wanted")),
        ),
        prose("Give it more time or a higher spawn rate, and see that no user class stops by itself."),
    )


def _silent(facts: Facts) -> Said:
    when = "to its end" if facts.text("to_the_end") == str(True) else "on"
    return Said(
        prose(
            "For {}, from {} after the start of the load {}, {} sent not one request, where about {} were to be "
            "expected: all waited for answers, and times of the others do not tell of it.",
            numbers.span(facts.number("silent")),
            numbers.span(facts.number("at")),
            when,
            numbers.counted(facts.whole("users") or 0, "user"),
            numbers.count(facts.whole("missed")),
        ),
        prose("Look at what the application did then: its log is in the folder {} of the run.", Code("logs")),
    )


def recording_incomplete(_: Reason, facts: Facts) -> Said:
    workers = facts.whole("workers_lost") or 0
    log = "the lost worker's own log" if workers else prose("{} of the run", Code("locust.log"))
    return Said(
        prose(
            "The recording{} is not whole: {}.",
            _of_side(facts),
            what_is_missing(facts.whole("lost"), facts.text("ended_because"), workers),
        ),
        prose("Read {} for why, and run again.", log),
    )


def _of_side(facts: Facts) -> str:
    """Side by side there are several loads; the head's on the first starts is the one that needs no name."""
    side = facts.text("side")
    if side is None:
        return ""
    return f" of the {side}" + (" on the fresh starts" if facts.text("start") == "again" else "")


def too_few_requests(reason: Reason, facts: Facts) -> Said:
    metric = reason.metric or facts.metric("metric")
    needed = facts.whole("needed")
    if "per_block" in facts.values:
        return Said(
            prose(
                "{} could not be compared side by side: a block holds about {}, and needs {}.",
                subject(metric, reason.endpoint),
                numbers.counted(facts.whole("per_block") or 0, "request"),
                numbers.count(needed),
            ),
            prose("Make the blocks longer ({} in {}), or send more.", Code("side_by_side.block"), FILE),
        )
    return Said(
        prose(
            "{} rests on {}{}.",
            subject(metric, reason.endpoint),
            numbers.counted(facts.whole("requests") or 0, "request"),
            "" if needed is None else f", and needs {numbers.count(needed)}",
        ),
        prose("Run longer, with more users, or give that endpoint more weight."),
    )

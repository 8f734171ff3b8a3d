"""What happened inside the stack, in words: reasons, notes, and the lines of the report about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from perfgate.records.criteria import Statistic
from perfgate.records.judgement import Note, NoteCode, Reason, ScenarioJudgement
from perfgate.records.telemetry import (
    Drain,
    Moved,
    Queue,
    SeriesRef,
    SeriesSummary,
    SeriesUnit,
    Source,
    TelemetrySummary,
)
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, joined, prose
from perfgate.report.wording.facts import Facts
from perfgate.report.wording.said import FILE, Said

CONTAINERS_SHOWN: Final = 30
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


def where_lines(scenario: ScenarioJudgement) -> list[Prose]:
    """Farthest first. Said so that nobody takes it for the cause."""
    return [_moved(each) for each in scenario.where_to_look]


def queue_lines(telemetry: TelemetrySummary) -> list[Prose]:
    return [_queue(each, telemetry) for each in telemetry.queues if telemetry.of(each.depth) is not None]


def pool_lines(telemetry: TelemetrySummary) -> list[Prose]:
    return [
        prose(
            "pool {}: at most {} of {} in use, exhausted in {} of the samples",
            Code(each.name),
            numbers.plain_number(each.most),
            numbers.plain_number(each.size),
            numbers.share(each.exhausted),
        )
        for each in telemetry.pools
        if each.most is not None
    ]


def cost_line(telemetry: TelemetrySummary) -> Prose:
    cost = telemetry.cost
    return prose(
        "Watching took {} of one core ({} of {}); what engine and services spent to answer is not in it.",
        numbers.share(cost.cores),
        numbers.counted(cost.samples, "sample"),
        numbers.counted(len(telemetry.series), "series", "series"),
    )


def container_cells(telemetry: TelemetrySummary) -> list[tuple[Code, list[str]]]:
    """Service, then processor (mean, most), memory (most, growth a minute with its interval), throttled."""
    by_service: dict[str, dict[str, SeriesSummary]] = {}
    for each in telemetry.series:
        if each.key.source is Source.CONTAINER:
            by_service.setdefault(each.key.subject, {})[each.key.name] = each
    return [(Code(name), _container(found)) for name, found in list(by_service.items())[:CONTAINERS_SHOWN]]


def _container(found: dict[str, SeriesSummary]) -> list[str]:
    cpu, memory, throttled = found.get("cpu"), found.get("memory"), found.get("throttled")
    growth = memory.growth if memory else None
    return [
        numbers.plain_number(cpu.mean if cpu else None),
        numbers.plain_number(cpu.max if cpu else None),
        numbers.size(memory.max if memory else None),
        numbers.UNKNOWN
        if growth is None
        else f"{numbers.size(growth.per_minute)} ({numbers.size(growth.low)} … {numbers.size(growth.high)})",
        numbers.share(throttled.mean if throttled else None),
    ]


def _queue(queue: Queue, telemetry: TelemetrySummary) -> Prose:
    depth = telemetry.of(queue.depth)
    parts = [prose("at most {} waiting", numbers.plain_number(depth.max if depth else None))]
    for ref, word in (
        (queue.received, "in"),
        (queue.done, "out"),
        (queue.failed, "failed"),
        (queue.retried, "retried"),
    ):
        if (rate := _mean(ref, telemetry)) is not None:
            parts.append(prose("{} {}", numbers.rate(rate), word))
    waited = telemetry.of(queue.waited) if queue.waited else None
    if waited is not None and waited.p95 is not None:
        parts.append(prose("in the queue for {} (p95 {})", numbers.duration(waited.p50), numbers.duration(waited.p95)))
    drain = next((each for each in telemetry.drains if each.key.label == queue.depth.label), None)
    if drain is not None and drain.at_end is not None:
        parts.append(_drained(drain))
    return prose("queue {}: {}", Code(queue.name), joined(parts, ", "))


def _drained(drain: Drain) -> Prose:
    if drain.seconds is None:
        return prose("not drained {} after the load", numbers.span(drain.watched))
    return prose("drained {} after the load", numbers.span(drain.seconds))


def _mean(ref: SeriesRef | None, telemetry: TelemetrySummary) -> float | None:
    found = telemetry.of(ref) if ref else None
    return found.mean if found else None


def _moved(moved: Moved) -> Prose:
    unit = moved.key.unit
    change = "" if moved.change is None else f", {numbers.change(moved.change)}"
    return prose(
        "{}: {} instead of {}{} ({} standard deviations)",
        Code(moved.key.label),
        numbers.quantity(unit, moved.candidate),
        numbers.quantity(unit, moved.baseline),
        change,
        numbers.plain_number(round(moved.distance, 1)),
    )


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


def series_amount(facts: Facts, amount: float | None) -> str:
    """In the unit of the statistic that `facts` name."""
    unit = facts.text("unit")
    if facts.text("statistic") == Statistic.DRIFT:
        return numbers.change(amount)
    if facts.text("statistic") == Statistic.DRAIN:
        return numbers.span(amount)
    return numbers.quantity(SeriesUnit(unit) if unit in set(SeriesUnit) else SeriesUnit.NUMBER, amount)


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


def inside_lines(scenario: ScenarioJudgement) -> Iterator[Prose]:
    """For a terminal: queues and pools, then what moved."""
    if scenario.telemetry is not None:
        yield from queue_lines(scenario.telemetry)
        yield from pool_lines(scenario.telemetry)
    where = where_lines(scenario)
    if where:
        yield WHERE
        yield from where


WHERE: Final = prose("Where to look: this moved with it, the farthest first; it need not be the cause.")

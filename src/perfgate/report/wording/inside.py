"""What happened inside the stack, in the lines of the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from perfgate.records.criteria import Statistic
from perfgate.records.judgement import ScenarioJudgement
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

CONTAINERS_SHOWN: Final = 30
GAPS_SHOWN: Final = 20
DRAINS_SHOWN: Final = 20


def where_lines(scenario: ScenarioJudgement) -> list[Prose]:
    """Farthest first. Said so that nobody takes it for the cause."""
    return [_moved(each) for each in scenario.where_to_look]


def queue_lines(telemetry: TelemetrySummary) -> list[Prose]:
    return [_queue(each, telemetry) for each in telemetry.queues if telemetry.of(each.depth) is not None]


def gap_lines(telemetry: TelemetrySummary) -> list[Prose]:
    return [
        prose(
            "{} {}: {} ({}).",
            gap.source.value,
            Code(gap.subject),
            f"{numbers.counted(gap.missed, 'sample')} missed" if gap.missed else "could not be sampled at all",
            Code(gap.why, 300),
        )
        for gap in telemetry.gaps[:GAPS_SHOWN]
    ]


def drain_lines(telemetry: TelemetrySummary) -> list[Prose]:
    """Of what is watched by itself; a queue's own line tells it already."""
    of_queues = {queue.depth.label for queue in telemetry.queues}
    return [_drain(each) for each in telemetry.drains if each.key.label not in of_queues][:DRAINS_SHOWN]


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


def series_amount(facts: Facts, amount: float | None) -> str:
    """In the unit of the statistic that `facts` name."""
    unit = facts.text("unit")
    if facts.text("statistic") == Statistic.DRIFT:
        return numbers.change(amount)
    if facts.text("statistic") == Statistic.DRAIN:
        return numbers.span(amount)
    return numbers.quantity(SeriesUnit(unit) if unit in set(SeriesUnit) else SeriesUnit.NUMBER, amount)


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


def _drain(drain: Drain) -> Prose:
    deep = numbers.quantity(drain.key.unit, drain.at_end)
    after = f"as before after {numbers.span(drain.seconds)}"
    if drain.seconds is None:
        after = f"not yet as before {numbers.span(drain.watched)} later"
    return prose("{}: {} when the load ended, {}.", Code(drain.key.label), deep, after)

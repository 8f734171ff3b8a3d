"""What the inside of the stack says by itself, without a budget: backlogs, exhausted pools, leaks, drift, gaps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from perfgate.judge.telemetry_budgets import drained_within, drift_of
from perfgate.judge.telemetry_summary import growth_of
from perfgate.records.measurement import Measurement
from perfgate.records.telemetry import Drain, PoolUse, Queue, SeriesRef, SeriesSummary, Source, TelemetrySummary
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict

CONFIDENCE: Final = 0.98  # of an interval whose lower end alone decides: one in a hundred may err
LEAST_BACKLOG: Final = 10.0  # waiting more at the end than at the begin; fewer is nobody's concern
OFTEN_EXHAUSTED: Final = 0.05  # share of samples; now and then all of a pool may be in use
LONG_ENOUGH: Final = 300.0  # seconds of load before a growth of memory or a drift is spoken of unasked
LEAST_LEAK: Final = 256 * 1024.0  # bytes a minute
LEAST_DRIFT: Final = 0.2
MOST_GAPS_SAID: Final = 5


def inside_reasons(measurement: Measurement) -> Iterator[Reason]:
    telemetry = measurement.telemetry
    if telemetry is None:
        return
    for queue in telemetry.queues:
        yield from _backlog(queue, telemetry)
    for pool in telemetry.pools:
        if pool.exhausted is not None and pool.exhausted > OFTEN_EXHAUSTED:
            yield _exhausted(pool)


def inside_notes(measurement: Measurement, *, unsound: bool) -> Iterator[Note]:
    telemetry = measurement.telemetry
    if measurement.load.measured >= LONG_ENOUGH and not measurement.swapped:
        yield from () if unsound else _drift(measurement)
        for series in telemetry.series if telemetry else ():
            if series.key.source is Source.CONTAINER and series.key.name == "memory":
                yield from _leak(series)
    for gap in (telemetry.gaps if telemetry else ())[:MOST_GAPS_SAID]:
        yield Note(
            code=NoteCode.TELEMETRY_GAP,
            facts={"series": f"{gap.source.value} {gap.subject}", "missed": gap.missed, "why": gap.why},
        )


def _backlog(queue: Queue, telemetry: TelemetrySummary) -> Iterator[Reason]:
    """A depth that grows through the run, or that did not come back after it, by more than a handful."""
    depth = telemetry.of(queue.depth)
    if depth is None:
        return
    drain = next((each for each in telemetry.drains if each.key.label == queue.depth.label), None)
    growth = growth_of(depth.blocks, depth.block, CONFIDENCE)
    minutes = depth.block * len(depth.blocks) / 60
    low = growth.low if growth else None
    grew = growth is not None and low is not None and low > 0 and growth.per_minute * minutes >= LEAST_BACKLOG
    if not grew and not _left(drain):
        return
    yield Reason(
        code=ReasonCode.BACKLOG,
        verdict=Verdict.CONDITIONAL,
        facts={
            "service": queue.name,
            "series": queue.depth.label,
            "per_minute": growth.per_minute if growth and grew else None,
            "deepest": depth.max,
            "at_end": drain.at_end if drain else None,
            "drained": drain.seconds if drain else None,
            "watched": drain.watched if drain else None,
            "received": _mean(queue.received, telemetry),
            "done": _mean(queue.done, telemetry),
        },
    )


def _left(drain: Drain | None) -> bool:
    if drain is None or drain.at_end is None or drained_within(drain) is None:
        return False
    return drain.seconds is None and drain.at_end - (drain.before or 0.0) >= LEAST_BACKLOG


def _mean(ref: SeriesRef | None, telemetry: TelemetrySummary) -> float | None:
    """A rate that is not there because nothing has happened yet is unknown, not nought."""
    found = telemetry.of(ref) if ref else None
    return found.mean if found else None


def _exhausted(pool: PoolUse) -> Reason:
    return Reason(
        code=ReasonCode.POOL_EXHAUSTED,
        verdict=Verdict.CONDITIONAL,
        facts={
            "service": pool.name,
            "series": pool.used.label,
            "size": pool.size,
            "most": pool.most,
            "mean": pool.mean,
            "share": pool.exhausted,
        },
    )


def _drift(measurement: Measurement) -> Iterator[Note]:
    value, low, high = drift_of(measurement.total, "p50", CONFIDENCE)
    if value is not None and low is not None and low > 0 and value >= LEAST_DRIFT:
        yield Note(code=NoteCode.DRIFT, facts={"value": value, "low": low, "high": high})


def _leak(series: SeriesSummary) -> Iterator[Note]:
    """Memory that grows over the whole run and over its second half alone: what only fills up at first is no leak."""
    whole = growth_of(series.blocks, series.block, CONFIDENCE)
    late = growth_of(series.blocks[len(series.blocks) // 2 :], series.block, CONFIDENCE)
    if whole is None or late is None or whole.low is None or late.low is None:
        return
    if whole.low > 0 and late.low > 0 and min(whole.per_minute, late.per_minute) >= LEAST_LEAK:
        yield Note(
            code=NoteCode.MEMORY_GROWS,
            facts={"series": series.key.label, "value": whole.per_minute, "low": whole.low, "high": whole.high},
        )

"""What was sampled in turns of one side, each on a stack started afresh, taken together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from perfgate.judge.telemetry_summary import summarise_telemetry
from perfgate.records.telemetry import (
    MOST_EVENTS,
    MOST_GAPS,
    MOST_SERIES,
    Distribution,
    Drain,
    Gap,
    SamplingCost,
    Series,
    SeriesKey,
    Telemetry,
    TelemetryEvent,
    TelemetrySummary,
)

Spans = Sequence[tuple[float, Telemetry]]  # each turn with the second at which it begins


def summarise_turns(turns: Sequence[Telemetry]) -> TelemetrySummary:
    """As if one turn followed the other without its warm-up, as for requests.

    No growth: what grows in a stack begins anew with each start.
    """
    spans, begin = [], 0.0
    for turn in turns:
        spans.append((begin, turn))
        begin += turn.load - turn.warm_up
    first = turns[0]
    together = Telemetry(
        started_at=first.started_at,
        warm_up=0.0,
        load=begin,
        series=tuple(_series(spans))[:MOST_SERIES],
        events=tuple(_events(spans))[:MOST_EVENTS],
        gaps=tuple(_gaps(turns))[:MOST_GAPS],
        drains=tuple(_drains(turns)),
        distributions=tuple(_distributions(turns)),
        queues=first.queues,
        pools=first.pools,
        cost=SamplingCost(
            cpu=sum(each.cost.cpu for each in turns),
            wall=sum(each.cost.wall for each in turns),
            samples=sum(each.cost.samples for each in turns),
        ),
    )
    summary = summarise_telemetry(together)
    without_growth = (each.model_copy(update={"blocks": (), "growth": None}) for each in summary.series)
    return summary.model_copy(update={"series": tuple(without_growth)})


def _series(spans: Spans) -> Iterator[Series]:
    points: dict[SeriesKey, list[tuple[float, float | None]]] = defaultdict(list)
    for begin, turn in spans:
        for series in turn.series:
            points[series.key] += (
                (offset - turn.warm_up + begin, value)
                for offset, value in zip(series.offsets, series.values, strict=True)
                if turn.warm_up <= offset <= turn.load
            )
    for key, found in points.items():
        yield Series(key=key, offsets=tuple(at for at, _ in found), values=tuple(value for _, value in found))


def _events(spans: Spans) -> Iterator[TelemetryEvent]:
    """One in a warm-up, or while a queue drained, stands at the begin or the end of its turn."""
    for begin, turn in spans:
        length = turn.load - turn.warm_up
        for event in turn.events:
            yield event.model_copy(update={"at": begin + min(max(event.at - turn.warm_up, 0.0), length)})


def _gaps(turns: Sequence[Telemetry]) -> Iterator[Gap]:
    last: dict[tuple[str, str], Gap] = {}
    for turn in turns:
        for gap in turn.gaps:
            known = last.get((gap.source, gap.subject))
            missed = gap.missed + (known.missed if known else 0)
            last[gap.source, gap.subject] = gap.model_copy(update={"missed": missed})
    yield from last.values()


def _drains(turns: Sequence[Telemetry]) -> Iterator[Drain]:
    """Of each queue the one that took longest."""
    worst: dict[SeriesKey, Drain] = {}
    for turn in turns:
        for drain in turn.drains:
            known = worst.get(drain.key)
            if known is None or _longer(drain) > _longer(known):
                worst[drain.key] = drain
    yield from worst.values()


def _longer(drain: Drain) -> tuple[bool, float, float]:
    """What did not drain at all is worse than whatever did; of two, what was left weighs."""
    return drain.seconds is None and drain.at_end is not None, drain.seconds or 0.0, drain.at_end or 0.0


def _distributions(turns: Sequence[Telemetry]) -> Iterator[Distribution]:
    """Of the turns that have the first one's buckets."""
    added: dict[SeriesKey, Distribution] = {}
    for turn in turns:
        for each in turn.distributions:
            known = added.setdefault(each.key, each)
            if known is not each and known.bounds == each.bounds:
                counts = tuple(map(sum, zip(known.counts, each.counts, strict=True)))
                added[each.key] = known.model_copy(update={"counts": counts, "total": known.total + each.total})
    yield from added.values()

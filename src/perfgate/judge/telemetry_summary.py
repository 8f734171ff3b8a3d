"""From every sample to what a measurement keeps: statistics of series, their growth, pools, and a copy to draw."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perfgate.judge.buckets import bucket_quantile
from perfgate.judge.summary import rank_of
from perfgate.judge.trend import theil_sen
from perfgate.records.criteria import TelemetryBudget
from perfgate.records.telemetry import (
    MOST_BLOCKS,
    MOST_POINTS,
    MOST_SHOWN,
    Distribution,
    Growth,
    Pool,
    PoolUse,
    Series,
    SeriesKey,
    SeriesRef,
    SeriesSummary,
    Source,
    Telemetry,
    TelemetrySummary,
)

CONFIDENCE: Final = 0.95  # of growth
SHORTEST_BLOCK: Final = 2.0  # seconds
DIGITS: Final = 6  # significant ones, of what is only drawn or fitted

Floats = NDArray[np.float64]


def summarise_telemetry(telemetry: Telemetry, budgets: Sequence[TelemetryBudget] = ()) -> TelemetrySummary:
    """Over the load without its warm-up, as for requests. What has a budget is among what will be drawn."""
    distributions = {each.key.label: each for each in telemetry.distributions}
    series = tuple(
        _with_distribution(_summary(each, telemetry), distributions.get(each.key.label)) for each in telemetry.series
    )
    return TelemetrySummary(
        series=series,
        events=telemetry.events,
        gaps=telemetry.gaps,
        drains=telemetry.drains,
        queues=telemetry.queues,
        pools=tuple(_pool(each, telemetry) for each in telemetry.pools),
        cost=telemetry.cost,
        thinned=tuple(thin(each) for each in _to_show(telemetry, budgets)),
    )


def is_budgeted(budget: TelemetryBudget, key: SeriesKey) -> bool:
    return key.source is budget.source and key.name == budget.name and fnmatchcase(key.subject, budget.subject)


def growth_of(blocks: Sequence[float | None], block: float, confidence: float) -> Growth | None:
    """Per minute, of the medians of equally long blocks (seconds); None: too few of them."""
    known = [((at + 0.5) * block / 60, value) for at, value in enumerate(blocks) if value is not None]
    slope = theil_sen([at for at, _ in known], [value for _, value in known], confidence)
    if slope is None:
        return None
    return Growth(per_minute=slope.value, low=slope.low, high=slope.high, confidence=confidence, blocks=slope.points)


def thin(series: Series) -> Series:
    """Of every stretch its lowest and its highest sample, in order, so that peaks stay; a gap in it stays a gap."""
    stretches = MOST_POINTS // 3
    count = len(series.values)
    if count <= MOST_POINTS:
        return Series(key=series.key, offsets=series.offsets, values=tuple(map(_rounded, series.values)))
    kept: list[int] = []
    for number in range(stretches):
        stretch = range(number * count // stretches, (number + 1) * count // stretches)
        known = [(value, at) for at in stretch if (value := series.values[at]) is not None]
        ends = {min(known)[1], max(known)[1]} if known else set()
        missing = next((at for at in stretch if series.values[at] is None), None)
        kept += sorted(ends | ({missing} if missing is not None else set()))
    return Series(
        key=series.key,
        offsets=tuple(series.offsets[at] for at in kept),
        values=tuple(_rounded(series.values[at]) for at in kept),
    )


def _summary(series: Series, telemetry: Telemetry) -> SeriesSummary:
    inside = [
        (offset - telemetry.warm_up, value)
        for offset, value in zip(series.offsets, series.values, strict=True)
        if telemetry.warm_up <= offset <= telemetry.load
    ]
    known = [(offset, value) for offset, value in inside if value is not None]
    block, blocks = _blocks(known, telemetry.load - telemetry.warm_up)
    ordered = np.sort(np.array([value for _, value in known]))
    return SeriesSummary(
        key=series.key,
        samples=len(known),
        missed=len(inside) - len(known),
        min=_at(ordered, 0.0),
        max=_at(ordered, 1.0),
        mean=float(ordered.mean()) if len(ordered) else None,
        p50=_at(ordered, 0.50),
        p95=_at(ordered, 0.95),
        p99=_at(ordered, 0.99),
        block=block,
        blocks=blocks,
        growth=growth_of(blocks, block, CONFIDENCE),
    )


def _at(ordered: Floats, share: float) -> float | None:
    return float(ordered[rank_of(len(ordered), share)]) if len(ordered) else None


def _blocks(known: Sequence[tuple[float, float]], measured: float) -> tuple[float, tuple[float | None, ...]]:
    """Length and medians of equally long stretches; offsets from the end of the warm-up."""
    if measured <= 0:
        return SHORTEST_BLOCK, ()
    many = min(max(int(measured / SHORTEST_BLOCK), 1), MOST_BLOCKS)
    block = measured / many
    parts: list[list[float]] = [[] for _ in range(many)]
    for offset, value in known:
        parts[min(int(offset / block), many - 1)].append(value)
    return block, tuple(_rounded(float(np.median(part))) if part else None for part in parts)


def _with_distribution(summary: SeriesSummary, distribution: Distribution | None) -> SeriesSummary:
    """A histogram's own quantiles, over all it counted, say more than those of its means from sample to sample."""
    if distribution is None or not (count := sum(distribution.counts)):
        return summary
    p50, p95, p99 = (bucket_quantile(distribution.bounds, distribution.counts, share) for share in (0.5, 0.95, 0.99))
    return summary.model_copy(update={"p50": p50, "p95": p95, "p99": p99, "mean": distribution.total / count})


def _pool(pool: Pool, telemetry: Telemetry) -> PoolUse:
    used = _inside(pool.used, telemetry)
    size = max(_inside(pool.size, telemetry), default=None) if isinstance(pool.size, SeriesRef) else pool.size
    return PoolUse(
        name=pool.name,
        used=pool.used,
        size=size,
        most=max(used, default=None),
        mean=math.fsum(used) / len(used) if used else None,
        exhausted=sum(each >= size for each in used) / len(used) if used and size else None,
    )


def _inside(ref: SeriesRef, telemetry: Telemetry) -> list[float]:
    """What was sampled of a series during the load without the warm-up."""
    found = next((each for each in telemetry.series if each.key.label == ref.label), None)
    if found is None:
        return []
    points = zip(found.offsets, found.values, strict=True)
    return [value for at, value in points if value is not None and telemetry.warm_up <= at <= telemetry.load]


def _to_show(telemetry: Telemetry, budgets: Sequence[TelemetryBudget]) -> Iterable[Series]:
    """What a reader looks for first: what was named, then processor and memory of all, then the rest."""
    named = {ref.label for queue in telemetry.queues for _, ref in queue if isinstance(ref, SeriesRef)}
    named |= {ref.label for pool in telemetry.pools for ref in (pool.used, pool.size) if isinstance(ref, SeriesRef)}

    named |= {each.key.label for each in telemetry.series if any(is_budgeted(budget, each.key) for budget in budgets)}

    def place(series: Series) -> tuple[int, str]:
        key = series.key
        if key.label in named or key.source is Source.PROBE:
            return 0, key.label
        if key.source is Source.CONTAINER:
            return (1 if key.name in {"cpu", "memory"} else 3), key.label
        return (2 if "{" not in key.name else 4), key.label

    moving = [each for each in telemetry.series if len({value for value in each.values if value is not None}) > 1]
    still = [each for each in telemetry.series if each.key.label in named and each not in moving]
    return sorted([*moving, *still], key=place)[:MOST_SHOWN]


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")

"""With a regression: what else moved inside the stack, the farthest first. A place to look, never a cause."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

from perfgate.judge.inference import robust_spread
from perfgate.records.baseline import Baseline
from perfgate.records.measurement import Measurement
from perfgate.records.telemetry import Moved, SeriesSummary, TelemetrySummary
from perfgate.records.verdict import Reason, ReasonCode

SHOWN: Final = 8
FAR: Final = 3.0  # standard deviations: nearer is noise, as three in a thousand would be by chance alone
LEAST_CHANGE: Final = 0.10
ENOUGH_RUNS: Final = 3  # to tell from them how much runs differ
STEADY: Final = 0.02  # of the value: nothing that is sampled is known more closely
WORTH_LOOKING: Final = frozenset(
    {ReasonCode.REGRESSION, ReasonCode.ERRORS_ROSE, ReasonCode.BACKLOG, ReasonCode.POOL_EXHAUSTED, ReasonCode.BUDGET}
)


def where_to_look(
    measurement: Measurement, history: Sequence[Baseline], reasons: Sequence[Reason]
) -> tuple[Moved, ...]:
    """Empty where nothing got worse. `history`: comparable stored runs; beside a base they count for nothing."""
    now = measurement.telemetry
    if now is None or not any(reason.code in WORTH_LOOKING for reason in reasons):
        return ()
    beside = measurement.side_by_side
    if beside is not None:
        before, runs = ([beside.telemetry] if beside.telemetry else []), 0
    else:
        before = [each.measurement.telemetry for each in history if each.measurement.telemetry is not None]
        runs = len(before)
    found = [moved for each in now.series if (moved := _moved(each, before, runs)) is not None]
    return tuple(sorted(found, key=lambda each: (-each.distance, each.key.label))[:SHOWN])


def _moved(now: SeriesSummary, before: Sequence[TelemetrySummary], runs: int) -> Moved | None:
    earlier = [found for each in before if (found := each.of(now.key)) is not None and found.mean is not None]
    if now.mean is None or not earlier:
        return None
    means = [each.mean for each in earlier if each.mean is not None]
    baseline = median(means)
    spread = robust_spread(means) if len(means) >= ENOUGH_RUNS else _within(now, earlier[0])
    spread = max(spread, STEADY * abs(baseline))
    distance = abs(now.mean - baseline) / spread if spread > 0 else 0.0
    change = now.mean / baseline - 1 if baseline else None
    if distance < FAR or (change is not None and abs(change) < LEAST_CHANGE):
        return None
    return Moved(
        key=now.key, baseline=baseline, candidate=now.mean, change=change, distance=distance, runs=min(runs, len(means))
    )


def _within(now: SeriesSummary, before: SeriesSummary) -> float:
    """How much either run wavers within itself: all there is to go by where there are no several runs."""
    spreads = [0.0]
    for each in (now, before):
        known = [value for value in each.blocks if value is not None]
        if len(known) >= ENOUGH_RUNS:
            spreads.append(robust_spread(known))
    return max(spreads)

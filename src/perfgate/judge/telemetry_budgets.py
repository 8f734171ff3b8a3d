"""Budgets held against what happened inside the stack, and against the drift of response times."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from perfgate.judge.telemetry_summary import growth_of, is_budgeted
from perfgate.judge.trend import theil_sen
from perfgate.records.criteria import Policy, Statistic, TelemetryBudget, holds
from perfgate.records.endpoint import EndpointStatistics
from perfgate.records.judgement import TelemetryChecked
from perfgate.records.measurement import Measurement
from perfgate.records.telemetry import Drain, SeriesKey, SeriesSummary, SeriesUnit, Source, TelemetrySummary
from perfgate.records.verdict import Reason, ReasonCode, Verdict

MOST_OF_A_BUDGET: Final = 60  # series that one with `*` is held against
OVER_THE_RUN: Final = frozenset({Statistic.GROWTH, Statistic.DRIFT})
Bounded = tuple[float | None, float | None, float | None]  # value, low, high
Status = Literal["met", "broken", "uncertain", "unknown"]


def check_telemetry_budgets(
    measurement: Measurement, policy: Policy, *, unsound: bool = False
) -> tuple[TelemetryChecked, ...]:
    """Each against every series that it names; growth and drift by an interval of confidence 1 - 2 alpha_fail.

    `unsound`: response times of this run accuse nobody, so no drift of them is shown.
    """
    confidence = 1 - 2 * policy.alpha_fail
    name = measurement.scenario.name
    found = tuple(
        checked
        for budget in policy.telemetry_budgets
        if budget.scenario in {None, name} and budget.stack in {None, measurement.stack.kind}
        for checked in _check(budget, measurement, confidence)
    )
    return tuple(_doubted(each) if unsound else each for each in found)


def _doubted(checked: TelemetryChecked) -> TelemetryChecked:
    broken = checked.status == "broken" and checked.budget.statistic is Statistic.DRIFT
    return checked.model_copy(update={"status": "uncertain"}) if broken else checked


def telemetry_budget_reasons(checked: Sequence[TelemetryChecked], *, swapped: bool = False) -> Iterator[Reason]:
    """Broken fails; a growth or a drift whose interval reaches the limit is uncertain; no sample is never a pass.

    `swapped`: the stacks were, so that there is no growth over the run to be told.
    """
    for each in checked:
        code, verdict = {
            "broken": (ReasonCode.BUDGET, Verdict.FAIL),
            "uncertain": (ReasonCode.GROWTH_UNCERTAIN, Verdict.CONDITIONAL),
            "unknown": (ReasonCode.NOT_MEASURED, Verdict.CONDITIONAL),
            "met": (None, Verdict.PASS),
        }[each.status]
        if code is not None:
            started_afresh = swapped and each.status == "unknown" and each.budget.statistic in OVER_THE_RUN
            yield Reason(code=code, verdict=verdict, facts={**_facts(each), "started_afresh": started_afresh or None})


def drift_of(statistics: EndpointStatistics, metric: str, confidence: float) -> Bounded:
    """Relative change of a response time from the begin of the run to its end: the Theil-Sen slope through the
    logarithms of the blocks' percentiles, over the length of the run.
    """
    values = [(block.start + block.duration / 2, getattr(block, metric), block) for block in statistics.blocks]
    known = [(at, math.log(value)) for at, value, _ in values if value]
    slope = theil_sen([at for at, _ in known], [value for _, value in known], confidence)
    if slope is None:
        return None, None, None
    length = sum(block.duration for block in statistics.blocks)
    value, low, high = (math.expm1(min(each * length, 50.0)) for each in (slope.value, slope.low, slope.high))
    return value, low, high


def _check(budget: TelemetryBudget, measurement: Measurement, confidence: float) -> Iterator[TelemetryChecked]:
    if budget.statistic is Statistic.DRIFT:
        statistics = measurement.statistics(budget.subject)
        if statistics is None or measurement.swapped:  # each turn is a start of its own
            bounded: Bounded = None, None, None
        else:
            bounded = drift_of(statistics, budget.name, confidence)
        key = SeriesKey(source=Source.REQUESTS, subject=budget.subject, name=budget.name, unit=SeriesUnit.SECONDS)
        yield _checked(budget, key, bounded)
        return
    found = list(_series(budget, measurement.telemetry))[:MOST_OF_A_BUDGET]
    drains = measurement.telemetry.drains if measurement.telemetry else ()
    for each in found:
        yield _checked(budget, each.key, _value(budget, each, drains, confidence))
    if not found:
        yield _checked(budget, None, (None, None, None))


def _series(budget: TelemetryBudget, telemetry: TelemetrySummary | None) -> Iterator[SeriesSummary]:
    for each in telemetry.series if telemetry else ():
        if is_budgeted(budget, each.key):
            yield each


def _value(budget: TelemetryBudget, series: SeriesSummary, drains: Sequence[Drain], confidence: float) -> Bounded:
    match budget.statistic:
        case Statistic.GROWTH:
            growth = growth_of(series.blocks, series.block, confidence)
            return (growth.per_minute, growth.low, growth.high) if growth else (None, None, None)
        case Statistic.DRAIN:
            drain = next((each for each in drains if each.key.label == series.key.label), None)
            return (drained_within(drain) if drain else None), None, None
        case _:
            value: float | None = getattr(series, budget.statistic.value)
            return value, None, None


def drained_within(drain: Drain) -> float | None:
    """Seconds; a queue that has not drained took at least as long as it was watched."""
    if drain.at_end is None:
        return None
    return drain.watched if drain.seconds is None else drain.seconds


def _checked(budget: TelemetryBudget, key: SeriesKey | None, bounded: Bounded) -> TelemetryChecked:
    value, low, high = bounded
    used = None
    if value is not None and budget.limit and budget.comparison.startswith("<"):
        used = value / budget.limit if math.isfinite(value / budget.limit) else None
    return TelemetryChecked(
        budget=budget, key=key, value=value, low=low, high=high, used=used, status=_status(budget, bounded)
    )


def _status(budget: TelemetryBudget, bounded: Bounded) -> Status:
    value, low, high = bounded
    if value is None:
        return "unknown"
    if budget.statistic not in OVER_THE_RUN:
        return "met" if holds(budget, value) else "broken"
    if low is None or high is None or holds(budget, low) is not holds(budget, high):
        return "uncertain"
    return "met" if holds(budget, value) else "broken"


def _facts(checked: TelemetryChecked) -> dict[str, str | int | float | None]:
    budget = checked.budget
    return {
        "budget": f"{budget.text} {checked.key.label if checked.key else ''}".strip(),
        "text": budget.text,
        "series": checked.key.label if checked.key else None,
        "unit": budget.unit.value,
        "statistic": budget.statistic.value,
        "value": checked.value,
        "low": checked.low,
        "high": checked.high,
        "limit": budget.limit,
        "used": checked.used,
    }

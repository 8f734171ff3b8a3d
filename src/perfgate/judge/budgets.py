"""Budgets held against what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from perfgate.judge.inference import wilson
from perfgate.judge.values import needed_requests, observations, percentile_of, value_of
from perfgate.records.criteria import Budget, Policy, holds
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.judgement import Checked
from perfgate.records.measurement import Measurement
from perfgate.records.metric import INVERSES, METRICS, PERCENTILES, RATIOS, Metric
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict

# A budget of which less than this share is used cannot fail in practice, and the reader should know.
LOOSE: Final = 0.02
Facts = dict[str, str | int | float | None]


def check_budgets(measurement: Measurement, policy: Policy) -> tuple[Checked, ...]:
    name = measurement.scenario.name
    return tuple(check(each, measurement) for each in policy.budgets if each.scenario in {None, name})


def check(budget: Budget, measurement: Measurement) -> Checked:
    statistics = measurement.statistics(budget.endpoint or TOTAL)
    value = value_of(statistics, budget.metric) if statistics else None
    if value is None:
        return Checked(budget=budget, value=None, used=None, status="unknown")
    met = holds(budget, value)
    return Checked(budget=budget, value=value, used=_used(budget, value), status="met" if met else "broken")


def budget_reasons(checked: tuple[Checked, ...], measurement: Measurement, policy: Policy) -> Iterator[Reason]:
    """A broken budget fails, unless so few requests carry it that its own interval reaches the limit."""
    for each in checked:
        statistics = measurement.statistics(each.budget.endpoint or TOTAL)
        if statistics is None or each.value is None:
            why = "no request succeeded" if statistics else "it was not requested"
            yield _reason(ReasonCode.NOT_COVERED, each, {"label": each.budget.endpoint or TOTAL, "why": why})
        elif each.status == "broken":
            certain = _certainly_broken(each.budget, statistics, policy.alpha_fail)
            facts: Facts = {
                "text": each.budget.text,
                "value": each.value,
                "limit": each.budget.limit,
                "used": each.used,
            }
            yield _reason(ReasonCode.BUDGET, each, facts, Verdict.FAIL if certain else Verdict.CONDITIONAL)
        elif (have := observations(statistics, each.budget.metric)) < needed_requests(each.budget.metric) and (
            each.budget.metric in PERCENTILES or each.budget.metric in INVERSES
        ):
            needed = needed_requests(each.budget.metric)
            yield _reason(ReasonCode.TOO_FEW_REQUESTS, each, {"requests": have, "needed": needed})


def budget_notes(checked: tuple[Checked, ...]) -> Iterator[Note]:
    for each in checked:
        if each.used is not None and each.used < LOOSE and METRICS[each.budget.metric].lower_is_better and each.value:
            yield Note(
                code=NoteCode.LOOSE_BUDGET,
                endpoint=each.budget.endpoint,
                metric=each.budget.metric,
                facts={"text": each.budget.text, "used": each.used, "value": each.value},
            )


def _reason(
    code: ReasonCode,
    checked: Checked,
    facts: Facts,
    verdict: Verdict = Verdict.CONDITIONAL,
) -> Reason:
    return Reason(
        code=code,
        verdict=verdict,
        endpoint=checked.budget.endpoint or TOTAL,
        metric=checked.budget.metric,
        facts={"budget": checked.budget.text, **facts},
    )


def _used(budget: Budget, value: float) -> float | None:
    """Share of the limit. For a floor on the success rate: share of the failures that it allows."""
    if budget.metric is Metric.SUCCESS_RATE and budget.comparison.startswith(">"):
        return (1 - value) / (1 - budget.limit) if budget.limit < 1 else None
    part, whole = (value, budget.limit) if budget.comparison.startswith("<") else (budget.limit, value)
    share = part / whole if whole else math.inf
    return share if math.isfinite(share) else None  # of next to nothing it is no number


def _certainly_broken(budget: Budget, statistics: EndpointStatistics, alpha: float) -> bool:
    """Whether the end of the interval that is nearest to the limit breaks it too."""
    if budget.metric in RATIOS and statistics.requests:
        interval = wilson(statistics.failures, statistics.requests, 1 - 2 * alpha)
        nearest = interval.low if budget.metric is Metric.ERROR_RATIO else 1 - interval.low
        return not holds(budget, nearest)
    percentile = percentile_of(statistics, budget.metric)
    if percentile is None:
        return True  # counts, means and maxima are what they are
    nearest_end = percentile.low if budget.comparison.startswith("<") else percentile.high
    return nearest_end is not None and not holds(budget, nearest_end)

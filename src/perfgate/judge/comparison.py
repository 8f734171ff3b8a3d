"""One metric of one endpoint against its history: how much it changed, between which bounds, how surely.

The spread that counts is the one between runs; that within a run is several times narrower and knows nothing of other
hours and machines. So the interval is a prediction interval for one new run, never a test over single requests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Final, Literal

from perfgate.judge.inference import NORMAL, POWER, newcombe, robust_spread, t_cdf, t_quantile
from perfgate.judge.values import needed_requests, observations, sampling_error, value_of
from perfgate.records.criteria import Tolerance
from perfgate.records.endpoint import EndpointStatistics
from perfgate.records.judgement import Change, Kind
from perfgate.records.metric import METRICS, Metric

# Runs from which on a history speaks for itself (an interval from fewer has no width worth the name).
ENOUGH_RUNS: Final = 8
# With fewer, the spread between runs leans on this: standard deviation of the logarithm between runs on shared
# machines. Published and own findings (docs/judging.md): 3-30 %, tails worse than medians.
PRIOR_SPREAD: Final[dict[Metric, float]] = {
    Metric.P50: 0.15,
    Metric.MEAN: 0.15,
    Metric.P95: 0.20,
    Metric.P99: 0.30,
    Metric.MAX: 0.50,
    Metric.THROUGHPUT: 0.10,
}
# How many runs' worth the prior counts, so that it fades as the history grows.
PRIOR_DEGREES: Final = 8
ON_LOG_SCALE: Final = frozenset(PRIOR_SPREAD)


@dataclass(frozen=True)
class Estimate:
    """Of a change on the log scale, worse above zero; `degrees` of freedom are Student's t."""

    change: float
    error: float  # standard error of a prediction for one new run
    degrees: float
    spread: float
    spread_from: Literal["history", "prior", "mixed", "sampling"]

    def p_value(self, null: float) -> float:
        """Against 'the true worsening is at most `null`'."""
        return 1 - t_cdf((self.change - null) / self.error, self.degrees)

    def lower(self, level: float) -> float:
        return self.change - t_quantile(1 - level, self.degrees) * self.error

    def upper(self, level: float) -> float:
        return self.change + t_quantile(1 - level, self.degrees) * self.error


@dataclass(frozen=True)
class Subject:
    """What is compared: the metric of an endpoint, in the candidate and in each run of the history that has it."""

    metric: Metric
    candidate: EndpointStatistics
    history: tuple[EndpointStatistics, ...]
    tolerance: Tolerance | None
    other_machine: bool = False  # the history is of machines unlike the candidate's

    @property
    def values(self) -> tuple[float, ...]:
        found = (value_of(each, self.metric) for each in self.history)
        return tuple(value for value in found if value is not None)

    @property
    def thin(self) -> bool:
        """Too few requests, here or in the newest run, for this metric to be judged closely."""
        needed = needed_requests(self.metric)
        return min(observations(each, self.metric) for each in (self.candidate, *self.history[:1])) < needed


def estimate(subject: Subject) -> Estimate | None:
    """None where there is nothing to compare, or too few requests to say anything at all."""
    if subject.metric in ON_LOG_SCALE:
        return _on_log_scale(subject)
    return None  # ratios of failures have an interval of their own: see `ratio_change`


def _on_log_scale(subject: Subject) -> Estimate | None:
    value = value_of(subject.candidate, subject.metric)
    sampling = sampling_error(subject.candidate, subject.metric)
    logs = [math.log(each) for each in subject.values if each > 0]
    if value is None or value <= 0 or sampling is None or not logs:
        return None
    sign = 1 if METRICS[subject.metric].lower_is_better else -1
    runs = len(logs)
    if runs >= ENOUGH_RUNS and not subject.other_machine:
        return predicted(sign * math.log(value), [sign * each for each in logs], sampling)
    spread = pooled_spread(logs, PRIOR_SPREAD[subject.metric])
    if subject.other_machine:  # however alike those runs are to each other, they say nothing of this machine
        spread = max(spread, PRIOR_SPREAD[subject.metric])
    baseline_sampling = [sampling_error(each, subject.metric) or sampling for each in subject.history]
    error = math.sqrt(spread**2 * (1 + 1 / runs) + sampling**2 + mean(each**2 for each in baseline_sampling) / runs)
    return Estimate(
        change=sign * (math.log(value) - mean(logs)),
        error=error,
        degrees=PRIOR_DEGREES + runs - 1,
        spread=spread,
        spread_from="prior" if runs == 1 else "mixed",
    )


def predicted(value: float, before: Sequence[float], sampling: float) -> Estimate:
    """From enough runs, all on the log scale, worse above; `sampling`: what the new run knows of itself."""
    spread, runs = robust_spread(before), len(before)
    # Prediction interval around a median: Var(median) = pi/2 * s^2 / n for normal data.
    error = spread * math.sqrt(1 + math.pi / (2 * runs))
    return Estimate(value - median(before), max(error, sampling), runs - 1, spread, "history")


def pooled_spread(logs: Sequence[float], prior: float) -> float:
    """Prior and observed variance weighted by their degrees of freedom (scaled inverse chi-squared prior)."""
    middle = mean(logs)
    observed = math.fsum((each - middle) ** 2 for each in logs)
    return math.sqrt((PRIOR_DEGREES * prior**2 + observed) / (PRIOR_DEGREES + len(logs) - 1))


def null_of(tolerance: Tolerance) -> float:
    """A worsening must be shown to exceed half the tolerance, on the log scale, before it is called a regression."""
    return math.log1p(tolerance.fail) / 2


def change_of(label: str, subject: Subject, measured: Estimate, *, level: float, alpha_pass: float) -> Change:
    """The change in words of the record. `level` is the one-sided error at which a regression may be called."""
    value = value_of(subject.candidate, subject.metric)
    baseline = math.exp(mean(math.log(each) for each in subject.values if each > 0))
    if measured.spread_from == "history":
        baseline = median(subject.values)
    sign = 1 if METRICS[subject.metric].lower_is_better else -1
    better, worse = measured.lower(level), measured.upper(alpha_pass)
    return Change(
        endpoint=label,
        metric=subject.metric,
        baseline=baseline,
        candidate=value or 0.0,
        absolute=False,
        change=math.expm1(sign * measured.change),
        bound_better=relative(sign * better),
        bound_worse=relative(sign * worse),
        kind=kind_of(
            subject.metric,
            subject.tolerance,
            Bounds(measured.change, better, worse),
            baseline=baseline,
            candidate=value or 0.0,
        ),
        tolerance=subject.tolerance,
        gated=subject.tolerance is not None and not subject.thin,
        runs=len(subject.values),
        spread=measured.spread,
        spread_from=measured.spread_from,
        smallest_detectable=smallest_detectable(subject.tolerance, measured, level),
    )


def relative(logarithm: float) -> float:
    """A logarithm as a relative change."""
    return math.expm1(min(logarithm, 20.0))  # beyond e^20 nobody reads the digits, and infinity is no number


@dataclass(frozen=True)
class Bounds:
    """Of a change on the log scale, worse above zero: `better` the smallest that is plausible, `worse` the largest."""

    change: float
    better: float
    worse: float


def kind_of(metric: Metric, tolerance: Tolerance | None, found: Bounds, *, baseline: float, candidate: float) -> Kind:
    """The three-way rule; `baseline` and `candidate` in the metric's unit, for the absolute floor."""
    if tolerance is None:
        return Kind.REGRESSED if found.better > 0 else Kind.IMPROVED if found.worse < 0 else Kind.INCONCLUSIVE
    limit = math.log1p(tolerance.fail)
    large_enough = abs(candidate - baseline) > tolerance.at_least
    if found.better > limit / 2 and found.change > limit and large_enough:
        return Kind.REGRESSED
    if found.worse < limit:
        return Kind.IMPROVED if found.worse < 0 else Kind.UNCHANGED
    # Even the largest worsening still plausible would be below what anybody minds.
    if METRICS[metric].lower_is_better and baseline * relative(found.worse) < tolerance.at_least:
        return Kind.UNCHANGED
    return Kind.INCONCLUSIVE


def smallest_detectable(tolerance: Tolerance | None, measured: Estimate, level: float) -> float | None:
    """The true worsening that would have been called a regression with 80 % power, given this spread."""
    if tolerance is None:
        return None
    reach = (t_quantile(1 - level, measured.degrees) + NORMAL.inv_cdf(POWER)) * measured.error
    return relative(max(math.log1p(tolerance.fail), null_of(tolerance) + reach))


def ratio_change(
    label: str, subject: Subject, *, level: float, alpha_pass: float, clustering: float = 1.0
) -> Change | None:
    """Of error_ratio or success_rate: an absolute difference, so that a baseline of zero needs no rule of its own.

    Runs of the history are taken together. Where not one request failed there is nothing that could have got worse.
    `clustering`: how many times wider than for independent requests the interval is.
    """
    value = value_of(subject.candidate, subject.metric)
    requests = sum(each.requests for each in subject.history)
    if value is None or not requests:
        return None
    failures = sum(each.failures for each in subject.history)
    base, head = (failures, requests), (subject.candidate.failures, subject.candidate.requests)
    worsening = head[0] / head[1] - base[0] / base[1]
    low = worsening - clustering * (worsening - newcombe(base, head, 1 - 2 * level).low)
    high = worsening + clustering * (newcombe(base, head, 1 - 2 * alpha_pass).high - worsening)
    sign = 1 if METRICS[subject.metric].lower_is_better else -1
    baseline = failures / requests
    return Change(
        endpoint=label,
        metric=subject.metric,
        baseline=baseline if sign > 0 else 1 - baseline,
        candidate=value,
        absolute=True,
        change=sign * worsening,
        bound_better=sign * low,
        bound_worse=sign * high,
        kind=_ratio_kind(subject.tolerance, worsening, low, high, failed=head[0] > 0),
        tolerance=subject.tolerance,
        gated=subject.tolerance is not None and not subject.thin,
        runs=len(subject.history),
        spread=None,
        spread_from="sampling",
        smallest_detectable=None,
    )


def _ratio_kind(tolerance: Tolerance | None, worsening: float, low: float, high: float, *, failed: bool) -> Kind:
    if tolerance is not None and low > tolerance.fail / 2 and worsening > tolerance.fail:
        return Kind.REGRESSED
    if high < 0:
        return Kind.IMPROVED
    if not failed or (tolerance is not None and high < tolerance.fail):
        return Kind.UNCHANGED
    return Kind.INCONCLUSIVE

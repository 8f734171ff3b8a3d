"""The head against stored runs by their ratios to one pinned reference: what differs between machines and hours is in
both sides of a ratio, and cancels out.

Rules: docs/statistics.md, "Ratios to a pinned reference"; what they gain: docs/accuracy.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from perfgate.judge.changes import tolerance_for
from perfgate.judge.comparison import (
    ENOUGH_RUNS,
    PRIOR_DEGREES,
    PRIOR_SPREAD,
    Bounds,
    Estimate,
    Subject,
    kind_of,
    null_of,
    pooled_spread,
    ratio_change,
    relative,
    smallest_detectable,
)
from perfgate.judge.differences import Compared, compared
from perfgate.judge.history import History
from perfgate.judge.inference import holm_levels, robust_spread
from perfgate.judge.ratios import RunRatio, of_run, of_start, together
from perfgate.judge.start_luck import luck_of
from perfgate.judge.values import value_of
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.judgement import Change, Kind
from perfgate.records.measurement import BesideReference, Measurement
from perfgate.records.metric import METRICS, RATIOS, Metric


@dataclass(frozen=True)
class Judged:
    """One comparison. On the log scale, worse above zero."""

    compared: Compared
    ratio: RunRatio  # head to reference, of all starts
    first: Estimate | None  # of the change, by the first starts; None: no stored run has it
    again: Estimate | None  # by fresh starts
    expected: float  # ratio to the reference that stored runs have
    runs: int
    level: float  # one-sided error at which a regression may be called
    kind: Kind  # as the first starts alone have it
    confirmed: bool | None  # a regression, on fresh starts; None: nothing to confirm, or not tried

    @property
    def settled(self) -> Kind:
        """A regression stands only where fresh starts have shown it again."""
        return Kind.INCONCLUSIVE if self.kind is Kind.REGRESSED and not self.confirmed else self.kind

    def told(self, alpha_pass: float) -> Bounds:
        """What looked slower by all starts, anything else by the first ones, as it is judged; the bounds hold all that
        any of them leaves possible. Raises `ValueError` where no stored run has it.
        """
        if self.first is None:
            raise ValueError("there is nothing to compare with")
        bounds = Bounds(self.first.change, self.first.lower(self.level), self.first.upper(alpha_pass))
        if self.again is None or self.kind is not Kind.REGRESSED:
            return bounds
        return Bounds(
            (self.first.change + self.again.change) / 2,
            min(bounds.better, self.again.lower(alpha_pass)),
            max(bounds.worse, self.again.upper(alpha_pass)),
        )


def looks_slower(measurement: Measurement, history: History, policy: Policy) -> bool:
    """Whether something looks like a regression on the first starts, and must show again on fresh ones."""
    judged = judge_ratios(measurement, history, policy)
    return any(each.kind is Kind.REGRESSED and each.compared.tolerance is not None for each in judged)


def judge_ratios(measurement: Measurement, history: History, policy: Policy) -> list[Judged]:
    """All that the pairs bear; half of the error of a false alarm is for the total, half for all endpoints together.

    `policy` is the one for sides on one machine. Raises `ValueError` without a reference.
    """
    reference = measurement.reference
    if reference is None:
        raise ValueError("there are no ratios")
    head = (measurement.total, *measurement.endpoints)
    known = [each for each in compared(reference.beside, head, policy) if of_run(reference, each.label, each.metric)]
    total = [each for each in known if each.label == TOTAL]
    endpoints = [each for each in known if each.label != TOTAL]
    share = policy.alpha_fail / 2 if total and endpoints else policy.alpha_fail
    return [
        each
        for family in (total, endpoints)
        for each in _judged_family(family, reference, history, share, policy.alpha_pass)
    ]


def _judged_family(
    family: Sequence[Compared], reference: BesideReference, history: History, alpha: float, alpha_pass: float
) -> Iterator[Judged]:
    """Holm's steps share the error between what has a tolerance."""
    known = [_estimated(each, reference, history) for each in family]
    judged = [each for each in known if each.first is not None and each.of.tolerance is not None]
    p_values = [each.first.p_value(null_of(each.of.tolerance)) for each in judged if each.first and each.of.tolerance]
    levels = dict(zip(map(id, judged), holm_levels(p_values, alpha), strict=True))
    for each in known:
        yield each.judged(levels.get(id(each), alpha), alpha_pass)


@dataclass(frozen=True)
class _Estimated:
    of: Compared
    starts: tuple[RunRatio, ...]
    first: Estimate | None
    again: Estimate | None
    expected: float
    runs: int

    def judged(self, level: float, alpha_pass: float) -> Judged:
        ratio, tolerance = together(self.starts), self.of.tolerance
        kind, confirmed = Kind.INCONCLUSIVE, None
        if self.first is not None:
            bounds = Bounds(self.first.change, self.first.lower(level), self.first.upper(alpha_pass))
            candidate = value_of(self.of.head, self.of.metric) or 0.0
            baseline = baseline_here(self.of, self.expected)
            kind = kind_of(self.of.metric, tolerance, bounds, baseline=baseline, candidate=candidate)
        if kind is Kind.REGRESSED and tolerance is None:
            confirmed = True  # shown, and accuses nobody
        elif kind is Kind.REGRESSED and tolerance is not None and self.again is not None:
            confirmed = self.first is not None and confirms(self.first, self.again, tolerance.fail, alpha_pass)
        return Judged(self.of, ratio, self.first, self.again, self.expected, self.runs, level, kind, confirmed)


def _estimated(of: Compared, reference: BesideReference, history: History) -> _Estimated:
    found = (of_start(start, of.label, of.metric) for start in reference.starts)
    starts = tuple(each for each in found if each is not None)
    before = _before(of, history)
    if not before:
        return _Estimated(of, starts, None, None, 0.0, 0)
    luck = luck_of(reference.beside.start_luck)
    floor = PRIOR_SPREAD[of.metric] if history.other_machine else 0.0
    first, *again = (estimate(each, before, luck=luck, at_least=floor) for each in starts)
    return _Estimated(of, starts, first, again[0] if again else None, expected_of(before), len(before))


def _before(of: Compared, history: History) -> list[RunRatio]:
    references = [run.measurement.reference for run in history.runs]
    found = [of_run(each, of.label, of.metric) for each in references if each is not None]
    return [each for each in found if each is not None]


def expected_of(before: Sequence[RunRatio]) -> float:
    estimates = [each.estimate for each in before]
    return median(estimates) if len(before) >= ENOUGH_RUNS else fmean(estimates)


def estimate(now: RunRatio, before: Sequence[RunRatio], *, luck: float, at_least: float = 0.0) -> Estimate:
    """A prediction interval for the ratio of one new run.

    `luck`: of one start, as a standard deviation of the logarithm. `at_least`: of the spread between runs, where the
    stored ones say nothing of this machine.
    """
    runs, estimates = len(before), [each.estimate for each in before]
    change = now.estimate - expected_of(before)
    by_pairs = fmean(each.error**2 for each in before)
    if runs >= ENOUGH_RUNS and not at_least:
        # What differs between runs, and what of it their pairs do not explain: this run has its own pairs.
        spread = math.sqrt(max(robust_spread(estimates) ** 2, by_pairs))
        own = spread**2 - by_pairs + now.error**2
        # Var(median) = pi/2 * s^2 / n for normal data.
        return Estimate(change, math.sqrt(own + spread**2 * math.pi / (2 * runs)), runs - 1, spread, "history")
    # With few runs, what each of them knows of its own error: pairs, and the luck of two starts.
    explained = math.sqrt(fmean(each.variance(luck) for each in before))
    spread = max(pooled_spread(estimates, explained), at_least)
    own = max(spread**2 - by_pairs, 2 * luck**2 / now.starts) + now.error**2
    error = math.sqrt(own + spread**2 / runs)
    return Estimate(change, error, PRIOR_DEGREES + runs - 1, spread, "mixed")


def confirms(first: Estimate, again: Estimate, tolerance: float, alpha_pass: float) -> bool:
    """Whether fresh starts show a regression again; both together tell how large it is.

    The first starts have spent the error of a false alarm; the second need only not be chance again.
    """
    limit = math.log1p(tolerance)
    return again.lower(alpha_pass) > limit / 2 and (first.change + again.change) / 2 > limit


def baseline_here(of: Compared, expected: float) -> float:
    """What the stored runs would have measured on this machine: the reference's value, by their ratio to it."""
    sign = 1 if METRICS[of.metric].lower_is_better else -1
    return (value_of(of.base, of.metric) or 0.0) * math.exp(sign * expected)


def ratio_changes(
    judged: Sequence[Judged], measurement: Measurement, history: History, policy: Policy
) -> tuple[Change, ...]:
    """What has stored runs to be held against; ratios of failures, which need no reference, beside them."""
    found = [_change(each, each.first, policy.alpha_pass) for each in judged if each.first is not None]
    return (*found, *_failures(measurement, history, policy))


def _change(judged: Judged, first: Estimate, alpha_pass: float) -> Change:
    of = judged.compared
    sign, told = 1 if METRICS[of.metric].lower_is_better else -1, judged.told(alpha_pass)
    return Change(
        endpoint=of.label,
        metric=of.metric,
        baseline=baseline_here(of, judged.expected),
        candidate=value_of(of.head, of.metric) or 0.0,
        absolute=False,
        change=relative(sign * told.change),
        bound_better=relative(sign * told.better),
        bound_worse=relative(sign * told.worse),
        kind=judged.settled,
        tolerance=of.tolerance,
        gated=of.gated,
        runs=judged.runs,
        spread=first.spread,
        spread_from=first.spread_from,
        smallest_detectable=smallest_detectable(of.tolerance, first, judged.level),
    )


def _failures(measurement: Measurement, history: History, policy: Policy) -> Iterator[Change]:
    head = (measurement.total, *measurement.endpoints)
    rows = [(each, before) for each in head if (before := _runs_of(each, history))]
    metrics = dict.fromkeys((Metric.ERROR_RATIO, *(each.metric for each in policy.tolerances)))
    for metric in metrics.keys() & RATIOS:
        for statistics, before in rows:
            subject = Subject(metric, statistics, before, tolerance_for(metric, statistics.label, policy))
            level = policy.alpha_fail / max(len(rows), 1)
            change = ratio_change(statistics.label, subject, level=level, alpha_pass=policy.alpha_pass)
            if change is not None:
                yield change


def _runs_of(statistics: EndpointStatistics, history: History) -> tuple[EndpointStatistics, ...]:
    found = (run.measurement.statistics(statistics.label) for run in history.runs)
    return tuple(each for each in found if each is not None and each.requests)

"""Base and head measured side by side: every comparison, by pairs of blocks, at the planned looks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from perfgate.judge.changes import worsening
from perfgate.judge.differences import P99_FROM, Compared, compared
from perfgate.judge.judged import Judged
from perfgate.judge.outlook import Outlook, futile
from perfgate.judge.paired import MINIMUM_PAIRS, Levels, confirms, control_of, decide, estimate
from perfgate.judge.paired_changes import compared_ratios
from perfgate.judge.sequential import nominal_level
from perfgate.judge.start_luck import luck_of
from perfgate.judge.values import value_of
from perfgate.records.criteria import Policy, Tolerance
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.judgement import Change, Kind
from perfgate.records.measurement import SideBySide
from perfgate.records.metric import METRICS, Metric
from perfgate.records.pairs import EnoughBecause


def judge_pairs(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> list[Judged]:
    """Percentiles and means of the total and of every endpoint on both sides; `head` has the total first.

    The error of a false alarm is shared: half for the total, half for all endpoints together, however many there are.
    """
    enough = [each for each in compared(measured, head, policy) if len(each.starts[0]) >= MINIMUM_PAIRS]
    total = [each for each in enough if each.label == TOTAL]
    endpoints = [each for each in enough if each.label != TOTAL]
    share = policy.alpha_fail / 2 if total and endpoints else policy.alpha_fail
    looks = measured.design.looks
    passing = nominal_level(looks, policy.alpha_pass)
    confirming = nominal_level(measured.design.fresh_looks, policy.alpha_pass)
    # Swapped stacks have fresh starts in each pair: their luck is in the spread of the pairs.
    luck = 0.0 if measured.starts[0].swapped else luck_of(measured.start_luck)
    return [
        each
        for family in (total, endpoints)
        for each in _judged_family(family, looks, share, passing=passing, confirming=confirming, luck=luck)
    ]


def _judged_family(
    family: Sequence[Compared], looks: tuple[int, ...], alpha: float, *, passing: float, confirming: float, luck: float
) -> list[Judged]:
    """By Holm's steps: what is rejected leaves its share of the error to the others."""
    gated = sum(each.tolerance is not None for each in family)
    judged: list[Judged] = []
    rejected = -1
    while rejected < (found := sum(each.kind is Kind.REGRESSED for each in judged)):
        rejected = found
        level = nominal_level(looks, alpha / max(gated - rejected, 1))
        judged = [_judged(each, Levels(level, passing), confirming, luck) for each in family]
    return judged


def enough(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> EnoughBecause | None:
    """Why more load could not change the verdict; None: it still could. Asked at the planned looks."""
    judged = judge_pairs(measured, head, policy)
    suspects = [each for each in judged if each.kind is Kind.REGRESSED]
    if measured.control is not None:
        return None  # a control has one look, at its end
    if len(measured.starts) > 1:
        return None if any(_confirmation_open(each) for each in suspects) else "decided"
    if suspects:
        return "decided"
    if _waits_for_p99(measured, head, policy):
        return None
    gated = [each for each in judged if each.compared.gated]
    errors = _errors_open(measured, head, policy)
    if gated and all(each.kind is not Kind.INCONCLUSIVE for each in gated):
        return None if errors else "decided"
    if any(_beyond(each) for each in errors):
        return None
    share = _seen(measured) / measured.design.looks[-1]
    unclear = _outlooks(each for each in gated if each.kind is Kind.INCONCLUSIVE)
    return "futile" if futile(unclear, _outlooks(judged), share) else None


def _errors_open(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> list[Change]:
    """Ratios of failures that are not yet shown to be tolerable. One that certainly rose ends no load either: it is
    judged once, where the load ends, so that looking often accuses nobody.
    """
    level = nominal_level(measured.design.looks, policy.alpha_pass)
    found = compared_ratios(measured, head, policy, level)
    return [each for each in found if each.gated and each.kind not in {Kind.UNCHANGED, Kind.IMPROVED}]


def _beyond(change: Change) -> bool:
    return change.tolerance is not None and worsening(change) > change.tolerance.fail


def _outlooks(judged: Iterable[Judged]) -> list[Outlook]:
    return [each.outlook for each in judged if each.outlook is not None]


def alarms(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> bool:
    """Whether something looks like a regression on the first starts, and must show again on fresh ones."""
    return any(each.kind is Kind.REGRESSED for each in judge_pairs(measured, head, policy))


def confirmed(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> bool:
    """Whether fresh starts have shown a regression again: a fail is about to be said."""
    return any(each.confirmed for each in judge_pairs(measured, head, policy))


def _seen(measured: SideBySide) -> int:
    return len(measured.starts[0].judged)


def _waits_for_p99(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> bool:
    """Whether p99 is to be judged, not yet with enough requests, and the plan holds enough."""
    for tolerance in policy.tolerances:
        label = tolerance.endpoint or TOTAL
        sides = measured.statistics(label), next((each for each in head if each.label == label), None)
        requests = min(0 if side is None else side.requests for side in sides)
        planned = requests * measured.design.looks[-1] / max(_seen(measured), 1)
        if tolerance.metric is Metric.P99 and requests < P99_FROM <= planned:
            return True
    return False


def _confirmation_open(judged: Judged) -> bool:
    if judged.confirmed or judged.compared.tolerance is None:
        return False
    upper = judged.again.upper if judged.again else None
    return upper is None or upper >= math.log1p(judged.compared.tolerance.fail)


def _judged(of: Compared, levels: Levels, confirming: float, luck: float) -> Judged:
    first = estimate(of.starts[0], levels, start_luck=luck)
    again, alone = None, estimate(of.starts[0], Levels(levels.passing, levels.passing), start_luck=luck)
    if len(of.starts) > 1 and len(of.starts[1]) >= MINIMUM_PAIRS:
        # The first starts have spent the error of a false alarm; the second need only not be chance again.
        again = estimate(of.starts[1], Levels(confirming, confirming), start_luck=luck)
    control = None
    if len(of.control) >= MINIMUM_PAIRS:
        control = control_of(of.control, start_luck=luck)
    tolerance = of.tolerance
    if tolerance is None:
        return Judged(of, first, again, alone, Kind.INCONCLUSIVE, levels, luck, None, control)
    kind = decide(first, tolerance.fail, large_enough=_large_enough(of, tolerance))
    if kind is Kind.INCONCLUSIVE and first.upper is not None:
        # Even the largest worsening still plausible would be below what anybody minds.
        base = value_of(of.base, of.metric) or 0.0
        if METRICS[of.metric].lower_is_better and base * math.expm1(first.upper) < tolerance.at_least:
            kind = Kind.UNCHANGED
    shown = confirms(first, again, tolerance.fail) if kind is Kind.REGRESSED and again is not None else None
    if of.swapped:
        shown = True if kind is Kind.REGRESSED else None  # over as many fresh starts as there are pairs
    return Judged(of, first, again, alone, kind, levels, luck, shown, control)


def _large_enough(of: Compared, tolerance: Tolerance) -> bool:
    base, head = value_of(of.base, of.metric), value_of(of.head, of.metric)
    return base is not None and head is not None and abs(head - base) > tolerance.at_least

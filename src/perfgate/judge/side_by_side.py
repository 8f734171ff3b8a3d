"""Base and head measured side by side: every comparison, by pairs of blocks, at the planned looks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from perfgate.judge.changes import RATIOS, tolerance_for, too_uncertain
from perfgate.judge.comparison import Subject, ratio_change
from perfgate.judge.inference import NORMAL
from perfgate.judge.paired import MINIMUM_PAIRS, Levels, PairedEstimate, confirms, decide, estimate
from perfgate.judge.pairing import NEEDED
from perfgate.judge.sequential import nominal_level
from perfgate.judge.values import value_of
from perfgate.records.criteria import Policy, Tolerance
from perfgate.records.judgement import Change, Kind, Note, NoteCode, Reason, ReasonCode, Verdict
from perfgate.records.measurement import TOTAL, EndpointStatistics, SideBySide
from perfgate.records.metric import METRICS, Metric
from perfgate.records.pairs import BlockFigures, Pair

FIGURES: Final = {Metric.P50: "p50", Metric.P95: "p95", Metric.P99: "p99", Metric.MEAN: "log_mean"}
BY_PAIRS: Final = frozenset({*FIGURES, Metric.THROUGHPUT})
COMPARED: Final = (Metric.P50, Metric.P95, Metric.P99, Metric.ERROR_RATIO)
# Requests of each side below which an endpoint is reported, and can fail, but does not make anything unclear.
GATED_FROM: Final = 1500
# More than this share of requests reaching into the other side's block: the sides disturbed each other.
OVERLAP: Final = 0.02
POWER: Final = 0.80
SOURCES: Final = 3  # endpoints that are named as the likely source
# So narrow must the standard error be for nine in ten unchanged runs to pass: (1.645 + 1.28) of it within the margin.
FOR_PASSING: Final = NORMAL.inv_cdf(0.95) + NORMAL.inv_cdf(0.90)


@dataclass(frozen=True)
class Compared:
    """One metric of one endpoint, on each pair of fresh starts."""

    label: str
    metric: Metric
    tolerance: Tolerance | None
    base: EndpointStatistics
    head: EndpointStatistics
    starts: tuple[tuple[float, ...], ...]  # of each pair but the first, on the log scale, worse above zero


@dataclass(frozen=True)
class Judged:
    compared: Compared
    first: PairedEstimate
    again: PairedEstimate | None
    alone: PairedEstimate  # the first, as if nothing else were compared
    kind: Kind  # as the first starts alone have it
    level: float
    confirmed: bool | None  # a regression, on fresh starts; None: nothing to confirm, or not tried

    @property
    def settled(self) -> Kind:
        """A regression stands only where fresh starts have shown it again."""
        return Kind.INCONCLUSIVE if self.kind is Kind.REGRESSED and not self.confirmed else self.kind


def paired_changes(
    judged: Sequence[Judged], measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy
) -> tuple[Change, ...]:
    """Of the total and of every endpoint on both sides, also of ratios, which need no pairs."""
    return (*map(_change, judged), *_ratios(measured, head, policy))


def judge_pairs(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> list[Judged]:
    """Percentiles and means of the total and of every endpoint on both sides; `head` has the total first.

    The error of a false alarm is shared: half for the total, half for all endpoints together, however many there are.
    """
    compared = [each for each in _compared(measured, head, policy) if len(each.starts[0]) >= MINIMUM_PAIRS]
    total = [each for each in compared if each.label == TOTAL]
    endpoints = [each for each in compared if each.label != TOTAL]
    share = policy.alpha_fail / 2 if total and endpoints else policy.alpha_fail
    looks = measured.design.looks
    passing = nominal_level(looks, policy.alpha_pass)
    return [each for family in (total, endpoints) for each in _judged_family(family, looks, share, passing)]


def _judged_family(family: Sequence[Compared], looks: tuple[int, ...], alpha: float, passing: float) -> list[Judged]:
    """By Holm's steps: what is rejected leaves its share of the error to the others."""
    gated = sum(each.tolerance is not None for each in family)
    judged: list[Judged] = []
    rejected = -1
    while rejected < (found := sum(each.kind is Kind.REGRESSED for each in judged)):
        rejected = found
        level = nominal_level(looks, alpha / max(gated - rejected, 1))
        judged = [_judged(each, Levels(level, passing)) for each in family]
    return judged


def undecided(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> bool:
    """Whether more load could still change the verdict; asked at the planned looks."""
    judged = judge_pairs(measured, head, policy)
    suspects = [each for each in judged if each.kind is Kind.REGRESSED]
    if len(measured.starts) > 1:
        return any(_confirmation_open(each) for each in suspects)
    gated = [each for each in judged if _gated(each.compared)]
    return not suspects and (not gated or any(each.kind is Kind.INCONCLUSIVE for each in gated))


def alarms(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> bool:
    """Whether something looks like a regression on the first starts, and must show again on fresh ones."""
    return any(each.kind is Kind.REGRESSED for each in judge_pairs(measured, head, policy))


def _confirmation_open(judged: Judged) -> bool:
    if judged.confirmed or judged.compared.tolerance is None:
        return False
    upper = judged.again.upper if judged.again else None
    return upper is None or upper >= math.log1p(judged.compared.tolerance.fail)


def paired_reasons(
    measured: SideBySide, found: Sequence[Change], judged: Sequence[Judged], policy: Policy
) -> Iterator[Reason]:
    """What pairs add to the reasons that changes give anyhow."""
    if not policy.tolerances and not policy.budgets:
        yield Reason(code=ReasonCode.NOTHING_CHECKED, verdict=Verdict.CONDITIONAL)
    if measured.total.response_times is None or measured.stack.faults:
        yield _base_broke(measured)
    for each in judged:
        if each.kind is Kind.REGRESSED and not each.confirmed:
            yield _unconfirmed(each)
    unclear = [
        change
        for change in found
        if change.gated and change.kind is Kind.INCONCLUSIVE and not _is_unconfirmed(change, judged)
    ]
    if unclear:
        yield _inconclusive(unclear, measured)
    yield from _not_compared(measured, judged, policy)
    overlapping = sum(pair.overlapping for start in measured.starts for pair in start.pairs)
    requests = sum(pair.blocks[0].base.requests + pair.blocks[0].head.requests for pair in _all(measured))
    if overlapping > OVERLAP * requests:
        yield Reason(
            code=ReasonCode.NOISY_RUNNER,
            verdict=Verdict.CONDITIONAL,
            facts={"overlapping": overlapping, "requests": requests},
        )


def source_notes(judged: Sequence[Judged]) -> Iterator[Note]:
    """Where a regression of the total most likely comes from, if no endpoint is shown to have regressed by itself.

    The load ends as soon as the total is decided, so evidence for single endpoints is weaker: here each is held to
    the level of one comparison, not of all.
    """
    regressed = [each for each in judged if each.settled is Kind.REGRESSED]
    if not regressed or any(each.compared.label != TOTAL for each in regressed):
        return
    found: dict[str, tuple[Judged, float]] = {}
    for each in judged:
        alone = each.alone.lower
        if each.compared.label != TOTAL and each.compared.tolerance is not None and alone is not None and alone > 0:
            known = found.get(each.compared.label)
            if known is None or each.first.estimate > known[0].first.estimate:
                found[each.compared.label] = each, alone
    for each, alone in sorted(found.values(), key=lambda one: -one[0].first.estimate)[:SOURCES]:
        yield Note(
            code=NoteCode.LIKELY_SOURCE,
            endpoint=each.compared.label,
            metric=each.compared.metric,
            facts={
                "change": math.expm1(each.first.estimate),
                "bound_better": math.expm1(alone),
                "requests": each.compared.head.requests,
            },
        )


def thin_notes(found: Sequence[Change], head: Sequence[EndpointStatistics]) -> Iterator[Note]:
    slower = {change.endpoint for change in found if change.kind is Kind.REGRESSED}
    for each in head:
        if each.label not in {TOTAL, *slower} and each.requests < GATED_FROM:
            yield Note(
                code=NoteCode.THIN_ENDPOINT,
                endpoint=each.label,
                facts={"requests": each.requests, "needed": GATED_FROM},
            )


def _all(measured: SideBySide) -> list[Pair]:
    return [pair for start in measured.starts for pair in start.pairs]


def _compared(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> Iterator[Compared]:
    metrics = dict.fromkeys((*COMPARED, *(each.metric for each in policy.tolerances)))
    for statistics in head:
        base = measured.statistics(statistics.label)
        if base is None:
            continue
        for metric in metrics:
            if metric in BY_PAIRS:
                starts = tuple(_differences(start.pairs[1:], statistics.label, metric) for start in measured.starts)
                tolerance = tolerance_for(metric, statistics.label, policy)
                yield Compared(statistics.label, metric, tolerance, base, statistics, starts)


def _differences(pairs: Sequence[Pair], label: str, metric: Metric) -> tuple[float, ...]:
    found = []
    for pair in pairs:
        block = next((each for each in pair.blocks if each.label == label), None)
        base, head = (_figure(side, metric) for side in (block.base, block.head)) if block else (None, None)
        if base is not None and head is not None:
            found.append(head - base)
    return tuple(found)


def _figure(figures: BlockFigures, metric: Metric) -> float | None:
    """On the log scale, worse above zero."""
    if metric is Metric.THROUGHPUT:
        successes = figures.requests - figures.failures
        return -math.log(successes) if successes else None
    value: float | None = getattr(figures, FIGURES[metric])
    return value if value is None or metric is Metric.MEAN else math.log(value)


def _judged(compared: Compared, levels: Levels) -> Judged:
    first = estimate(compared.starts[0], levels)
    again, alone = None, estimate(compared.starts[0], Levels(levels.passing, levels.passing))
    if len(compared.starts) > 1 and len(compared.starts[1]) >= MINIMUM_PAIRS:
        # The first starts have spent the error of a false alarm; the second need only not be chance again.
        again = estimate(compared.starts[1], Levels(levels.passing, levels.passing))
    tolerance = compared.tolerance
    if tolerance is None:
        return Judged(compared, first, again, alone, Kind.INCONCLUSIVE, levels.fail, None)
    kind = decide(first, tolerance.fail, large_enough=_large_enough(compared, tolerance))
    if kind is Kind.INCONCLUSIVE and first.upper is not None:
        # Even the largest worsening still plausible would be below what anybody minds.
        base = value_of(compared.base, compared.metric) or 0.0
        if METRICS[compared.metric].lower_is_better and base * math.expm1(first.upper) < tolerance.at_least:
            kind = Kind.UNCHANGED
    confirmed = confirms(first, again, tolerance.fail) if kind is Kind.REGRESSED and again is not None else None
    return Judged(compared, first, again, alone, kind, levels.fail, confirmed)


def _large_enough(compared: Compared, tolerance: Tolerance) -> bool:
    base, head = value_of(compared.base, compared.metric), value_of(compared.head, compared.metric)
    return base is not None and head is not None and abs(head - base) > tolerance.at_least


def _gated(compared: Compared) -> bool:
    requests = min(compared.base.requests, compared.head.requests)
    if compared.tolerance is None:
        return False
    return compared.label == TOTAL or compared.tolerance.endpoint is not None or requests >= GATED_FROM


def _change(judged: Judged) -> Change:
    compared, first, again = judged.compared, judged.first, judged.again
    middle = first.estimate if again is None else (first.estimate + again.estimate) / 2
    tolerance = compared.tolerance
    sign = 1 if METRICS[compared.metric].lower_is_better else -1
    return Change(
        endpoint=compared.label,
        metric=compared.metric,
        baseline=value_of(compared.base, compared.metric) or 0.0,
        candidate=value_of(compared.head, compared.metric) or 0.0,
        absolute=False,
        change=math.expm1(sign * middle),
        bound_better=None if first.lower is None else math.expm1(sign * first.lower),
        bound_worse=None if first.upper is None else math.expm1(sign * first.upper),
        kind=judged.settled,
        tolerance=tolerance,
        gated=_gated(compared),
        runs=first.pairs,
        spread=first.spread if math.isfinite(first.spread) else None,
        spread_from="pairs",
        smallest_detectable=None if tolerance is None else _smallest_detectable(judged, tolerance.fail),
    )


def _standard_error(judged: Judged) -> float | None:
    """As wide as the lower bound says, at its level."""
    if judged.first.lower is None:
        return None
    return (judged.first.estimate - judged.first.lower) / -NORMAL.inv_cdf(judged.level)


def _smallest_detectable(judged: Judged, margin: float) -> float | None:
    error = _standard_error(judged)
    if error is None:
        return None
    limit = math.log1p(margin)
    reach = (NORMAL.inv_cdf(POWER) - NORMAL.inv_cdf(judged.level)) * error
    return math.expm1(max(limit, limit / 2 + reach))


def _ratios(measured: SideBySide, head: Sequence[EndpointStatistics], policy: Policy) -> Iterator[Change]:
    metrics = dict.fromkeys((*COMPARED, *(each.metric for each in policy.tolerances)))
    rows = [(each, base) for each in head if (base := measured.statistics(each.label)) is not None and base.requests]
    for metric in metrics:
        if metric not in RATIOS:
            continue
        for statistics, base in rows:
            tolerance = tolerance_for(metric, statistics.label, policy)
            subject = Subject(metric, statistics, (base,), tolerance)
            level = policy.alpha_fail / max(len(rows), 1)
            change = ratio_change(statistics.label, subject, level=level, alpha_pass=policy.alpha_pass)
            if change is not None:
                judged = Compared(statistics.label, metric, tolerance, base, statistics, ())
                yield change.model_copy(update={"gated": _gated(judged)})


def _is_unconfirmed(change: Change, judged: Sequence[Judged]) -> bool:
    return any(
        each.kind is Kind.REGRESSED and (each.compared.label, each.compared.metric) == (change.endpoint, change.metric)
        for each in judged
    )


def _not_compared(measured: SideBySide, judged: Sequence[Judged], policy: Policy) -> Iterator[Reason]:
    """What somebody relies on and no pair of blocks could show: never silence."""
    shown = {(each.compared.label, each.compared.metric) for each in judged}
    pairs = measured.starts[0].pairs
    for tolerance in policy.tolerances:
        label, metric = tolerance.endpoint or TOTAL, tolerance.metric
        needed = NEEDED.get(FIGURES.get(metric, ""))
        if metric in RATIOS or (label, metric) in shown:
            continue
        if len(pairs) <= MINIMUM_PAIRS or needed is None:
            code = ReasonCode.INCONCLUSIVE
            facts: dict[str, str | int | float | None] = {"comparisons": 1, "pairs": len(pairs)}
            facts |= {"worst_endpoint": label, "worst_metric": metric.value}
        else:
            code = ReasonCode.TOO_FEW_REQUESTS
            requests = sum(block.head.requests for pair in pairs for block in pair.blocks if block.label == label)
            facts = {"per_block": round(requests / len(pairs)), "needed": needed}
        yield Reason(code=code, verdict=Verdict.CONDITIONAL, endpoint=label, metric=metric, facts=facts)


def _base_broke(measured: SideBySide) -> Reason:
    fault = next(iter(measured.stack.faults), None)
    return Reason(
        code=ReasonCode.BASE_BROKE,
        verdict=Verdict.CONDITIONAL,
        facts={
            "service": fault.service if fault else None,
            "requests": measured.total.requests,
            "failures": measured.total.failures,
        },
        evidence=fault.log_tail if fault else "\n".join(each.message for each in measured.total.failure_messages),
    )


def _unconfirmed(judged: Judged) -> Reason:
    return Reason(
        code=ReasonCode.UNCONFIRMED,
        verdict=Verdict.CONDITIONAL,
        endpoint=judged.compared.label,
        metric=judged.compared.metric,
        facts={
            "change": math.expm1(judged.first.estimate),
            "again": None if judged.again is None else math.expm1(judged.again.estimate),
        },
    )


def _inconclusive(unclear: Sequence[Change], measured: SideBySide) -> Reason:
    widest = max(unclear, key=lambda change: change.smallest_detectable or math.inf)
    more = _more_seconds(widest, measured.design.block)
    return too_uncertain(widest, len(unclear), {"pairs": widest.runs, "more_seconds": more})


def _more_seconds(change: Change, block: float) -> float | None:
    """Load that is missing for nine in ten unchanged runs to pass, at this spread; the error falls with the root."""
    if change.spread is None or change.tolerance is None or not change.runs:
        return None
    wanted = math.log1p(change.tolerance.fail) / FOR_PASSING
    pairs = (change.spread / wanted) ** 2
    return max(0.0, pairs - change.runs) * 2 * block

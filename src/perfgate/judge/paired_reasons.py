"""What pairs of blocks add to the reasons that changes give anyhow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from perfgate.judge.changes import too_uncertain, worsening
from perfgate.judge.differences import FIGURES, P99_FROM, Compared
from perfgate.judge.judged import Judged
from perfgate.judge.paired import MINIMUM_PAIRS, PairedEstimate
from perfgate.judge.pairing import NEEDED
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Change, Kind
from perfgate.records.measurement import SideBySide
from perfgate.records.metric import RATIOS
from perfgate.records.pairs import Pair
from perfgate.records.stack import StackKind
from perfgate.records.verdict import Reason, ReasonCode, Verdict

# More than this share of requests reaching into the other side's block: the sides disturbed each other.
OVERLAP: Final = 0.02


def paired_reasons(
    measured: SideBySide, found: Sequence[Change], judged: Sequence[Judged], policy: Policy
) -> Iterator[Reason]:
    """What pairs add to the reasons that changes give anyhow."""
    yield from broken_base_reasons(measured)
    for each in judged:
        if each.kind is Kind.REGRESSED and not each.confirmed:
            again = None if each.again is None else each.again.estimate
            yield unconfirmed(each.compared, each.first.estimate, again, measured.stack.kind)
        elif each.refuted and each.control is not None:
            yield _noisy(each, each.control, measured.stack.kind)
    unclear = [
        change
        for change in found
        if change.gated and change.kind is Kind.INCONCLUSIVE and not _is_withheld(change, judged)
    ]
    times = [change for change in unclear if change.metric not in RATIOS]
    errors = [change for change in unclear if change.metric in RATIOS]
    early = measured.starts[0].ended_because == "decided"
    slower = [each for each in judged if early and each.kind is Kind.REGRESSED and each.compared.tolerance]
    if times:
        yield _inconclusive(times, slower)
    if errors:
        yield _errors_unclear(errors, measured, slower)
    yield from not_compared(measured, [each.compared for each in judged], policy)
    yield from overlap_reasons(measured)


def overlap_reasons(measured: SideBySide) -> Iterator[Reason]:
    """Where the sides reached into each other's turns."""
    overlapping = sum(pair.overlapping for start in measured.starts for pair in start.pairs)
    requests = sum(pair.blocks[0].base.requests + pair.blocks[0].head.requests for pair in _all(measured))
    if overlapping > OVERLAP * requests:
        yield Reason(
            code=ReasonCode.NOISY_RUNNER,
            verdict=Verdict.CONDITIONAL,
            facts={"overlapping": overlapping, "requests": requests},
        )


def _all(measured: SideBySide) -> list[Pair]:
    return [pair for start in measured.starts for pair in start.pairs]


def _is_withheld(change: Change, judged: Sequence[Judged]) -> bool:
    """A regression that was not confirmed, or refuted by the control, has a reason of its own."""
    return any(
        each.kind is Kind.REGRESSED and (each.compared.label, each.compared.metric) == (change.endpoint, change.metric)
        for each in judged
    )


def not_compared(measured: SideBySide, known: Sequence[Compared], policy: Policy) -> Iterator[Reason]:
    """What somebody relies on and no pair of blocks could show: never silence. `known` is what they could."""
    if measured.total.response_times is None:
        return  # a base that answered nothing is told as broken
    shown = {(each.label, each.metric) for each in known if each.tolerance is not None}
    pairs = measured.starts[0].pairs
    requested = {TOTAL, *(block.label for pair in pairs for block in pair.blocks)}  # others are told as not covered
    for tolerance in policy.tolerances:
        label, metric = tolerance.endpoint or TOTAL, tolerance.metric
        needed = NEEDED.get(FIGURES.get(metric, ""))
        if metric in RATIOS or (label, metric) in shown or label not in requested:
            continue
        if len(measured.starts[0].judged) < MINIMUM_PAIRS or needed is None:
            code = ReasonCode.INCONCLUSIVE
            facts: dict[str, str | int | float | None] = {"comparisons": 1, "pairs": len(pairs)}
            facts |= {"worst_endpoint": label, "worst_metric": metric.value}
        elif any((each.label, each.metric) == (label, metric) for each in known):
            code = ReasonCode.TOO_FEW_REQUESTS  # the blocks would bear it
            each = measured.statistics(label)
            facts = {"requests": each.requests if each is not None else 0, "needed": P99_FROM}
        else:
            code = ReasonCode.TOO_FEW_REQUESTS
            requests = sum(block.head.requests for pair in pairs for block in pair.blocks if block.label == label)
            facts = {"per_block": round(requests / len(pairs)), "needed": needed}
        yield Reason(code=code, verdict=Verdict.CONDITIONAL, endpoint=label, metric=metric, facts=facts)


def broken_base_reasons(measured: SideBySide) -> Iterator[Reason]:
    if measured.total.response_times is not None and not measured.stack.faults:
        return
    fault = next(iter(measured.stack.faults), None)
    yield Reason(
        code=ReasonCode.BASE_BROKE,
        verdict=Verdict.CONDITIONAL,
        facts={
            "service": fault.service if fault else None,
            "requests": measured.total.requests,
            "failures": measured.total.failures,
        },
        evidence=fault.log_tail if fault else "\n".join(each.message for each in measured.total.failure_messages),
    )


def unconfirmed(compared: Compared, first: float, again: float | None, kind: StackKind) -> Reason:
    """`first` and `again` on the log scale, worse above zero; None: it was not measured again."""
    return Reason(
        code=ReasonCode.UNCONFIRMED,
        verdict=Verdict.CONDITIONAL,
        endpoint=compared.label,
        metric=compared.metric,
        facts={
            "change": math.expm1(first),
            "again": None if again is None else math.expm1(again),
            "stack": kind.value,
        },
    )


def _noisy(judged: Judged, control: PairedEstimate, kind: StackKind) -> Reason:
    """Base against base moved about as much as what is said of the head."""
    return Reason(
        code=ReasonCode.NOISY_RUNNER,
        verdict=Verdict.CONDITIONAL,
        endpoint=judged.compared.label,
        metric=judged.compared.metric,
        facts={
            "change": math.expm1(judged.estimate),
            "control": math.expm1(control.estimate),
            "pairs": control.pairs,
            "stack": kind.value,
        },
    )


def _inconclusive(unclear: Sequence[Change], slower: Sequence[Judged]) -> Reason:
    """The one that needs the most load speaks for all; what more load would need is moot where it ended for another.

    `slower`: what looked so and ended the load.
    """
    widest = max(unclear, key=lambda change: math.inf if change.more_seconds is None else change.more_seconds)
    facts: dict[str, str | int | float | None] = {"pairs": widest.runs, **_missing(widest, slower)}
    if all(change.smallest_detectable is None for change in unclear):
        facts["blind"] = "too few pairs"
    return too_uncertain(widest, len(unclear), facts)


def _errors_unclear(unclear: Sequence[Change], measured: SideBySide, slower: Sequence[Judged]) -> Reason:
    """The one that looks worst speaks for all."""
    worst = max(unclear, key=worsening)
    requests = measured.statistics(worst.endpoint)
    return too_uncertain(
        worst,
        len(unclear),
        {
            "change": worst.change,
            "bound_better": worst.bound_better,
            "baseline": worst.baseline,
            "candidate": worst.candidate,
            "requests": None if requests is None else requests.requests,
            **_missing(worst, slower),
        },
    )


def _missing(change: Change, slower: Sequence[Judged]) -> dict[str, str | int | float | None]:
    if not slower:
        return {"more_seconds": change.more_seconds}
    first = max(slower, key=lambda each: each.first.estimate).compared
    return {
        "more_seconds": change.more_seconds,
        "ended_for_endpoint": first.label,
        "ended_for_metric": first.metric.value,
    }

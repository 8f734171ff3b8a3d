"""What pairs of blocks add to the reasons and notes that changes give anyhow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from perfgate.judge.changes import tolerance_for, too_uncertain, worsening
from perfgate.judge.differences import FIGURES, GATED_FROM, P99_FROM, Compared
from perfgate.judge.judged import Judged
from perfgate.judge.paired import MINIMUM_PAIRS, PairedEstimate
from perfgate.judge.pairing import NEEDED
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.judgement import Change, Kind
from perfgate.records.measurement import Measurement, SideBySide
from perfgate.records.metric import RATIOS, Metric
from perfgate.records.pairs import Pair
from perfgate.records.stack import StackKind
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict

# More than this share of requests reaching into the other side's block: the sides disturbed each other.
OVERLAP: Final = 0.02
NAMED: Final = 4  # files that a base lacks
SOURCES: Final = 3  # endpoints that are named as the likely source


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
            if known is None or each.estimate > known[0].estimate:
                found[each.compared.label] = each, alone
    for each, alone in sorted(found.values(), key=lambda one: -one[0].estimate)[:SOURCES]:
        yield Note(
            code=NoteCode.LIKELY_SOURCE,
            endpoint=each.compared.label,
            metric=each.compared.metric,
            facts={
                "change": math.expm1(each.estimate),  # as its row has it
                "bound_better": math.expm1(alone),
                "requests": each.compared.head.requests,
            },
        )


def swap_notes(measured: SideBySide) -> Iterator[Note]:
    if measured.starts[0].swapped:
        facts = {"swaps": len(measured.starts[0].pairs), "needed": MINIMUM_PAIRS}
        yield Note(code=NoteCode.STACKS_SWAPPED, facts=facts)


def start_notes(measured: SideBySide) -> Iterator[Note]:
    """How the sides were started unlike: what runs already is not started by anybody here, and what it uses cannot be
    read; and what git does not have, a base lacks.
    """
    if measured.stack.kind is StackKind.EXTERNAL:
        yield Note(code=NoteCode.EXTERNAL_STACKS, facts={"starts": len(measured.starts)})
    elif measured.lacks:
        shown = measured.lacks[:NAMED]
        yield Note(
            code=NoteCode.BASE_LACKS_FILES,
            facts={"files": ", ".join(shown), "more": len(measured.lacks) - len(shown)},
        )


def same_code_notes(measurement: Measurement) -> Iterator[Note]:
    """Where the base is the head itself, as a head that its base already contains: nothing of a change is judged."""
    beside, head = measurement.side_by_side, measurement.subject
    if beside is None or beside.set_apart:
        return
    if beside.stack.kind is StackKind.EXTERNAL:  # what runs there, no commit tells
        return
    if head.commit is not None and head.commit == beside.subject.commit and not head.dirty:
        yield Note(code=NoteCode.BASE_IS_HEAD)


def thin_notes(found: Sequence[Change], head: Sequence[EndpointStatistics]) -> Iterator[Note]:
    slower = {change.endpoint for change in found if change.kind is Kind.REGRESSED}
    for each in head:
        if each.label not in {TOTAL, *slower} and each.requests < GATED_FROM:
            yield Note(
                code=NoteCode.THIN_ENDPOINT,
                endpoint=each.label,
                facts={"requests": each.requests, "needed": GATED_FROM},
            )


def thin_slower_notes(
    measured: SideBySide, found: Sequence[Change], head: Sequence[EndpointStatistics], policy: Policy
) -> Iterator[Note]:
    """The thin endpoint that looks slowest, and how many others do, where no pair of blocks has shown it: the
    intervals of its medians, over all blocks of each side, are apart by more than the tolerance. That decides nothing,
    and where the total is shown to be slower its likely source is told.
    """
    told = {change.endpoint for change in found if change.kind is Kind.REGRESSED}
    if TOTAL in told:
        return
    slower: list[tuple[float, EndpointStatistics, float, float]] = []
    for each in head:
        base, tolerance = measured.statistics(each.label), tolerance_for(Metric.P50, each.label, policy)
        if (
            each.label == TOTAL
            or each.label in told
            or each.requests >= GATED_FROM
            or base is None
            or tolerance is None
        ):
            continue
        if base.response_times is None or each.response_times is None:
            continue
        before, now = base.response_times.p50, each.response_times.p50
        if before.high is None or now.low is None or now.value - before.value <= tolerance.at_least:
            continue
        if now.low > before.high * (1 + tolerance.fail):
            slower.append((now.value / before.value, each, before.value, now.value))
    if slower:
        _, worst, baseline, candidate = max(slower, key=lambda one: one[0])
        yield Note(
            code=NoteCode.THIN_SLOWER,
            endpoint=worst.label,
            metric=Metric.P50,
            facts={
                "baseline": baseline,
                "candidate": candidate,
                "requests": worst.requests,
                "needed": GATED_FROM,
                "others": len(slower) - 1,
            },
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

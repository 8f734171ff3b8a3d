"""What a reader should know of base and head side by side that makes no verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from perfgate.judge.changes import tolerance_for
from perfgate.judge.differences import GATED_FROM
from perfgate.judge.judged import Judged
from perfgate.judge.paired import MINIMUM_PAIRS
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.judgement import Change, Kind
from perfgate.records.measurement import Measurement, SideBySide
from perfgate.records.metric import Metric
from perfgate.records.stack import StackKind
from perfgate.records.verdict import Note, NoteCode

NAMED: Final = 4  # files that a base lacks
SOURCES: Final = 3  # endpoints that are named as the likely source


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

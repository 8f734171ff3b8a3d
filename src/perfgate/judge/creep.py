"""How much slower than a pinned reference the head has become, whatever each single run before it added."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from perfgate.judge.by_reference import Judged
from perfgate.judge.inference import NORMAL
from perfgate.judge.start_luck import luck_of
from perfgate.records.endpoint import TOTAL
from perfgate.records.measurement import BesideReference
from perfgate.records.metric import METRICS
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict

CONFIDENCE: Final = 0.95


def creep(
    judged: Sequence[Judged], reference: BesideReference, tolerance: float
) -> tuple[tuple[Reason, ...], tuple[Note, ...]]:
    """A reason for each metric that has crept beyond `tolerance`, a relative change; of the others a note."""
    luck = luck_of(reference.beside.start_luck)
    held = [each for each in judged if each.compared.gated]
    reasons = tuple(
        reason
        for metric in dict.fromkeys(each.compared.metric for each in held)
        for reason in _reasons([each for each in held if each.compared.metric is metric], reference, luck, tolerance)
    )
    told = {(each.endpoint, each.metric) for each in reasons}
    notes = tuple(
        Note(code=NoteCode.CREEP, endpoint=TOTAL, metric=each.compared.metric, facts=_facts(each, reference, luck))
        for each in held
        if each.compared.label == TOTAL and (TOTAL, each.compared.metric) not in told
    )
    return reasons, notes


def _reasons(
    of_metric: Sequence[Judged], reference: BesideReference, luck: float, tolerance: float
) -> Iterator[Reason]:
    """One: of the total, else of the endpoint that crept farthest."""
    beyond = [each for each in of_metric if _is_beyond(each, luck, tolerance)]
    if not beyond:
        return
    worst = max(beyond, key=lambda each: (each.compared.label == TOTAL, each.ratio.estimate))
    yield Reason(
        code=ReasonCode.CREEP,
        verdict=Verdict.CONDITIONAL,
        endpoint=worst.compared.label,
        metric=worst.compared.metric,
        facts={
            **_facts(worst, reference, luck),
            "tolerance": tolerance,
            "endpoints": sum(each.compared.label != TOTAL for each in beyond),
        },
    )


def _is_beyond(judged: Judged, luck: float, tolerance: float) -> bool:
    """By the margin rule: certainly by more than half of it, and by more than all of it as estimated."""
    limit = math.log1p(tolerance)
    return judged.ratio.estimate > limit and judged.ratio.estimate - _half(judged, luck) > limit / 2


def _half(judged: Judged, luck: float) -> float:
    """Of the interval: what pairs do not tell, and the luck of the starts on either side."""
    return NORMAL.inv_cdf((1 + CONFIDENCE) / 2) * math.sqrt(judged.ratio.variance(luck))


def _facts(judged: Judged, reference: BesideReference, luck: float) -> dict[str, str | int | float | None]:
    """Relative changes, signed as the metric is: less throughput is below zero."""
    sign = 1 if METRICS[judged.compared.metric].lower_is_better else -1
    middle, half = judged.ratio.estimate, _half(judged, luck)
    low, high = sorted(math.expm1(sign * each) for each in (middle - half, middle + half))
    facts: dict[str, str | int | float | None] = {"reference": reference.name, "commit": reference.commit}
    return facts | {"change": math.expm1(sign * middle), "low": low, "high": high}

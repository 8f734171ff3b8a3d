"""Costs that were accepted in `perfgate.yml`: a failing criterion with a valid waiver is conditional instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from perfgate.records.criteria import Waiver
from perfgate.records.judgement import Note, NoteCode, Reason, ReasonCode, Verdict
from perfgate.records.measurement import TOTAL

WAIVABLE = frozenset({ReasonCode.REGRESSION, ReasonCode.ERRORS_ROSE})


def apply_waivers(
    reasons: Iterable[Reason], waivers: Sequence[Waiver], today: date
) -> tuple[tuple[Reason, ...], tuple[Waiver, ...]]:
    """The reasons with waived ones made conditional, and the waivers that were used."""
    used: list[Waiver] = []
    decided: list[Reason] = []
    for reason in reasons:
        waiver = next((each for each in waivers if _covers(each, reason, today)), None)
        decided.append(_waived(reason, waiver) if waiver else reason)
        if waiver and waiver not in used:
            used.append(waiver)
    return tuple(decided), tuple(used)


def waiver_notes(waivers: Sequence[Waiver], used: Sequence[Waiver], today: date) -> Iterator[Note]:
    for waiver in waivers:
        if waiver.expires < today:
            yield _note(NoteCode.WAIVER_EXPIRED, waiver)
        elif waiver not in used:
            yield _note(NoteCode.WAIVER_UNUSED, waiver)


def _covers(waiver: Waiver, reason: Reason, today: date) -> bool:
    worsening = reason.facts.get("worsening")
    return (
        reason.code in WAIVABLE
        and reason.verdict is Verdict.FAIL
        and waiver.metric is reason.metric
        and (waiver.endpoint or TOTAL) == reason.endpoint
        and waiver.expires >= today
        and isinstance(worsening, float)
        and worsening <= waiver.up_to
    )


def _waived(reason: Reason, waiver: Waiver) -> Reason:
    facts = {"up_to": waiver.up_to, "reason": waiver.reason, "issue": waiver.issue, "expires": str(waiver.expires)}
    return reason.model_copy(
        update={"code": ReasonCode.WAIVED, "verdict": Verdict.CONDITIONAL, "facts": {**reason.facts, **facts}}
    )


def _note(code: NoteCode, waiver: Waiver) -> Note:
    return Note(
        code=code,
        endpoint=waiver.endpoint or TOTAL,
        metric=waiver.metric,
        facts={"reason": waiver.reason, "issue": waiver.issue, "expires": str(waiver.expires), "up_to": waiver.up_to},
    )

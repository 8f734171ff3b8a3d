"""Costs that were accepted: a failing criterion with a valid waiver is conditional instead.

Waivers stand in `perfgate.yml`. Acceptances stand beside it, for one change alone: a label, a comment, a commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from perfgate.records.criteria import Acceptance, Waiver
from perfgate.records.endpoint import TOTAL
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict

WAIVABLE = frozenset({ReasonCode.REGRESSION, ReasonCode.ERRORS_ROSE})


def apply_waivers(
    reasons: Iterable[Reason], waivers: Sequence[Waiver], acceptances: Sequence[Acceptance], today: date
) -> tuple[tuple[Reason, ...], tuple[Waiver, ...], tuple[Acceptance, ...]]:
    """The reasons with waived ones made conditional, and the waivers and acceptances that were used."""
    used: list[Waiver] = []
    accepted: list[Acceptance] = []
    decided: list[Reason] = []
    for reason in reasons:
        waiver = next((each for each in waivers if _covers(each, reason, today)), None)
        acceptance = next((each for each in acceptances if _accepts(each, reason)), None)
        if waiver is not None:
            decided.append(_waived(reason, waiver))
            used += [waiver] if waiver not in used else []
        elif acceptance is not None:
            decided.append(_accepted(reason, acceptance))
            accepted += [acceptance] if acceptance not in accepted else []
        else:
            decided.append(reason)
    return tuple(decided), tuple(used), tuple(accepted)


def waiver_notes(waivers: Sequence[Waiver], used: Sequence[Waiver], today: date) -> Iterator[Note]:
    for waiver in waivers:
        if waiver.expires < today:
            yield _note(NoteCode.WAIVER_EXPIRED, waiver)
        elif waiver not in used:
            yield _note(NoteCode.WAIVER_UNUSED, waiver)


def acceptance_notes(acceptances: Sequence[Acceptance], used: Sequence[Acceptance]) -> Iterator[Note]:
    for each in acceptances:
        facts = {"how": each.how, "by": each.by, "reason": each.reason, "up_to": each.up_to}
        if each.refused is not None:
            yield Note(
                code=NoteCode.ACCEPTANCE_REFUSED,
                endpoint=each.endpoint,
                metric=each.metric,
                facts={**facts, "why": each.refused},
            )
        elif each not in used:
            yield Note(code=NoteCode.ACCEPTANCE_UNUSED, endpoint=each.endpoint, metric=each.metric, facts=facts)


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


def _accepts(acceptance: Acceptance, reason: Reason) -> bool:
    """What names no metric accepts slow-downs alone: more errors are never accepted by the way."""
    worsening = reason.facts.get("worsening")
    named = reason.code is ReasonCode.REGRESSION if acceptance.metric is None else acceptance.metric is reason.metric
    return (
        acceptance.refused is None
        and reason.code in WAIVABLE
        and reason.verdict is Verdict.FAIL
        and named
        and acceptance.endpoint in (None, reason.endpoint)
        and (acceptance.up_to is None or (isinstance(worsening, float) and worsening <= acceptance.up_to))
    )


def _waived(reason: Reason, waiver: Waiver) -> Reason:
    facts = {"up_to": waiver.up_to, "reason": waiver.reason, "issue": waiver.issue, "expires": str(waiver.expires)}
    return reason.model_copy(
        update={"code": ReasonCode.WAIVED, "verdict": Verdict.CONDITIONAL, "facts": {**reason.facts, **facts}}
    )


def _accepted(reason: Reason, acceptance: Acceptance) -> Reason:
    facts = {name: getattr(acceptance, name) for name in ("how", "by", "reason", "up_to")}
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

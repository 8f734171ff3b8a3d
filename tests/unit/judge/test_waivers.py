"""Where a waiver or an acceptance just holds, and where it just does not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from perfgate.judge.waivers import apply_waivers, waiver_notes
from perfgate.records.criteria import Acceptance, Waiver
from perfgate.records.endpoint import TOTAL
from perfgate.records.metric import Metric
from perfgate.records.verdict import NoteCode, Reason, ReasonCode, Verdict

TODAY = date(2026, 6, 1)
WAIVER = Waiver(metric=Metric.P95, endpoint=None, up_to=0.25, reason="new check", issue=None, expires=TODAY)


def regression(worsening: float) -> Reason:
    facts = {"worsening": worsening}
    return Reason(code=ReasonCode.REGRESSION, verdict=Verdict.FAIL, endpoint=TOTAL, metric=Metric.P95, facts=facts)


@pytest.mark.parametrize(
    ("today", "worsening", "holds"),
    [
        (TODAY, 0.25, True),
        (TODAY, 0.2501, False),
        (TODAY + timedelta(days=1), 0.25, False),
    ],
)
def test_a_waiver_holds_through_its_last_day_and_up_to_its_worsening(
    today: date, worsening: float, *, holds: bool
) -> None:
    [reason], used, _ = apply_waivers([regression(worsening)], (WAIVER,), (), today)
    assert (reason.code, reason.verdict) == (
        (ReasonCode.WAIVED, Verdict.CONDITIONAL) if holds else (ReasonCode.REGRESSION, Verdict.FAIL)
    )
    assert used == ((WAIVER,) if holds else ())


@pytest.mark.parametrize(("days", "code"), [(0, NoteCode.WAIVER_UNUSED), (1, NoteCode.WAIVER_EXPIRED)])
def test_on_its_last_day_a_waiver_has_not_expired(days: int, code: NoteCode) -> None:
    assert [each.code for each in waiver_notes((WAIVER,), (), TODAY + timedelta(days=days))] == [code]
    assert list(waiver_notes((WAIVER,), (WAIVER,), TODAY)) == []


@pytest.mark.parametrize(("worsening", "holds"), [(0.25, True), (0.2501, False)])
def test_an_acceptance_holds_up_to_its_worsening(worsening: float, *, holds: bool) -> None:
    accepted = Acceptance(how="comment", by="ada", metric=Metric.P95, endpoint=None, up_to=0.25, reason="new check")
    [reason], _, used = apply_waivers([regression(worsening)], (), (accepted,), TODAY)
    assert (reason.code is ReasonCode.WAIVED) == holds
    assert used == ((accepted,) if holds else ())

"""Rows aside of the total, budgets on streamed answers, refused signatures, failed journeys."""

from __future__ import annotations

from datetime import date

import pytest

from perfgate.judge.pairing import TurnPair, Window, pair_up
from perfgate.judge.verdict import judge_scenario
from perfgate.records.criteria import Policy
from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.load import Finding, SignatureRefusal
from perfgate.records.measurement import Measurement
from perfgate.records.verdict import Reason, ReasonCode, Verdict
from perfgate.settings.criteria import parse_budget
from tests.builders import SECONDS, START, measurement, recording

CHAT, JOURNEY = "POST /chat", "JOURNEY order to delivery"


def judged(measured: Measurement, *budgets: str) -> ScenarioJudgement:
    policy = Policy.model_validate({"budgets": [parse_budget(text) for text in budgets]})
    return judge_scenario(measured, (), policy, today=date(2026, 1, 1))


def reasons(found: ScenarioJudgement, code: ReasonCode) -> list[Reason]:
    return [reason for reason in found.reasons if reason.code is code]


def test_the_total_is_of_requests_alone() -> None:
    measured = measurement(
        {"GET /a": [0.1] * 40, "POLL /a": [0.5] * 30, f"TTFT {CHAT}": [0.2] * 20, f"TPOT {CHAT}": [0.01] * 20},
        failures={JOURNEY: 10, "POLL /a": 5},
    )
    assert (measured.total.requests, measured.total.failures) == (40, 0)
    assert measured.total.response_times is not None
    assert measured.total.response_times.max == pytest.approx(0.1)
    assert sum(measured.timeline.requests) == 40
    assert measured.timeline.failures == (0,) * len(measured.timeline.failures)
    assert {each.label: each.requests for each in measured.endpoints} == {
        "GET /a": 40, "POLL /a": 35, f"TTFT {CHAT}": 20, f"TPOT {CHAT}": 20, JOURNEY: 10,
    }  # fmt: skip


def test_side_by_side_they_are_compared_and_not_counted() -> None:
    made = recording({"GET /a": [0.1] * 60, JOURNEY: [20.0] * 60})
    window = Window(START, START + SECONDS / 2), Window(START + SECONDS / 2, START + SECONDS)
    [pair] = pair_up(made, made, [TurnPair(*window)])
    blocks = {block.label: block.head.requests for block in pair.blocks}
    assert blocks == {"total": 30, "GET /a": 30, JOURNEY: 30}
    assert pair.overlapping == 0  # journeys wait for the stack, whose work goes on in anybody's turn


@pytest.mark.parametrize(
    ("budget", "status", "value"),
    [
        (f"{CHAT}: ttft p95 < 300ms", "met", 0.2),
        (f"{CHAT}: ttft p95 < 100ms", "broken", 0.2),
        (f"{CHAT}: tokens_per_second p50 > 30", "met", 40),
        (f"{CHAT}: tokens_per_second p50 > 50", "broken", 40),
        (f"{CHAT}: tokens_per_second p5 > 9/s", "met", 10),  # the slowest answers: 100 ms a token
        (f"{CHAT}: tokens_per_second p5 > 11", "broken", 10),
        ("POST /other: tokens_per_second p5 > 11", "unknown", None),
    ],
)
def test_budgets_of_streamed_answers(budget: str, status: str, value: float | None) -> None:
    slow, usual = [0.1] * 100, [0.025] * 900
    measured = measurement({CHAT: [0.5] * 1000, f"TTFT {CHAT}": [0.2] * 1000, f"TPOT {CHAT}": slow + usual})
    found = judged(measured, budget)
    assert found.budgets[0].status == status
    assert found.budgets[0].value == (None if value is None else pytest.approx(value))
    [shown] = [each for each in found.criteria if each.text == found.budgets[0].budget.text]
    if shown.value is not None and shown.low is not None and shown.high is not None:
        assert shown.low <= shown.value <= shown.high
    else:
        assert status == "unknown"
    broken = reasons(found, ReasonCode.BUDGET)
    assert [reason.verdict for reason in broken] == ([Verdict.FAIL] if status == "broken" else [])
    assert len(reasons(found, ReasonCode.NOT_COVERED)) == (status == "unknown")


def test_too_few_answers_do_not_bear_the_slowest_five_per_cent() -> None:
    measured = measurement({CHAT: [0.5] * 100, f"TPOT {CHAT}": [0.01] * 100})
    [reason] = reasons(judged(measured, f"{CHAT}: tokens_per_second p5 > 9"), ReasonCode.TOO_FEW_REQUESTS)
    assert (reason.facts["requests"], reason.facts["needed"]) == (100, 200)


def test_a_rate_is_said_of_nothing_but_tokens() -> None:
    measured = measurement({f"TPOT {CHAT}": [0.01] * 50, "GET /a": [0.01] * 50})
    budget = parse_budget(f"{CHAT}: tokens_per_second p50 > 9").model_copy(update={"endpoint": "GET /a"})
    found = judge_scenario(measured, (), Policy(budgets=(budget,)), today=date(2026, 1, 1))
    assert found.budgets[0].status == "unknown"


def test_failed_journeys_are_said_unless_a_budget_holds_them() -> None:
    measured = measurement({"GET /a": [0.1] * 50, JOURNEY: [1.0] * 97}, failures={JOURNEY: 3})
    [reason] = reasons(judged(measured), ReasonCode.JOURNEY_FAILED)
    assert (reason.verdict, reason.endpoint) == (Verdict.CONDITIONAL, JOURNEY)
    assert (reason.facts["failures"], reason.facts["requests"]) == (3, 100)
    assert "500 Server Error" in reason.evidence
    held = judged(measured, f"{JOURNEY}: success_rate > 90%")
    assert reasons(held, ReasonCode.JOURNEY_FAILED) == []
    assert held.budgets[0].status == "met"
    few = measurement({"GET /a": [0.1] * 50, JOURNEY: [1.0] * 199}, failures={JOURNEY: 1})
    assert reasons(judged(few), ReasonCode.JOURNEY_FAILED) == []


def refused(finding: Finding, status: int, **keys: object) -> SignatureRefusal:
    return SignatureRefusal.model_validate({"label": "POST /hook", "status": status, "finding": finding, **keys})


def with_refusals(measured: Measurement, *refusals: SignatureRefusal) -> Measurement:
    return measured.model_copy(update={"load": measured.load.model_copy(update={"refusals": refusals})})


def test_a_refused_signature_is_a_reason_with_its_evidence() -> None:
    measured = measurement({"GET /a": [0.1] * 50}, failures={"POST /hook": 8})
    statuses = measured.endpoints[1].model_copy(update={"statuses": {401: 6, 500: 1, 502: 1}})
    measured = measured.model_copy(update={"endpoints": (measured.endpoints[0], statuses)})
    found = judged(
        with_refusals(
            measured,
            refused(Finding.RESERIALISED, 401, style="{spaces: true}", probes=("tried: 202",), answer="no"),
            refused(Finding.SERVER_ERROR, 500, wrongly=401),
        )
    )
    secret, error = reasons(found, ReasonCode.SIGNATURE_REFUSED)
    assert (secret.facts["refused"], secret.facts["requests"]) == (6, 8)
    assert secret.facts["style_setting"] == "json_style: {spaces: true}"
    assert secret.evidence == "tried: 202\nanswer: no"
    assert (error.facts["refused"], error.facts["wrongly"]) == (2, 401)


def test_a_refused_signature_is_read_before_what_it_brings_about() -> None:
    measured = measurement({"GET /a": [0.1] * 50}, failures={"POST /hook": 8})
    measured = with_refusals(measured, refused(Finding.SECRET, 401))
    found = judged(measured, "success_rate > 99%").reasons
    assert [found[0].code, found[1].code] == [ReasonCode.SIGNATURE_REFUSED, ReasonCode.BUDGET]


def test_a_server_error_now_and_then_is_left_to_budgets() -> None:
    measured = measurement({"POST /hook": [0.1] * 500}, failures={"POST /hook": 2})
    found = judged(with_refusals(measured, refused(Finding.SERVER_ERROR, 500)))
    assert reasons(found, ReasonCode.SIGNATURE_REFUSED) == []

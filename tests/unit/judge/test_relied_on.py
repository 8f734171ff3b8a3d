from __future__ import annotations

from datetime import date

import pytest

from perfgate.judge.verdict import judge_scenario
from perfgate.records.criteria import Policy
from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.measurement import Measurement
from perfgate.records.verdict import ReasonCode, Verdict
from perfgate.settings.criteria import parse_budget, parse_tolerances
from tests.builders import measurement, stored, times

HISTORY = [stored(measurement({"GET /a": times(0.1, 1000, seed=day)}, day=day)) for day in range(10)]


def judged(policy: Policy, *, beside: tuple[Measurement, ...] = (), before: bool = True) -> ScenarioJudgement:
    run = measurement({"GET /a": times(0.1, 1000, seed=50)}, day=50)
    return judge_scenario(run, HISTORY if before else [], policy, today=date(2026, 6, 1), elsewhere=beside)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    "policy",
    [Policy(), Policy(budgets=(parse_budget("p95 < 9s").model_copy(update={"scenario": "another"}),))],
    ids=["nothing", "of another scenario"],
)
def test_where_nothing_is_checked_nothing_passes(policy: Policy, before: bool) -> None:
    found = judged(policy, before=before)
    assert found.verdict is Verdict.CONDITIONAL
    assert [each.code for each in found.reasons] == [ReasonCode.NOTHING_CHECKED]


@pytest.mark.parametrize("metric", ["p95", "error_ratio", "throughput"])
def test_a_tolerance_on_what_nobody_requested_is_no_silent_pass(metric: str) -> None:
    policy = Policy(tolerances=parse_tolerances({"p50": "25%", f"GET /misspelt: {metric}": "10%"}))
    found = judged(policy)
    assert [(each.code, each.endpoint) for each in found.reasons] == [(ReasonCode.NOT_COVERED, "GET /misspelt")]
    assert found.verdict is Verdict.CONDITIONAL


def test_another_scenario_of_the_run_may_come_to_it() -> None:
    other = measurement({"GET /b": times(0.1, 1000)}, day=50)
    policy = Policy(tolerances=parse_tolerances({"p50": "25%", "GET /b: p95": "10%"}))
    assert judged(policy, beside=(other,)).verdict is Verdict.PASS

"""Budgets on series: broken, met, uncertain where an interval reaches the limit, and never met without a sample."""

from __future__ import annotations

import math
from datetime import date

import pytest

from perfgate.judge.verdict import judge_scenario
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import Block
from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.measurement import Measurement
from perfgate.records.stack import StackKind
from perfgate.records.telemetry import Telemetry
from perfgate.records.verdict import ReasonCode, Verdict
from perfgate.settings.series import parse_telemetry_budget
from tests.builders import measurement, times
from tests.telemetry import MIB, drain, growing, watched, with_telemetry

SOUND = measurement({"GET /": times(0.05, 600)})


def judged(telemetry: Telemetry, *budgets: str, of: Measurement = SOUND) -> ScenarioJudgement:
    policy = Policy(telemetry_budgets=tuple(map(parse_telemetry_budget, budgets)))
    return judge_scenario(with_telemetry(of, telemetry), (), policy, today=date(2026, 11, 25))


@pytest.mark.parametrize(
    ("budget", "status"),
    [
        ("probe depth: max < 500", "met"),
        ("probe depth: max < 9", "broken"),
        ("probe depth: max <= 9", "met"),
        ("probe depth: min > 1", "broken"),
        ("probe depth: mean < 6", "met"),
        ("probe depth: p95 >= 9", "met"),
        ("probe other: max < 5", "unknown"),
    ],
)
def test_statistics_are_held_as_they_are(budget: str, status: str) -> None:
    found = judged(watched({"probe depth": [1, 2, 3, 4, 5, 6, 7, 8, 9]}), budget)
    assert [each.status for each in found.telemetry_budgets] == [status]
    code = {"broken": ReasonCode.BUDGET, "unknown": ReasonCode.NOT_MEASURED}.get(status)
    mine = {ReasonCode.BUDGET, ReasonCode.NOT_MEASURED} & {reason.code for reason in found.reasons}
    assert mine == ({code} if code else set())
    assert (found.verdict is Verdict.FAIL) is (status == "broken")


def test_a_star_holds_every_service_and_each_is_named() -> None:
    telemetry = watched({"container api: cpu": [0.5] * 9, "container worker: cpu": [2.0] * 9})
    found = judged(telemetry, "container *: cpu mean < 1")
    assert [(each.key and each.key.subject, each.status) for each in found.telemetry_budgets] == [
        ("api", "met"),
        ("worker", "broken"),
    ]
    [reason] = [each for each in found.reasons if each.code is ReasonCode.BUDGET]
    assert reason.facts["series"] == "container worker: cpu"


@pytest.mark.parametrize(("leak", "status"), [(1.0, "broken"), (0.5, "uncertain"), (0.0, "met")])
def test_a_growth_is_judged_by_its_interval(leak: float, status: str) -> None:
    """The limit is half a MiB a minute; what grows by just that much cannot be told."""
    found = judged(watched({"container api: memory": growing(leak * MIB)}), "container api: memory growth < 512KiB/min")
    assert [each.status for each in found.telemetry_budgets] == [status]


def test_a_leak_is_told_from_noise_and_the_other_way_round() -> None:
    """Forty runs each of ten minutes: 1 MiB a minute is always found, and no leak is never taken for one."""
    statuses = {0.0: set(), 1.0: set()}
    for leak, found in statuses.items():
        for seed in range(40):
            telemetry = watched({"container api: memory": growing(leak * MIB, noise=0.3 * MIB, seed=seed)})
            each = judged(telemetry, "container api: memory growth < 512KiB/min")
            found.add(each.telemetry_budgets[0].status)
    assert statuses == {0.0: {"met"}, 1.0: {"broken"}}


def test_a_run_too_short_for_a_growth_does_not_pass_it() -> None:
    found = judged(watched({"container api: memory": [1.0] * 7}), "container api: memory growth < 1MiB/min")
    assert found.telemetry_budgets[0].status == "unknown"
    assert found.verdict is Verdict.CONDITIONAL


@pytest.mark.parametrize(
    ("seconds", "status", "value"), [(5.0, "met", 5.0), (25.0, "broken", 25.0), (None, "broken", 30.0)]
)
def test_draining_takes_at_least_as_long_as_it_was_watched(seconds: float | None, status: str, value: float) -> None:
    drains = (drain("probe depth", before=0, at_end=40, seconds=seconds),)
    found = judged(watched({"probe depth": [3.0] * 20}, drains=drains), "probe depth: drain < 20s")
    assert [(each.status, each.value) for each in found.telemetry_budgets] == [(status, value)]


def drifting(over_the_run: float) -> Measurement:
    """The median moves by this share from begin to end."""
    blocks = tuple(
        Block(
            start=at * 10.0,
            duration=10.0,
            requests=100,
            failures=0,
            p50=0.05 * (1 + over_the_run) ** ((at + 0.5) / 60) * (1 + 0.01 * math.sin(at * at)),
            p95=None,
            p99=None,
            mean=0.05,
            log_sum=0.0,
            log_square_sum=0.0,
        )
        for at in range(60)
    )
    return SOUND.model_copy(update={"total": SOUND.total.model_copy(update={"blocks": blocks})})


@pytest.mark.parametrize(("over_the_run", "status"), [(0.5, "broken"), (0.0, "met"), (0.10, "uncertain")])
def test_a_drift_of_response_times_over_the_run(over_the_run: float, status: str) -> None:
    found = judged(watched({}), "p50 drift < 10%", of=drifting(over_the_run))
    [checked] = found.telemetry_budgets
    assert checked.status == status
    assert checked.value == pytest.approx(over_the_run, abs=0.02)


@pytest.mark.parametrize("elsewhere", [{"scenario": "endurance"}, {"stack": StackKind.COMPOSE}])
def test_a_budget_of_another_scenario_or_kind_of_stack_is_not_asked(elsewhere: dict[str, object]) -> None:
    budget = parse_telemetry_budget("probe depth: max < 1").model_copy(update=elsewhere)
    found = judge_scenario(SOUND, (), Policy(telemetry_budgets=(budget,)), today=date(2026, 11, 25))
    assert found.telemetry_budgets == ()


def test_times_that_the_generator_spoiled_show_no_drift() -> None:
    """A busy machine makes everything slower and slower, which is not the application's doing."""
    spoiled = drifting(0.5).load.generator.model_copy(update={"busy_share": 0.9, "cpu_max": 1.0})
    slow = drifting(0.5)
    slow = slow.model_copy(update={"load": slow.load.model_copy(update={"generator": spoiled})})
    found = judged(watched({}), "p50 drift < 10%", of=slow)
    assert found.telemetry_budgets[0].status == "uncertain"
    assert found.verdict is Verdict.CONDITIONAL

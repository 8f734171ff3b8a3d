from __future__ import annotations

from datetime import UTC, datetime

import pytest

from perfgate.judge.inference import wilson
from perfgate.records.self_test import Rate, SelfTest, SelfTestRun
from perfgate.records.verdict import ReasonCode, Verdict
from perfgate.report.wording.self_test import say_self_test


def run(verdict: Verdict, *reasons: ReasonCode, slower: bool = False, change: float | None = None) -> SelfTestRun:
    return SelfTestRun(
        slower=slower,
        delay=0.0021 if slower else None,
        verdict=verdict,
        regression=slower and verdict is Verdict.FAIL and ReasonCode.BUDGET not in reasons,
        reasons=reasons,
        change=change,
        seconds=60,
    )


def rate(count: int, of: int) -> Rate:
    between = wilson(count, of, 0.95)
    return Rate(count=count, of=of, low=between.low, high=between.high)


def found(*runs: SelfTestRun, alarms: Rate | None, detected: Rate | None) -> SelfTest:
    return SelfTest(
        at=datetime(2026, 11, 25, tzinfo=UTC),
        scenario="short",
        how="relay",
        asked=0.2,
        runs=runs,
        false_alarms=alarms,
        detected=detected,
    )


def test_tells_both_rates_with_what_they_can_be() -> None:
    told = found(
        run(Verdict.PASS),
        run(Verdict.CONDITIONAL),
        run(Verdict.FAIL, slower=True, change=0.19),
        alarms=rate(0, 2),
        detected=rate(1, 1),
    )
    assert say_self_test(told).splitlines() == [
        "short: does this gate bite?",
        "  the same code on both sides: 0 of 2 runs (0 % to 65.8 %, 95 % confidence) failed; 1 passed, 1 conditional",
        (
            "  the head 2.10 ms later, 20 % of p50, p50 +19 % as measured: 1 of 1 run (20.7 % to 100 %, 95 % "
            "confidence) failed for it; 0 passed, 0 conditional"
        ),
        "It bites, and not without cause, as far as so many runs can tell.",
    ]


@pytest.mark.parametrize(
    ("alarms", "detected", "bites", "word"),
    [
        (rate(1, 5), rate(3, 3), False, "cries wolf"),
        (rate(0, 5), rate(0, 3), False, "does not bite"),
        (rate(0, 5), rate(1, 3), True, "It bites"),
        (rate(0, 5), None, True, "It bites"),
    ],
)
def test_says_whether_it_bites(alarms: Rate, detected: Rate | None, bites: bool, word: str) -> None:
    wolf = SelfTestRun(**{**run(Verdict.FAIL).model_dump(), "regression": True})
    told = found(wolf if alarms.count else run(Verdict.PASS), alarms=alarms, detected=detected)
    assert told.bites is bites
    assert word in say_self_test(told).splitlines()[-1]


def test_what_keeps_a_slower_head_from_being_failed_is_named() -> None:
    told = found(
        run(Verdict.CONDITIONAL, ReasonCode.INCONCLUSIVE),
        run(Verdict.CONDITIONAL, ReasonCode.NOISY_RUNNER, ReasonCode.INCONCLUSIVE, slower=True),
        run(Verdict.FAIL, ReasonCode.BUDGET, ReasonCode.LOAD_NOT_REACHED, slower=True),
        alarms=rate(0, 1),
        detected=rate(0, 2),
    )
    *_, slower, way, verdict = say_self_test(told).splitlines()
    assert slower.endswith("0 passed, 1 conditional, 1 failed for something else")
    assert way == (
        "  what stood in the way: inconclusive (2 runs), noisy-runner (1 run), budget (1 run), load-not-reached (1 run)"
    )
    assert verdict.startswith("Whether it bites is not known: no such run was sound.")


def test_a_budget_that_every_head_breaks_is_no_wolf() -> None:
    told = found(run(Verdict.FAIL, ReasonCode.BUDGET), alarms=rate(1, 1), detected=None)
    assert "fails every head, and not for a change" in say_self_test(told).splitlines()[-1]


def test_a_slow_down_that_is_passed_soundly_is_not_seen() -> None:
    told = found(run(Verdict.PASS), run(Verdict.PASS, slower=True), alarms=rate(0, 1), detected=rate(0, 1))
    assert "does not bite" in say_self_test(told).splitlines()[-1]


def test_runs_without_a_verdict_are_told_with_the_last_cause() -> None:
    told = found(run(Verdict.PASS), alarms=rate(0, 1), detected=None)
    told = told.model_copy(update={"without_verdict": ("the load did not run", "the stack was not up within 60 s")})
    assert "  2 runs came to no verdict, the last since the stack was not up within 60 s" in say_self_test(told)

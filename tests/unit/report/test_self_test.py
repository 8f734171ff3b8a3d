from __future__ import annotations

from datetime import UTC, datetime

import pytest

from perfgate.judge.inference import wilson
from perfgate.records.judgement import Verdict
from perfgate.records.self_test import Rate, SelfTest, SelfTestRun
from perfgate.report.wording.self_test import say_self_test


def run(verdict: Verdict, *, slower: bool = False, change: float | None = None) -> SelfTestRun:
    return SelfTestRun(
        slower=slower,
        delay=0.0021 if slower else None,
        verdict=verdict,
        regression=slower and verdict is Verdict.FAIL,
        reasons=(),
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
    told = found(run(Verdict.PASS), alarms=alarms, detected=detected)
    assert told.bites is bites
    assert word in say_self_test(told).splitlines()[-1]

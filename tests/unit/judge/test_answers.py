from __future__ import annotations

from datetime import date

import pytest

from perfgate.judge.verdict import judge_scenario
from perfgate.records.criteria import Policy
from perfgate.records.measurement import Measurement
from perfgate.records.verdict import NoteCode, Reason, ReasonCode, Verdict
from perfgate.settings.criteria import DEFAULT_TOLERANCES
from tests.builders import measurement, stored, times


def run(
    size: float, *, day: float = 0, count: int = 500, failures: int = 0, label: str = "GET /a", other: float = 400
) -> Measurement:
    """Answers of `size` bytes on average, and `GET /other` beside it."""
    made = measurement(
        {label: times(0.1, count, seed=1), "GET /other": times(0.1, 500, seed=2)}, failures={label: failures}, day=day
    )
    sizes = {label: size, "GET /other": other}
    endpoints = tuple(
        each.model_copy(update={"bytes_received": round(sizes[each.label] * each.requests)}) for each in made.endpoints
    )
    return made.model_copy(update={"endpoints": endpoints})


def found(now: Measurement, *before: Measurement) -> list[Reason]:
    policy = Policy(tolerances=DEFAULT_TOLERANCES)
    judged = judge_scenario(now, [stored(each) for each in before], policy, today=date(2026, 6, 1))
    return [each for each in judged.reasons if each.code is ReasonCode.ANSWERS_DIFFER]


@pytest.mark.parametrize(("before", "now"), [(400, 24), (400, 199), (400, 900), (400, 5000)])
def test_another_answer_is_no_silent_pass(before: float, now: float) -> None:
    (reason,) = found(run(now, day=50), run(before), run(before * 1.1, day=1))
    assert (reason.verdict, reason.endpoint) == (Verdict.CONDITIONAL, "GET /a")
    nearest = round(before if now < before else before * 1.1)
    assert reason.facts == {"bytes": now, "before": nearest, "others": 0, "stored": 2}


def test_where_all_answers_are_others_one_reason_says_so() -> None:
    (reason,) = found(run(24, day=50, other=24), run(400))
    assert reason.facts["others"] == 1


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (run(400, day=50), run(400)),
        (run(210, day=50), run(400)),  # not half
        (run(9, day=50), run(60)),  # a few bytes
        (run(24, day=50, count=15), run(400)),  # too few
        (run(24, day=50, failures=100), run(400)),  # told as errors
        (run(24, day=50), run(400, failures=100)),
        (run(0, day=50, label="HEAD /a"), run(400, label="HEAD /a")),
        (run(24, day=50), run(400, label="GET /b")),  # new
    ],
)
def test_what_is_no_other_answer(now: Measurement, before: Measurement) -> None:
    assert found(now, before) == []


def test_between_what_stored_runs_had_nothing_is_new() -> None:
    assert found(run(400, day=50), run(100), run(1000, day=1)) == []


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ({"GET /a": 1024, "GET /b": 1024, "POST /c": 1024, "GET /health": 20}, {"endpoints": 3, "bytes": 1024}),
        ({"GET /a": 1024, "GET /b": 1024, "POST /c": 1025, "GET /health": 20}, None),
        ({"GET /a": 11, "GET /b": 11, "POST /c": 11}, None),  # a short word of success
        ({"GET /a": 400.5, "GET /b": 400.5, "POST /c": 400.5}, None),  # they vary
        ({"GET /a": 300, "GET /b": 300, "GET /c": 300, "GET /d": 1, "GET /e": 2, "GET /f": 3}, None),  # half of them
    ],
)
def test_one_page_behind_most_paths_is_told_even_where_nothing_is_stored(
    sizes: dict[str, float], told: dict[str, int] | None
) -> None:
    made = measurement({label: times(0.1, 100, seed=1) for label in sizes})
    endpoints = tuple(
        each.model_copy(update={"bytes_received": round(sizes[each.label] * each.requests)}) for each in made.endpoints
    )
    result = judge_scenario(
        made.model_copy(update={"endpoints": endpoints}),
        [],
        Policy(tolerances=DEFAULT_TOLERANCES),
        today=date(2026, 6, 1),
    )
    notes = [each.facts for each in result.notes if each.code is NoteCode.SAME_ANSWERS]
    assert notes == ([] if told is None else [told])

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from perfgate.judge.silence import silence_reasons
from perfgate.judge.verdict import judge_scenario
from perfgate.records.criteria import Policy
from perfgate.records.measurement import Measurement, Timeline
from perfgate.records.stack import StackFault
from perfgate.records.verdict import ReasonCode, Verdict
from tests.builders import measurement, times


def run(
    requests: Sequence[int], users: Sequence[int | None] | None = None, faults: tuple[StackFault, ...] = ()
) -> Measurement:
    nothing = (None,) * len(requests)
    timeline = Timeline(
        step=1,
        warm_up=2,
        users=tuple(users or [5] * len(requests)),
        requests=tuple(requests),
        failures=(0,) * len(requests),
        p50=nothing,
        p95=nothing,
        p99=nothing,
    )
    return measurement({"GET /a": times(0.1, 500)}, faults=faults).model_copy(update={"timeline": timeline})


def test_an_application_that_hangs_to_the_end_is_told() -> None:
    (found,) = silence_reasons(run([40] * 12 + [0] * 5))
    assert (found.code, found.verdict) == (ReasonCode.LOAD_NOT_REACHED, Verdict.CONDITIONAL)
    assert found.facts == {"silent": 4, "at": 12, "users": 5, "missed": 160, "to_the_end": "True"}


def test_one_that_hangs_for_a_while_too() -> None:
    (found,) = silence_reasons(run([40] * 12 + [0] * 3 + [40] * 12, [5, None] + [None] * 25))
    assert found.facts == {"silent": 3, "at": 12, "users": 5, "missed": 120, "to_the_end": "False"}


@pytest.mark.parametrize(("rate", "told"), [(10, 1), (9, 0)])
def test_twenty_requests_must_be_missing(rate: int, told: int) -> None:
    assert len(list(silence_reasons(run([rate] * 12 + [0] * 2 + [rate] * 12)))) == told


@pytest.mark.parametrize(
    ("requests", "users"),
    [
        ([40] * 20, None),
        ([2, 0, 1, 0, 0, 3, 0, 0, 0, 0, 1, 2, 0, 2, 1], None),  # few users that think for long
        ([100, 0, 0, 0, 0, 0, 0, 0] * 4, None),  # users in step
        ([40] * 10 + [0] * 6 + [40] * 4, [5] * 10 + [0] * 6 + [5] * 4),  # nobody is there
        ([0] * 2 + [40] * 10, None),  # the warm-up
        ([40] * 12 + [0], None),  # the last step may be short
        ([0] * 12, None),
        ([], None),
    ],
)
def test_what_is_no_silence_of_the_application(requests: list[int], users: list[int | None] | None) -> None:
    assert list(silence_reasons(run(requests, users))) == []


def test_a_stack_that_broke_is_told_as_that() -> None:
    fault = StackFault(service="api", kind="exited", at=12.0, detail="exit code 1", log_tail="")
    assert list(silence_reasons(run([40] * 12 + [0] * 5, faults=(fault,)))) == []


def test_it_stands_among_the_reasons_beside_users_that_never_came() -> None:
    hung = run([40] * 12 + [0] * 5)
    few = hung.model_copy(update={"load": hung.load.model_copy(update={"users_reached": 5})})
    found = judge_scenario(few, (), Policy(), today=date(2026, 6, 1))
    assert [each.code for each in found.reasons].count(ReasonCode.LOAD_NOT_REACHED) == 2

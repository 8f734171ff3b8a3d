"""A load that several workers share is sound only with all of them."""

from __future__ import annotations

import pytest

from perfgate.judge.validity import validity_reasons
from perfgate.records.load import LoadWorker
from perfgate.records.measurement import Measurement
from perfgate.records.verdict import ReasonCode, Verdict
from perfgate.report.prose import plain
from perfgate.report.wording.reasons import say
from tests.builders import measurement, times


def shared(*lost_at: float | None) -> Measurement:
    workers = tuple(
        LoadWorker(
            name=f"host-{number}:1", requests=100, requests_lost=0, lost_at=at, clock_offset=0.0, clock_error=0.001
        )
        for number, at in enumerate(lost_at)
    )
    each = measurement({"GET /": times(0.1, 500)})
    return each.model_copy(update={"load": each.load.model_copy(update={"workers": workers})})


def test_all_workers_to_the_end_are_no_reason() -> None:
    assert list(validity_reasons(shared(None, None))) == []


@pytest.mark.parametrize(
    ("lost_at", "said"),
    [
        ((None, 12.0, None), "1 of 3 workers that shared the load was lost, the first (host-1:1) 12 s after"),
        ((30.0, 12.0), "2 of 2 workers that shared the load were lost, the first (host-1:1) 12 s after"),
    ],
)
def test_lost_workers_are_a_reason_with_the_first_of_them(lost_at: tuple[float | None, ...], said: str) -> None:
    (reason,) = validity_reasons(shared(*lost_at))
    assert (reason.code, reason.verdict) == (ReasonCode.LOAD_NOT_REACHED, Verdict.CONDITIONAL)
    assert said in plain(say(reason).sentence)

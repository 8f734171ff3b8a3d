"""What readers see of a load of which a worker was lost."""

from __future__ import annotations

import pytest

from perfgate.records.measurement import Measurement
from perfgate.report.comment import render_comment
from perfgate.report.terminal import final_table
from tests.golden.judgements import judgement
from tests.golden.test_reports import expect
from tests.unit.judge.test_side_by_side import judged
from tests.unit.judge.test_workers import shared


@pytest.fixture
def lost() -> Measurement:
    each = shared(None, 12.0)
    return each.model_copy(update={"load": each.load.model_copy(update={"complete": False})})


def test_comment(lost: Measurement) -> None:
    expect("comment/lost-worker.md", render_comment(judgement(judged(lost))))


def test_terminal(lost: Measurement) -> None:
    expect("terminal/lost-worker.txt", final_table(judgement(judged(lost))))

"""What readers see of a comparison side by side, from the pairs of blocks to the comment."""

from __future__ import annotations

import pytest

from perfgate.report.comment import render_comment
from tests.golden.judgements import judgement
from tests.golden.test_reports import expect
from tests.unit.judge.test_side_by_side import judged, measured

SITUATIONS = {
    "beside-pass": lambda: measured(0.0, pairs=40),
    "beside-fail": lambda: measured(0.2, 0.2, control=0.01),
    "beside-noisy": lambda: measured(0.2, 0.2, control=-0.15),
    "beside-unconfirmed": lambda: measured(0.2, 0.0),
    "beside-unclear": lambda: measured(0.03, pairs=16),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_comment(name: str) -> None:
    expect(f"comment/{name}.md", render_comment(judgement(judged(SITUATIONS[name]()))))

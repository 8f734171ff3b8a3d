"""What readers see, situation by situation, kept as files so that a change of words is a change in review.

PERFGATE_ACCEPT_GOLDEN=1 accepts what comes out now; without it a difference is left beside the file as `.got`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from perfgate.errors import PerfGateError, StackError
from perfgate.github.comment import compose
from perfgate.github.comment_state import Section, read_comment
from perfgate.github.event import Event
from perfgate.github.section import failed_section, judged_section
from perfgate.records.judgement import Judgement
from perfgate.report.comment import render_comment
from perfgate.report.junit import junit_xml
from perfgate.report.terminal import final_table
from tests.golden.judgements import SITUATIONS, first_run, many_endpoints, passed, regression
from tests.unit.github.events import PULL_REQUEST, pushed

FOLDER = Path(__file__).parent
HEAD = 60  # lines of the long one


def expect(name: str, got: str) -> None:
    path = FOLDER / name
    beside = path.with_name(path.name + ".got")
    if os.environ.get("PERFGATE_ACCEPT_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(got, encoding="utf-8")
    wanted = path.read_text(encoding="utf-8") if path.exists() else ""
    if got == wanted:
        beside.unlink(missing_ok=True)
        return
    beside.parent.mkdir(exist_ok=True)
    beside.write_text(got, encoding="utf-8")
    pytest.fail(f"{path} is not what comes out now: see {beside.name}, or accept it with PERFGATE_ACCEPT_GOLDEN=1")


@pytest.mark.parametrize("name", SITUATIONS)
def test_comment(name: str) -> None:
    expect(f"comment/{name}.md", render_comment(SITUATIONS[name]()))


def posted(told: Sequence[tuple[Judgement | PerfGateError, str, Event]]) -> str:
    """A pull request's comment after one job after the other has told its outcome."""
    text = ""
    for outcome, name, event in told:

        def render(
            limit: int, outcome: Judgement | PerfGateError = outcome, name: str = name, event: Event = event
        ) -> Section:
            if isinstance(outcome, Judgement):
                return judged_section(outcome, name, event, limit=limit)
            return failed_section(outcome, name, event, limit=limit)

        text = compose(read_comment(text), render, "perfgate")
    return text


NO_STACK = StackError(
    "the service api was not ready within 120 s", remedy="see its log, or give it more time in `ready`",
    evidence="Traceback (most recent call last):\n  sqlalchemy.exc.OperationalError: connection refused",
)  # fmt: skip
POSTED: dict[str, list[tuple[Judgement | PerfGateError, str, Event]]] = {
    "no-verdict": [(NO_STACK, "", PULL_REQUEST)],
    "fork": [(regression(), "", replace(PULL_REQUEST, from_fork=True))],
    "matrix": [
        (passed(), "gate (python 3.12)", PULL_REQUEST),
        (regression(), "gate (python 3.13)", PULL_REQUEST),
        (NO_STACK, "gate (python 3.14)", PULL_REQUEST),
    ],
    "earlier-pushes": [
        (NO_STACK, "", pushed(1)),
        (regression(), "", pushed(2)),
        (first_run(), "", pushed(3)),
        (passed(), "", pushed(4)),
    ],
}


@pytest.mark.parametrize("name", POSTED)
def test_posted(name: str) -> None:
    expect(f"comment/posted-{name}.md", posted(POSTED[name]))


@pytest.mark.parametrize("name", SITUATIONS)
def test_terminal(name: str) -> None:
    expect(f"terminal/{name}.txt", final_table(SITUATIONS[name]()) + "\n")


@pytest.mark.parametrize("name", ["fail-budget", "fail-regression", "fail-stack", "waived", "hostile"])
def test_junit(name: str) -> None:
    expect(f"junit/{name}.xml", junit_xml(SITUATIONS[name]()))


def test_500_endpoints() -> None:
    comment = render_comment(many_endpoints())
    assert len(comment.encode()) <= 65_536
    expect("comment/500-endpoints.head.md", "\n".join(comment.split("\n")[:HEAD]) + "\n")

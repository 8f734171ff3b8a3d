"""What readers see, situation by situation, kept as files so that a change of words is a change in review.

PERFGATE_ACCEPT_GOLDEN=1 accepts what comes out now; without it a difference is left beside the file as `.got`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perfgate.report.comment import render_comment
from perfgate.report.junit import junit_xml
from perfgate.report.terminal import final_table
from tests.golden.judgements import SITUATIONS, many_endpoints

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

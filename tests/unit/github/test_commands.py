"""What is written for the runner to act on, and for nothing else to act through."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfgate.github.commands import annotation
from perfgate.github.runner_files import add_outputs, add_to_summary, output, room_in_summary


def test_an_annotation() -> None:
    told = annotation("warning", "PerfGate: baseline", "100 % slower\nin `a:b,c`", path="perf,gate.yml")
    assert told == ("::warning file=perf%2Cgate.yml,line=1,title=PerfGate%3A baseline::100 %25 slower%0Ain `a:b,c`")


@settings(deadline=None)
@given(title=st.text(), message=st.text(), path=st.text())
def test_whatever_the_words_a_command_is_one_line(title: str, message: str, path: str) -> None:
    told = annotation("error", title, message, path=path)
    assert len(told.splitlines()) == 1
    properties, _, _ = told.removeprefix("::error ").partition("::")
    assert [each.split("=", 1)[0] for each in properties.split(",")] == ["file", "line", "title"]


@settings(deadline=None)
@given(st.text())
def test_an_output_comes_back_whatever_its_value(value: str) -> None:
    """Read as the runner does: from the line with the delimiter to the line that is the delimiter."""
    first, rest = output("report", value).split("\n", 1)
    name, delimiter = first.split("<<")
    assert name == "report"
    assert rest.endswith(f"\n{delimiter}\n")
    assert rest.removesuffix(f"\n{delimiter}\n") == value
    assert delimiter not in value


def test_a_guessed_delimiter_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    guesses = iter(["guessed", "other"])
    monkeypatch.setattr("secrets.token_hex", lambda _: next(guesses))
    assert output("a", "x\nperfgate_guessed\nverdict=pass") == (
        "a<<perfgate_other\nx\nperfgate_guessed\nverdict=pass\nperfgate_other\n"
    )


def test_files_of_the_step_are_added_to(tmp_path: Path) -> None:
    file = tmp_path / "output"
    file.write_text("before=1\n", encoding="utf-8")
    add_outputs(file, {"verdict": "pass", "half": "\ud800"})
    assert file.read_text(encoding="utf-8").startswith("before=1\nverdict<<perfgate_")
    summary = tmp_path / "summary"
    assert room_in_summary(summary) == 2**20 - 2
    add_to_summary(summary, "one\n")
    add_to_summary(summary, "two\n")
    assert summary.read_text(encoding="utf-8") == "one\n\ntwo\n"
    assert room_in_summary(summary) == 2**20 - 2 - 9


def test_a_long_output_is_cut(tmp_path: Path) -> None:
    add_outputs(tmp_path / "output", {"a": "x" * 1_000_000})
    assert (tmp_path / "output").stat().st_size < 101_000

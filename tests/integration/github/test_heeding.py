"""`/perfgate accept` and `/perfgate rerun`, as a workflow on `issue_comment` hands them to the action."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from perfgate.cli.commands import command
from perfgate.github.comment import compose
from perfgate.github.comment_state import Shared
from perfgate.github.section import judged_section
from tests.fakes.github import REPOSITORY, TOKEN, FakeGitHub
from tests.golden import judgements as made
from tests.unit.github.events import HEAD, PULL_REQUEST

PULL, RUN = 7, 41


class Say(Protocol):
    def __call__(self, text: str, *, by: str = "ada", action: str = "created", **issue: Any) -> int: ...


@pytest.fixture
def pull(github: FakeGitHub) -> None:
    """Whose newest commit a run has judged and told of."""
    github.allow({"pull-requests": "write", "contents": "read", "actions": "write"})
    github.repository.collaborators = {"ada": "write", "eve": "read"}
    github.repository.pulls[PULL] = {
        "number": PULL,
        "state": "open",
        "head": {"ref": "patch", "sha": HEAD, "repo": {"full_name": "mallory/shop"}},
        "base": {"ref": "main", "sha": "b" * 40, "repo": {"full_name": REPOSITORY}},
        "labels": [],
    }
    event = replace(PULL_REQUEST, run_id=RUN)
    section = judged_section(made.regression(), "gate", event, limit=60_000)
    github.add_comment(PULL, compose(Shared(), lambda _: section, "perfgate"))


@pytest.fixture
def say(github: FakeGitHub, pull: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """A comment, and the run of the action that it starts: its exit code."""

    def saying(text: str, *, by: str = "ada", action: str = "created", **issue: Any) -> int:
        said = {"id": github.add_comment(PULL, text, login=by), "body": text, "user": {"login": by}}
        about = {"number": PULL, "pull_request": {"url": "x"}, "labels": [], **issue}
        event = {"action": action, "issue": about, "comment": said, "repository": {"full_name": REPOSITORY}}
        (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
        environ = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "issue_comment",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SHA": "c" * 40,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_RUN_ID": "5000",
            "GITHUB_SERVER_URL": github.server_url,
            "GITHUB_API_URL": github.api_url,
            "INPUT_GITHUB-TOKEN": TOKEN,
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        return command(["action"])

    return saying


def answers(github: FakeGitHub) -> list[str]:
    newest = max(github.repository.comments)
    return [each["content"] for each in github.repository.reactions.get(newest, {}).values()]


@pytest.mark.parametrize("text", ["/perfgate rerun", "Fine.\n/perfgate accept p95 of GET /a up to 30%: why"])
def test_who_may_write_has_it_judged_again(github: FakeGitHub, say: Say, text: str) -> None:
    assert say(text) == 0
    assert github.repository.reruns == [RUN]
    assert answers(github) == ["rocket"]


@pytest.mark.parametrize("by", ["eve", "nobody"])
def test_nobody_else_has(github: FakeGitHub, say: Say, by: str) -> None:
    assert say("/perfgate rerun", by=by) == 0
    assert github.repository.reruns == []
    assert answers(github) == ["-1"]


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("Could somebody /perfgate rerun this?", {}),
        ("> /perfgate rerun", {}),
        ("/perfgate rerun", {"action": "edited"}),
        ("/perfgate rerun", {"pull_request": None}),
    ],
)
def test_other_comments_do_nothing(github: FakeGitHub, say: Say, text: str, more: dict[str, Any]) -> None:
    assert say(text, **more) == 0
    assert (github.repository.reruns, answers(github)) == ([], [])


def test_what_is_not_clear_is_not_guessed(github: FakeGitHub, say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    assert say("/perfgate accept the slow one") == 2
    assert github.repository.reruns == []
    assert answers(github) == ["confused"]
    assert "METRIC [of ENDPOINT]" in capsys.readouterr().out


def test_a_run_that_goes_on_is_not_started_again(
    github: FakeGitHub, say: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    github.repository.running.add(RUN)
    assert say("/perfgate rerun") == 6
    assert answers(github) == ["confused"]
    assert "already running" in capsys.readouterr().out


def test_a_verdict_on_an_older_commit_is_not_run_again(
    github: FakeGitHub, say: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would judge code that nobody wants to merge any more."""
    github.repository.pulls[PULL]["head"]["sha"] = "e" * 40
    assert say("/perfgate rerun") == 6
    assert github.repository.reruns == []
    assert "its newest commit" in capsys.readouterr().out


def test_without_the_right_to_start_runs_it_says_which(
    github: FakeGitHub, say: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    github.allow({"pull-requests": "write", "contents": "read"})
    assert say("/perfgate rerun") == 6
    assert "actions: write" in capsys.readouterr().out

"""The second stage for forks: `perfgate publish` as a workflow of the default branch runs it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from perfgate.cli.commands import command
from perfgate.github.comment import compose
from perfgate.github.comment_state import Shared
from perfgate.github.section import judged_section
from perfgate.records.judgement import Judgement
from tests.fakes.github import REPOSITORY, TOKEN, FakeGitHub
from tests.golden import judgements as made
from tests.integration.github.test_artifact import GOOD, HEAD, JUDGED, packed
from tests.unit.github.events import PULL_REQUEST

RUN = 9


def fork_pull(github: FakeGitHub, number: int = 7, *, sha: str | None = HEAD) -> None:
    github.repository.pulls[number] = {
        "number": number,
        "state": "open",
        "head": {"label": "mallory:patch", "ref": "patch", "sha": sha, "repo": {"full_name": "mallory/shop"}},
        "base": {"ref": "main", "sha": "b" * 40, "repo": {"full_name": REPOSITORY}},
        "labels": [],
    }


def artifact(github: FakeGitHub, data: bytes = GOOD, run: int = RUN) -> None:
    github.repository.artifacts.append({"id": run, "run": run, "name": "perfgate-out", "expired": False, "data": data})


@pytest.fixture
def workflow(github: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of `workflow_run`, started by one of a fork."""
    event = tmp_path / "event.json"
    run = {
        "id": RUN,
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "patch",
        "head_repository": {"full_name": "mallory/shop", "owner": {"login": "mallory"}},
        "conclusion": "failure",
        "pull_requests": [{"number": 1}],
    }
    payload = {"action": "completed", "workflow_run": run, "repository": {"full_name": REPOSITORY}}
    event.write_text(json.dumps(payload), encoding="utf-8")
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_SHA": "c" * 40,
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_RUN_ID": "5000",
        "GITHUB_SERVER_URL": github.server_url,
        "GITHUB_API_URL": github.api_url,
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_TOKEN": TOKEN,
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def test_a_forks_pull_request_is_told_its_verdict(
    github: FakeGitHub, workflow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fork_pull(github)
    artifact(github)
    assert command(["publish"]) == 0
    [body] = github.bodies(7)
    assert body.startswith("<!-- perfgate:perfgate -->\n### 🔴 Fail")
    assert "all is well" not in body, "the artifact's own Markdown is not looked at"
    assert f"/actions/runs/{RUN})" in body
    [check] = github.repository.check_runs.values()
    assert (check["head_sha"], check["conclusion"]) == (HEAD, "failure")
    assert github.bodies(1) == []
    assert TOKEN not in capsys.readouterr().out


OF_BASE = "stack: {external: {}, target: 'http://a'}\nscenarios: {a: {traffic: {requests: [{get: /}]}}}\n"


def test_what_blocks_is_said_by_the_base_and_a_changed_workflow_is_told(github: FakeGitHub, workflow: Path) -> None:
    """A fork's pull request runs the workflow that it brings along, so that run's own word is worth nothing."""
    fork_pull(github)
    artifact(github)
    github.commit("main", {"perfgate.yml": (OF_BASE + "policy: {pull_request: {block_on: never}}\n").encode()})
    github.repository.pull_files[7] = ["src/app.py", *["x"] * 150, ".github/workflows/perf.yml"]
    assert command(["publish"]) == 0
    [body] = github.bodies(7)
    assert "Merging is not blocked" in body
    assert "This change alters what is loaded, and how: `.github/workflows/perf.yml`" in body
    [check] = github.repository.check_runs.values()
    assert check["conclusion"] == "neutral"


def test_without_settings_in_the_base_the_runs_own_word_stands_and_it_is_told(
    github: FakeGitHub, workflow: Path
) -> None:
    fork_pull(github)
    artifact(github)
    github.commit("main", {"README.md": b""})
    assert command(["publish"]) == 0
    assert "Judged by this change's own `perfgate.yml`, since `main` has none yet." in github.bodies(7)[0]


@pytest.mark.parametrize("told_by", ["the run itself", "an earlier run", "this command", "nobody"])
def test_a_run_that_told_it_itself_is_not_told_again(github: FakeGitHub, workflow: Path, told_by: str) -> None:
    """A branch of the repository, whose run may have had the right to comment."""
    event = workflow / "event.json"
    event.write_text(event.read_text().replace("mallory/shop", REPOSITORY), encoding="utf-8")
    fork_pull(github)
    github.repository.pulls[7]["head"] |= {"label": "octo:patch", "repo": {"full_name": REPOSITORY}}
    artifact(github)
    if told_by != "nobody":
        run_id = RUN - 1 if told_by == "an earlier run" else RUN
        own = replace(PULL_REQUEST, head_sha=HEAD, run_id=run_id)
        section = judged_section(made.passed(), "" if told_by == "this command" else "gate", own)
        github.add_comment(7, compose(Shared(), lambda _: section, "perfgate"))
    before = github.bodies(7)
    assert command(["publish"]) == 0
    assert (github.bodies(7) == before) is (told_by == "the run itself")
    assert (github.repository.check_runs == {}) is (told_by == "the run itself")


def test_a_judgement_that_was_downloaded_is_published_too(github: FakeGitHub, workflow: Path) -> None:
    fork_pull(github)
    file = workflow / "judgement.json"
    file.write_text(JUDGED.model_dump_json(), encoding="utf-8")
    assert command(["publish", str(file)]) == 0
    assert len(github.bodies(7)) == 1
    assert github.asked("GET", "/artifacts") == []


def test_a_pull_request_that_has_moved_on_is_left_alone(
    github: FakeGitHub, workflow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fork_pull(github, sha="d" * 40)
    artifact(github)
    assert command(["publish"]) == 0
    assert "nothing to publish" in capsys.readouterr().out
    assert github.bodies(7) == []
    assert github.repository.check_runs == {}


@pytest.mark.parametrize(
    "data",
    [
        b"no zip",
        packed({"x": "y"}),
        packed({"judgement.json": made.passed().model_dump_json().replace(str(HEAD), "e" * 40)}),
    ],
)
def test_what_cannot_be_published_is_told_as_no_verdict(
    github: FakeGitHub, workflow: Path, data: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    fork_pull(github)
    artifact(github, data)
    assert command(["publish"]) == 6
    [body] = github.bodies(7)
    assert "⚪ No verdict" in body
    assert "🟢" not in body
    [check] = github.repository.check_runs.values()
    assert check["conclusion"] == "failure"
    assert "the artifact cannot be published" in capsys.readouterr().out


def test_without_an_artifact_the_pull_request_is_told(github: FakeGitHub, workflow: Path) -> None:
    fork_pull(github)
    assert command(["publish"]) == 6
    assert "left no artifact" in github.bodies(7)[0]


def test_a_hostile_judgement_is_rendered_like_any_other(github: FakeGitHub, workflow: Path) -> None:
    fork_pull(github)
    hostile = made.hostile()
    fields = json.loads(hostile.model_dump_json())
    for scenario in fields["scenarios"]:
        scenario["subject"]["commit"] = HEAD
    artifact(github, packed({"judgement.json": Judgement.model_validate(fields).model_dump_json()}))
    assert command(["publish"]) == 0
    [body] = github.bodies(7)
    assert "<script" in body
    assert "<script" not in MarkdownIt("commonmark", {"html": True}).enable("table").render(body)
    assert len(github.bodies(7)) == 1


@pytest.mark.parametrize("missing", ["pull-requests", "checks"])
def test_one_place_is_enough_and_none_is_not(github: FakeGitHub, workflow: Path, missing: str) -> None:
    fork_pull(github)
    artifact(github)
    github.actors[TOKEN].permissions.pop(missing)
    assert command(["publish"]) == 0
    for each in ("pull-requests", "checks", "statuses"):
        github.actors[TOKEN].permissions.pop(each, None)
    github.repository.comments.clear()
    assert command(["publish"]) == 6


def test_without_a_token(github: FakeGitHub, workflow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    assert command(["publish"]) == 2
    assert github.requests == []


def test_outside_a_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command(["publish"]) == 2

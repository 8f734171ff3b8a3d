"""The stand-in refuses what GitHub refuses, so that tests against it mean something."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any

import pytest

from perfgate.github.answers import ConflictError, MissingError, UnansweredError
from perfgate.github.client import Client, nothing_found
from perfgate.github.transport import Call
from tests.fakes.github import REPOSITORY, FakeGitHub
from tests.integration.github.conftest import OpenClient

REPO = f"/repos/{REPOSITORY}"
SHA = "a" * 40


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(REPO + path, body, found=nothing_found)


def put(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client._send(Call("PUT", client._url(REPO + path), body=body)).content


def test_objects_have_the_names_that_git_gives_them(github: FakeGitHub, tmp_path: Path) -> None:
    files = {"README.md": b"hello\n", "a/b.txt": b"x", "a-b": b"y", "a.c": b"", "a/c/d": b"z"}
    commit = github.commit("main", files)
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "-q")
    git("add", ".")
    assert github.repository.git.commits[commit]["tree"] == git("write-tree")


def test_one_file_at_a_time_with_optimistic_concurrency(github: FakeGitHub, client: Client) -> None:
    github.commit("main", {"x": b"1"})
    sha = client.get(f"{REPO}/contents/x", ref="main")["sha"]
    content = base64.b64encode(b"2").decode()
    with pytest.raises(ConflictError, match="422"):
        put(client, "/contents/x", {"message": "m", "content": content})
    put(client, "/contents/x", {"message": "m", "content": content, "sha": sha})
    with pytest.raises(ConflictError, match="409"):
        put(client, "/contents/x", {"message": "m", "content": content, "sha": sha})
    assert github.branch("main") == {"x": b"2"}


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("/issues/7/comments", {"body": "x" * 65_537}),
    ("/issues/7/comments", {"body": "  "}),
    ("/check-runs", {"name": "x", "head_sha": "main"}),
    ("/check-runs", {"name": "x", "head_sha": SHA, "conclusion": "good"}),
    ("/check-runs", {"name": "x", "head_sha": SHA, "output": {"title": "t", "summary": "s" * 65_536}}),
    (
        "/check-runs",
        {
            "name": "x",
            "head_sha": SHA,
            "output": {
                "title": "t",
                "summary": "s",
                "annotations": [
                    {"path": "p", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
                ]
                * 51,
            },
        },
    ),
    (f"/statuses/{SHA}", {"state": "neutral"}),
    (f"/statuses/{SHA}", {"state": "success", "description": "d" * 141}),
    ("/git/trees", {"tree": [{"path": "../x", "mode": "100644", "type": "blob", "content": ""}]}),
    ("/git/trees", {"tree": [{"path": "x", "mode": "100644", "type": "blob", "sha": None}]}),
    ("/git/refs", {"ref": "refs/heads/new", "sha": SHA}),
]


@pytest.mark.parametrize(("path", "body"), REFUSED)
def test_what_github_refuses_is_refused(client: Client, path: str, body: dict[str, Any]) -> None:
    with pytest.raises(ConflictError, match="422"):
        post(client, path, body)


def test_a_branch_only_moves_forward(github: FakeGitHub, client: Client) -> None:
    first = github.commit("main", {"x": b"1"})
    aside = post(client, "/git/commits", {"message": "m", "tree": _tree(github, first), "parents": [first]})["sha"]
    newest = github.commit("main", {"x": b"2"})
    with pytest.raises(ConflictError, match="not a fast forward"):
        client.patch(f"{REPO}/git/refs/heads/main", {"sha": aside, "force": False})
    assert github.repository.refs["refs/heads/main"] == newest


def _tree(github: FakeGitHub, commit: str) -> str:
    return str(github.repository.git.commits[commit]["tree"])


def test_a_reaction_is_given_once(github: FakeGitHub, client: Client) -> None:
    path = f"{REPO}/issues/comments/{github.add_comment(7, 'x')}/reactions"
    first, reaction = client.created(path, {"content": "eyes"})
    second, again = client.created(path, {"content": "eyes"})
    assert (first, second) == (True, False)
    assert reaction["id"] == again["id"]
    client.delete(f"{path}/{reaction['id']}")
    assert client.created(path, {"content": "eyes"})[0]


def test_labels_add_up(github: FakeGitHub, client: Client) -> None:
    for _ in range(2):
        post(client, "/issues/7/labels", {"labels": ["perf", "accepted"]})
    assert [each["name"] for each in client.pages(f"{REPO}/issues/7/labels")] == ["perf", "accepted"]


def test_other_repositories_are_not_there(client: Client) -> None:
    with pytest.raises(MissingError):
        client.get("/repos/octo/other/issues/7/comments")


@pytest.mark.parametrize(
    "more", [{"kind": "hang", "seconds": 1.0}, {"kind": "reset"}, {"kind": "truncate"}, {"kind": "garbage"}]
)
def test_a_fault_really_is_one(github: FakeGitHub, open_client: OpenClient, more: dict[str, Any]) -> None:
    github.add_comment(7, "x")
    github.break_next("GET", "/comments", **more, times=1)
    client = open_client(read_seconds=0.3)
    with client.within(0.5), pytest.raises(UnansweredError):
        client.get(f"{REPO}/issues/7/comments")


def test_a_server_that_drips_is_given_up_in_time(github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perfgate.github.transport.ANSWER_SECONDS", 0.3)
    github.add_comment(7, "x" * 60_000)
    github.break_next("GET", "/comments", "drip", seconds=0.02)  # twenty minutes in all
    with Client(github.api_url, next(iter(github.actors)), sleep=lambda _: None) as client:
        assert len(client.get(f"{REPO}/issues/7/comments")) == 1
    assert len(github.requests) == 2

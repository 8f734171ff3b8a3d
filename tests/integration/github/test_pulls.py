"""Which pull request a stranger's run belongs to, and who may decide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from perfgate.errors import PublishError
from perfgate.github.client import Client
from perfgate.github.event import TriggeringRun
from perfgate.github.pulls import may_write, pull, pull_of_run
from tests.fakes.github import FakeGitHub
from tests.unit.github.events import HEAD, PULL_REQUEST

BASE = "b" * 40
EVENT = replace(
    PULL_REQUEST,
    name="workflow_run",
    pull_request=None,
    from_fork=True,
    triggering_run=TriggeringRun(9, "pull_request", "success", "mallory/shop", "patch"),
)


def add(github: FakeGitHub, number: int, **changed: Any) -> None:
    made = {"owner": "mallory", "branch": "patch", "sha": HEAD, "state": "open", **changed}
    github.repository.pulls[number] = {
        "number": number,
        "state": made["state"],
        "head": {
            "label": f"{made['owner']}:{made['branch']}",
            "ref": made["branch"],
            "sha": made["sha"],
            "repo": {"full_name": f"{made['owner']}/shop"},
        },
        "base": {"ref": "main", "sha": BASE, "repo": {"full_name": "octo/shop", "default_branch": "main"}},
        "labels": [{"name": "perf"}],
    }


def test_the_pull_request_with_just_this_head_is_found(github: FakeGitHub, client: Client) -> None:
    add(github, 3, owner="eve")
    add(github, 5, branch="other")
    add(github, 7)
    found = pull_of_run(client, EVENT)
    assert found is not None
    assert (found.number, found.head_sha, found.base_ref, found.base_sha) == (7, HEAD, "main", BASE)
    assert found.labels == ("perf",)


@pytest.mark.parametrize("changed", [{"sha": "d" * 40}, {"state": "closed"}, {"owner": "eve"}, {"branch": "other"}])
def test_no_other_pull_request_is_spoken_in(github: FakeGitHub, client: Client, changed: dict[str, str]) -> None:
    """Above all not one whose head has moved on: the verdict is about another commit."""
    add(github, 7, **changed)
    assert pull_of_run(client, EVENT) is None


def test_a_head_repository_that_is_gone_has_none(github: FakeGitHub, client: Client) -> None:
    add(github, 7)
    github.repository.pulls[7]["head"]["repo"] = None
    assert pull_of_run(client, EVENT) is None
    run = replace(EVENT.triggering_run, head_repository=None)
    assert pull_of_run(client, replace(EVENT, triggering_run=run)) is None


def test_another_repository_of_the_same_owner_is_another(github: FakeGitHub, client: Client) -> None:
    add(github, 7)
    github.repository.pulls[7]["head"]["repo"]["full_name"] = "mallory/shop-copy"
    assert pull_of_run(client, EVENT) is None


def test_events_of_other_kinds_have_no_run(client: Client) -> None:
    assert pull_of_run(client, PULL_REQUEST) is None


def test_a_branch_name_stays_one_parameter(github: FakeGitHub, client: Client) -> None:
    run = replace(EVENT.triggering_run, head_branch="x&state=all&head=octo:main#")
    assert pull_of_run(client, replace(EVENT, triggering_run=run)) is None
    assert github.requests[0].query["head"] == "mallory:x&state=all&head=octo:main#"
    assert github.requests[0].query["state"] == "open"


def test_a_server_that_cannot_be_asked_is_an_error(github: FakeGitHub, client: Client) -> None:
    github.break_next("GET", "/pulls", "status", status=403)
    with pytest.raises(PublishError, match="cannot be looked up"):
        pull_of_run(client, EVENT)


def test_a_comments_pull_request(github: FakeGitHub, client: Client) -> None:
    add(github, 7)
    found = pull(client, "octo/shop", 7)
    assert found is not None
    assert found.head_sha == HEAD
    assert pull(client, "octo/shop", 8) is None


@pytest.mark.parametrize(
    ("level", "allowed"),
    [("admin", True), ("maintain", True), ("write", True), ("triage", False), ("read", False), ("none", False)],
)
def test_only_who_may_push_may_decide(github: FakeGitHub, client: Client, level: str, allowed: bool) -> None:
    github.repository.collaborators["ada"] = level
    assert may_write(client, "octo/shop", "ada") is allowed
    assert not may_write(client, "octo/shop", "mallory")


@pytest.mark.parametrize("status", [403, 404])
def test_who_cannot_be_asked_about_may_not(github: FakeGitHub, client: Client, status: int) -> None:
    github.repository.collaborators["ada"] = "admin"
    github.break_next("GET", "/collaborators/", "status", status=status)
    assert not may_write(client, "octo/shop", "ada")


@pytest.mark.parametrize("login", ["x/../ada", "../ada", "ada?", "", "a da"])
def test_what_is_no_login_may_nothing(github: FakeGitHub, client: Client, login: str) -> None:
    github.repository.collaborators["ada"] = "admin"
    assert not may_write(client, "octo/shop", login)
    assert github.requests == []

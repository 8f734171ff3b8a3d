"""Events as GitHub writes them, cut down to what is read; and files that are not what they should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfgate.errors import SettingsError
from perfgate.github.event import Event
from perfgate.github.event_reading import at_home, parse_event, read_event

HEAD, BASE, MERGE = "a" * 40, "b" * 40, "c" * 40
REPOSITORY = {"full_name": "octo/shop", "default_branch": "main"}
ENVIRON = {
    "GITHUB_REPOSITORY": "octo/shop",
    "GITHUB_SHA": MERGE,
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_ACTOR": "ada",
    "GITHUB_RUN_ID": "17",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_WORKFLOW": "Performance",
    "GITHUB_JOB": "gate",
}


def parse(name: str, payload: Any, **environ: str) -> Event:
    return parse_event({**ENVIRON, "GITHUB_EVENT_NAME": name, **environ}, json.dumps(payload).encode())


def pull(*, action: str = "opened", head_repository: str | None = "octo/shop", labels: tuple[str, ...] = ()) -> Any:
    return {
        "action": action,
        "repository": REPOSITORY,
        "pull_request": {
            "number": 7,
            "head": {
                "ref": "faster",
                "sha": HEAD,
                "repo": None if head_repository is None else {"full_name": head_repository},
            },
            "base": {"ref": "release/1.x", "sha": BASE, "repo": REPOSITORY},
            "labels": [{"name": each} for each in labels],
        },
    }


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "labeled"])
@pytest.mark.parametrize("name", ["pull_request", "pull_request_target"])
def test_a_pull_request_is_judged_by_its_head_and_the_policy_of_its_base(name: str, action: str) -> None:
    event = parse(name, pull(action=action, labels=("perf",)), GITHUB_REF="refs/pull/7/merge")
    assert (event.name, event.action, event.pull_request) == (name, action, 7)
    assert (event.branch, event.base_ref, event.base_sha) == ("release/1.x", "release/1.x", BASE)
    assert event.head_sha == HEAD  # not the merge commit, on which no check is seen
    assert (event.default_branch, event.labels, event.from_fork) == ("main", ("perf",), False)
    assert not event.may_store


@pytest.mark.parametrize("head_repository", ["mallory/shop", None])
def test_a_pull_request_from_a_fork(head_repository: str | None) -> None:
    event = parse("pull_request", pull(head_repository=head_repository))
    assert event.from_fork
    assert not event.may_store


@pytest.mark.parametrize("branch", ["main", "release/2.0"])
def test_a_push_to_a_branch(branch: str) -> None:
    payload = {"ref": f"refs/heads/{branch}", "before": BASE, "after": HEAD, "repository": REPOSITORY}
    event = parse("push", payload, GITHUB_REF=f"refs/heads/{branch}", GITHUB_SHA=HEAD)
    assert (event.branch, event.head_sha, event.base_sha) == (branch, HEAD, BASE)
    assert event.pull_request is None
    assert event.may_store


def test_a_push_that_makes_a_branch_has_no_base() -> None:
    payload = {"ref": "refs/heads/new", "before": "0" * 40, "after": HEAD, "repository": REPOSITORY}
    assert parse("push", payload).base_sha is None


def test_a_push_of_a_tag_is_on_no_branch() -> None:
    payload = {"ref": "refs/tags/v1", "before": "0" * 40, "after": HEAD, "repository": REPOSITORY}
    assert parse("push", payload, GITHUB_REF="refs/tags/v1").branch is None


def test_a_push_that_deletes_a_branch_is_refused_with_the_line_to_add() -> None:
    payload = {"ref": "refs/heads/old", "before": BASE, "after": "0" * 40, "deleted": True}
    with pytest.raises(SettingsError) as caught:
        parse("push", payload)
    assert "github.event.deleted" in caught.value.remedy


def test_a_merge_group() -> None:
    payload = {
        "action": "checks_requested",
        "merge_group": {"head_sha": HEAD, "base_sha": BASE, "base_ref": "refs/heads/main", "head_ref": "refs/heads/q"},
        "repository": REPOSITORY,
    }
    event = parse("merge_group", payload, GITHUB_REF="refs/heads/gh-readonly-queue/main/pr-7")
    assert (event.branch, event.base_ref, event.head_sha, event.base_sha) == ("main", "main", HEAD, BASE)
    assert (event.may_store, event.proposal) == (False, None)


@pytest.mark.parametrize(("ref", "number"), [("main/pr-7-" + HEAD, 7), ("release/1/pr-12-" + BASE, 12), ("pr-x", None)])
def test_a_merge_group_tries_a_pull_request(ref: str, number: int | None) -> None:
    group = {"head_sha": HEAD, "base_sha": BASE, "base_ref": "refs/heads/main"}
    event = parse("merge_group", {"merge_group": {**group, "head_ref": f"refs/heads/gh-readonly-queue/{ref}"}})
    assert (event.proposal, event.pull_request) == (number, None)


def test_a_dispatch_is_of_the_branch_it_was_started_on() -> None:
    event = parse("workflow_dispatch", {"inputs": None, "repository": REPOSITORY}, GITHUB_REF="refs/heads/try")
    assert (event.branch, event.head_sha, event.may_store) == ("try", MERGE, True)


@pytest.mark.parametrize("payload", [{"schedule": "0 3 * * *"}, {"schedule": "0 3 * * *", "repository": REPOSITORY}])
def test_a_schedule_is_of_the_default_branch(payload: Any) -> None:
    event = parse("schedule", payload)
    assert (event.branch, event.default_branch, event.head_sha) == ("main", "main", MERGE)


@pytest.mark.parametrize(("head", "fork"), [("octo/shop", False), ("mallory/shop", True)])
def test_a_workflow_run_tells_the_run_that_ended(head: str, fork: bool) -> None:
    run = {
        "id": 99,
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "faster",
        "head_repository": {"full_name": head, "owner": {"login": head.split("/", maxsplit=1)[0]}},
        "conclusion": "failure",
        "pull_requests": [{"number": 1}],
    }
    event = parse("workflow_run", {"action": "completed", "workflow_run": run, "repository": REPOSITORY})
    assert event.triggering_run is not None
    assert (event.triggering_run.id, event.triggering_run.head_repository) == (99, head)
    assert (event.head_sha, event.from_fork, event.may_store) == (HEAD, fork, False)
    assert event.branch == ("main" if fork else "faster"), "a fork may call its branch release/1"
    assert event.pull_request is None  # looked up by the head commit, since a run's own list can be empty


def test_a_comment_on_a_pull_request() -> None:
    issue = {"number": 7, "labels": [{"name": "perf"}], "pull_request": {"url": "x"}}
    said = {"id": 5, "body": "/perfgate rerun" + "x" * 20_000, "user": {"login": "ada"}}
    event = parse("issue_comment", {"action": "created", "issue": issue, "comment": said, "repository": REPOSITORY})
    assert event.comment is not None
    assert (event.pull_request, event.comment.author, event.head_sha) == (7, "ada", None)
    assert len(event.comment.text) == 10_000
    assert not event.may_store


def test_a_comment_on_an_issue_is_about_no_pull_request() -> None:
    payload = {"action": "created", "issue": {"number": 7}, "comment": {"id": 5, "body": "hi"}}
    assert parse("issue_comment", payload).pull_request is None


@pytest.mark.parametrize(("target", "branch"), [("release/2.0", "release/2.0"), (HEAD, None)])
def test_a_release(target: str, branch: str | None) -> None:
    payload = {"action": "published", "release": {"tag_name": "v2", "target_commitish": target}}
    event = parse("release", payload, GITHUB_REF="refs/tags/v2")
    assert (event.branch, event.head_sha) == (branch, MERGE)


def test_an_event_that_is_not_known_still_has_its_commit() -> None:
    event = parse("deployment", {"repository": REPOSITORY})
    assert (event.head_sha, event.may_store) == (MERGE, False)


def test_the_run_and_the_servers() -> None:
    event = parse("workflow_dispatch", {})
    assert event.run_url == "https://github.com/octo/shop/actions/runs/17"
    assert (event.api_url, event.graphql_url) == ("https://api.github.com", "https://api.github.com/graphql")
    assert (event.run_id, event.run_attempt, event.job) == (17, 2, "gate")


def test_an_enterprise_server() -> None:
    event = parse("workflow_dispatch", {}, GITHUB_SERVER_URL="https://git.example.org/")
    assert event.api_url == "https://git.example.org/api/v3"
    assert event.graphql_url == "https://git.example.org/api/graphql"
    assert event.run_url == "https://git.example.org/octo/shop/actions/runs/17"


@pytest.mark.parametrize(
    "url", ["ftp://x", "https://user:secret@host", "https://", "https://h/?a=b", "https://h:x", "nothing"]
)
def test_what_is_no_address_gets_no_token(url: str) -> None:
    with pytest.raises(SettingsError, match="GITHUB_API_URL"):
        parse("workflow_dispatch", {}, GITHUB_API_URL=url)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("pull_request", {}),
        ("pull_request", {"pull_request": "seven"}),
        ("pull_request", {"pull_request": {**pull()["pull_request"], "number": -1}}),
        ("pull_request", {"pull_request": {**pull()["pull_request"], "head": {"ref": "x", "sha": "../../etc"}}}),
        ("merge_group", {}),
        ("workflow_run", {"workflow_run": {}}),
        ("issue_comment", {"issue": {"number": 1}}),
        ("release", {}),
        ("push", []),
        ("push", {"repository": {"full_name": "a/b/../c"}}),
    ],
)
def test_a_malformed_event_is_named(name: str, payload: Any) -> None:
    with pytest.raises(SettingsError, match=f"the event {name} is not as GitHub writes it"):
        parse(name, payload)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"null", b"[" * 100_000])
def test_what_is_no_json_is_named(data: bytes) -> None:
    with pytest.raises(SettingsError, match="is not as GitHub writes it"):
        parse_event({**ENVIRON, "GITHUB_EVENT_NAME": "push"}, data)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_file_ends_in_anything_but_an_event_or_a_settings_error(content: Any) -> None:
    payload = {"pull_request": content, "repository": content, "ref": content}
    for name in ("pull_request", "push"):
        try:
            event = parse(name, payload)
        except SettingsError:
            continue
        assert event.name == name


@pytest.mark.parametrize("missing", ["GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH"])
def test_outside_a_workflow(missing: str, tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text("{}", encoding="utf-8")
    environ = {**ENVIRON, "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(file)}
    assert read_event(environ).name == "push"
    del environ[missing]
    with pytest.raises(SettingsError, match=missing):
        read_event(environ)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_event({**ENVIRON, "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(tmp_path / "none.json")})


@pytest.mark.parametrize("repository", ["", "shop", "octo/shop/x", "octo/sh op", "octo/..", "octo/../x\n"])
def test_a_repository_that_is_none(repository: str) -> None:
    with pytest.raises(SettingsError, match="GITHUB_REPOSITORY"):
        parse("push", {}, GITHUB_REPOSITORY=repository)


def test_at_home_there_is_no_event_and_a_run_may_be_stored() -> None:
    event = at_home({"GITHUB_REPOSITORY": "octo/shop", "GITHUB_SHA": HEAD, "GITHUB_EVENT_NAME": "pull_request"})
    assert (event.name, event.repository, event.head_sha, event.may_store) == ("local", "octo/shop", None, True)
    with pytest.raises(SettingsError, match="GITHUB_REPOSITORY"):
        at_home({})

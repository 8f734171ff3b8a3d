"""What people accept, and who may: labels, comments, trailers; and the settings that a change is judged by."""

from __future__ import annotations

import io
import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from perfgate.cli.ruling import Ruling
from perfgate.console.logs import PlainLog
from perfgate.github.acceptances import read_acceptances
from perfgate.github.client import Client
from perfgate.github.event import Event
from perfgate.records.criteria import Acceptance
from perfgate.records.metric import Metric
from perfgate.settings.model import AcceptanceSettings, File
from perfgate.settings.reading import read_file
from tests.fakes.github import FakeGitHub
from tests.unit.github.events import HEAD, PULL_REQUEST

PULL = 7
DEFAULTS = AcceptanceSettings()


def opened(github: FakeGitHub, *, head: str = "octo/shop", labels: tuple[str, ...] = ()) -> None:
    github.repository.pulls[PULL] = {
        "number": PULL,
        "state": "open",
        "head": {"ref": "faster", "sha": HEAD, "repo": {"full_name": head}},
        "base": {"ref": "main", "sha": "b" * 40, "repo": {"full_name": "octo/shop"}},
        "labels": [{"name": each} for each in labels],
    }


def commit(message: str, login: str | None = "ada") -> dict[str, Any]:
    author = None if login is None else {"login": login}
    return {"sha": "d" * 40, "commit": {"message": message, "author": {"name": "Ada L."}}, "author": author}


def read(client: Client, event: Event = PULL_REQUEST, wanted: AcceptanceSettings = DEFAULTS) -> tuple[Acceptance, ...]:
    return read_acceptances(client, event, wanted)


def test_nobody_has_accepted_anything(github: FakeGitHub, client: Client) -> None:
    opened(github, labels=("perf",))
    github.add_comment(PULL, "looks good, /perfgate accept p95: is how I would do it")
    github.repository.pull_commits[PULL] = [commit("Faster\n\nSigned-off-by: Ada")]
    assert read(client) == ()


def test_a_label_is_as_it_is_now_not_as_the_event_had_it(github: FakeGitHub, client: Client) -> None:
    opened(github, labels=("perfgate-accept",))
    [found] = read(client, replace(PULL_REQUEST, labels=()))
    assert (found.how, found.metric, found.reason, found.refused) == ("label", None, "perfgate-accept", None)
    opened(github)
    assert read(client, replace(PULL_REQUEST, labels=("perfgate-accept",))) == ()


def test_a_comment_counts_only_from_somebody_who_may_write(github: FakeGitHub, client: Client) -> None:
    opened(github)
    github.repository.collaborators = {"ada": "write", "eve": "read"}
    for login in ("ada", "eve", "ada"):
        said = "Known.\r\n/perfgate accept p95 of GET /a up to 25%: new check\r\n> /perfgate accept p50: quoted"
        github.add_comment(PULL, said, login=login)
    found = read(client)
    assert [(each.by, each.refused) for each in found] == [("ada", None), ("eve", "may-not-write"), ("ada", None)]
    assert {(each.metric, each.endpoint, each.up_to) for each in found} == {(Metric.P95, "GET /a", 0.25)}
    assert len(github.asked("GET", "/collaborators/")) == 2, "each is asked about once"


def test_what_cannot_be_read_is_told_and_does_not_count(github: FakeGitHub, client: Client) -> None:
    opened(github)
    github.repository.collaborators = {"ada": "admin"}
    github.add_comment(PULL, "/perfgate accept everything!", login="ada")
    [found] = read(client)
    assert (found.refused, found.reason, found.metric) == ("unreadable", "everything!", None)


@pytest.mark.parametrize(("head", "refused"), [("octo/shop", None), ("Octo/Shop", None), ("mallory/shop", "fork")])
def test_a_trailer_of_a_fork_is_anybodys(github: FakeGitHub, client: Client, head: str, refused: str | None) -> None:
    opened(github, head=head)
    github.repository.pull_commits[PULL] = [
        *[commit("Nothing") for _ in range(120)],
        commit("Check signatures\n\nPerfgate-Accept: p95 of POST /hooks: they are checked now", None),
    ]
    [found] = read(client)
    assert (found.how, found.by, found.refused) == ("commit", "Ada L.", refused)
    assert (found.metric, found.endpoint, found.reason) == (Metric.P95, "POST /hooks", "they are checked now")


def test_a_push_has_the_trailers_of_its_commits(github: FakeGitHub, client: Client) -> None:
    pushed = replace(PULL_REQUEST, name="push", pull_request=None, base_ref=None)
    span = f"{'b' * 40}...{HEAD}"
    github.repository.compared[span] = [commit("Check\n\nperfgate-accept: p50: meant")]
    [found] = read(client, pushed)
    assert (found.metric, found.refused) == (Metric.P50, None)
    assert read(client, replace(pushed, base_sha=None)) == ()


def test_a_merge_queue_knows_what_was_accepted_for_the_pull_request_it_tries(
    github: FakeGitHub, client: Client
) -> None:
    opened(github, labels=("perfgate-accept",))
    queued = replace(PULL_REQUEST, name="merge_group", pull_request=None, queued=PULL)
    assert [each.how for each in read(client, queued)] == ["label"]


def test_each_way_can_be_closed(github: FakeGitHub, client: Client) -> None:
    opened(github, labels=("perfgate-accept",))
    github.repository.collaborators = {"ada": "admin"}
    github.add_comment(PULL, "/perfgate accept p95: why", login="ada")
    github.repository.pull_commits[PULL] = [commit("x\n\nPerfgate-Accept: p95: why")]
    assert {each.how for each in read(client)} == {"label", "comment", "commit"}
    assert read(client, wanted=AcceptanceSettings(label="", trailer="", comments=False)) == ()


# --- by whose settings ---

OWN = "stack: {external: {}, target: 'http://a'}\nscenarios: {one: {traffic: {requests: [{get: /}]}}}\n"
LAX, STRICT = OWN + "budgets: [p95 < 9s]\n", OWN + "budgets: [p95 < 1s]\n"


def settings(text: str) -> File:
    return read_file(text, "perfgate.yml")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A shallow one, as actions/checkout makes it: of the branch that the change goes to there is nothing."""
    git(tmp_path, "init", "--quiet")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


def ruling(client: Client | None, config: Path, event: Event = PULL_REQUEST) -> tuple[Ruling, io.StringIO]:
    stream = io.StringIO()
    return Ruling(event, client, config, os.environ, PlainLog(stream, time.monotonic)), stream


@pytest.mark.parametrize("place", ["perfgate.yml", "perf/gate.yml"])
def test_a_pull_request_is_judged_by_the_branch_it_goes_to(
    github: FakeGitHub, client: Client, checkout: Path, place: str
) -> None:
    opened(github, labels=("perfgate-accept",))
    github.commit("main", {place: STRICT.encode()})
    (checkout / place).parent.mkdir(exist_ok=True)
    rule, _ = ruling(client, checkout / place)
    ruled = rule(settings(LAX))
    assert [each.text for each in ruled.file.budgets] == ["p95 < 1s"]
    assert ruled.rules is not None
    assert (ruled.rules.branch, ruled.rules.why_own, ruled.rules.kept) == ("main", None, ("budgets",))
    assert [each.how for each in ruled.acceptances] == ["label"]


def test_without_a_token_the_clone_is_asked(github: FakeGitHub, checkout: Path) -> None:
    (checkout / "perfgate.yml").write_text(STRICT)
    git(checkout, "add", "--all")
    git(checkout, "commit", "--quiet", "--message=strict")
    git(checkout, "update-ref", "refs/remotes/origin/main", "HEAD")
    ruled = ruling(None, checkout / "perfgate.yml")[0](settings(LAX))
    assert [each.text for each in ruled.file.budgets] == ["p95 < 1s"]
    other = ruling(None, checkout / "other.yml")[0](settings(LAX))
    assert other.rules is not None
    assert other.rules.why_own == "absent"


@pytest.mark.parametrize(
    ("files", "why"), [({"other": b""}, "absent"), ({"perfgate.yml": b"version: 9"}, "unreadable"), (None, "unknown")]
)
def test_without_settings_to_judge_by_it_is_told_why(
    github: FakeGitHub, client: Client, checkout: Path, files: dict[str, bytes] | None, why: str
) -> None:
    opened(github)
    if files is not None:
        github.commit("main", files)
    rule, stream = ruling(client, checkout / "perfgate.yml")
    ruled = rule(settings(LAX))
    assert [each.text for each in ruled.file.budgets] == ["p95 < 9s"]
    assert ruled.rules is not None
    assert (ruled.rules.why_own, ruled.rules.kept) == (why, ())
    assert ("main" in stream.getvalue()) == (why != "absent")


def test_a_repository_that_the_token_may_not_read_is_not_one_without_settings(
    github: FakeGitHub, client: Client, checkout: Path
) -> None:
    """GitHub calls both missing."""
    opened(github)
    github.commit("main", {"perfgate.yml": STRICT.encode()})
    for path in ("/contents/", "/git/ref/"):
        github.break_next("GET", path, "status", status=404, message="Not Found")
    ruled = ruling(client, checkout / "perfgate.yml")[0](settings(LAX))
    assert ruled.rules is not None
    assert ruled.rules.why_own == "unknown"


def test_what_is_no_proposed_change_is_judged_by_its_own_file(client: Client, checkout: Path) -> None:
    pushed = replace(PULL_REQUEST, name="push", pull_request=None, base_ref=None, base_sha=None)
    rule, _ = ruling(client, checkout / "perfgate.yml", pushed)
    ruled = rule(settings(LAX))
    assert (ruled.file, ruled.rules, ruled.acceptances) == (settings(LAX), None, ())

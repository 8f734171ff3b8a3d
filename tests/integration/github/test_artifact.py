"""A stranger's artifact: bombs, slips, other commits, other shapes."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from perfgate.errors import PublishError
from perfgate.github.artifact import LARGEST_JUDGEMENT, check_judgement, fetch_judgement, judgement_in
from perfgate.github.client import Client
from perfgate.github.event import TriggeringRun
from perfgate.records.judgement import Judgement
from tests.fakes.github import READ_ONLY, FakeGitHub
from tests.golden import judgements as made
from tests.unit.github.events import PULL_REQUEST

JUDGED = made.regression()
HEAD = JUDGED.scenarios[0].subject.commit
EVENT = replace(
    PULL_REQUEST,
    name="workflow_run",
    pull_request=None,
    head_sha=HEAD,
    triggering_run=TriggeringRun(9, "pull_request", "failure", "mallory/shop", "patch"),
)


def packed(files: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


GOOD = packed({"judgement.json": JUDGED.model_dump_json(), "comment.md": "# all is well", "../../etc/x": "slipped"})


def add(github: FakeGitHub, data: bytes = GOOD, **changed: Any) -> None:
    given = {
        "id": 1 + len(github.repository.artifacts),
        "run": 9,
        "name": "perfgate-out",
        "expired": False,
        "data": data,
    }
    github.repository.artifacts.append({**given, **changed})


def refused(client: Client, event: Any = EVENT) -> PublishError:
    with pytest.raises(PublishError) as caught:
        fetch_judgement(client, event, "perfgate-out")
    return caught.value


def test_the_judgement_is_read_and_nothing_else(github: FakeGitHub, client: Client) -> None:
    add(github, name="other")
    add(github, run=8)
    add(github)
    assert fetch_judgement(client, EVENT, "perfgate-out") == JUDGED


def test_the_newest_attempt_counts(github: FakeGitHub, client: Client) -> None:
    older = made.passed()
    add(github, packed({"judgement.json": older.model_dump_json()}))
    add(github)
    assert fetch_judgement(client, EVENT, "perfgate-out") == JUDGED


@pytest.mark.parametrize("changed", [{"run": 8}, {"name": "perfgate-out2"}, {"expired": True}])
def test_without_an_artifact_it_says_what_to_do(github: FakeGitHub, client: Client, changed: dict[str, Any]) -> None:
    add(github, **changed)
    error = refused(client)
    assert "left no artifact perfgate-out" in error.message
    assert "if: always()" in error.remedy


def test_another_commit_is_not_published(github: FakeGitHub, client: Client) -> None:
    """Else a fork could upload the pass of another commit."""
    add(github)
    assert f"the run was on {'d' * 40}" in refused(client, replace(EVENT, head_sha="d" * 40)).message
    assert "the run was on None" in refused(client, replace(EVENT, head_sha=None)).message


def test_scenarios_of_two_commits_are_not_published() -> None:
    two = made.several_scenarios()
    other = two.scenarios[0].model_copy(
        update={"subject": two.scenarios[0].subject.model_copy(update={"commit": "<script>" + "x" * 5000})}
    )
    mixed = two.model_copy(update={"scenarios": (other, *two.scenarios[1:])})
    with pytest.raises(PublishError) as caught:
        check_judgement(mixed, EVENT)
    assert len(caught.value.message) < 500
    with pytest.raises(PublishError, match="judges nothing"):
        check_judgement(two.model_copy(update={"scenarios": ()}), EVENT)


def test_other_events_have_no_artifact(client: Client) -> None:
    assert "tells of no other run" in refused(client, PULL_REQUEST).message


def test_a_token_that_may_not_is_told_what_it_needs(github: FakeGitHub, client: Client) -> None:
    github.allow(READ_ONLY)
    assert "actions: read" in refused(client).remedy


@pytest.mark.parametrize("kind", ["reset", "truncate", "status"])
def test_a_lost_answer_is_asked_for_again(github: FakeGitHub, client: Client, kind: str) -> None:
    add(github)
    github.break_next("GET", "/storage/", kind)
    assert fetch_judgement(client, EVENT, "perfgate-out") == JUDGED


def changed(**fields: Any) -> bytes:
    return packed({"judgement.json": json.dumps({**json.loads(JUDGED.model_dump_json()), **fields})})


def bomb() -> bytes:
    """A sound judgement, but for its size."""
    return packed({"judgement.json": JUDGED.model_dump_json().encode() + b" " * LARGEST_JUDGEMENT})


def liar() -> bytes:
    """A small file by its own account, that unpacks to more than is allowed."""
    data = bytearray(bomb())
    size = (LARGEST_JUDGEMENT + len(JUDGED.model_dump_json().encode())).to_bytes(4, "little")
    assert size in data
    return bytes(data.replace(size, (10).to_bytes(4, "little")))


def encrypted() -> bytes:
    data = bytearray(packed({"judgement.json": "{}"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    return bytes(data)


DAMAGED = {
    "nothing": b"",
    "no zip": b"hello",
    "half": GOOD[: len(GOOD) // 2],
    "flipped": GOOD[:200] + b"\xff" * 50 + GOOD[250:],
    "elsewhere": packed({"out/judgement.json": JUDGED.model_dump_json()}),
    "slip": packed({"../judgement.json": JUDGED.model_dump_json()}),
    "no json": packed({"judgement.json": "hello"}),
    "deep": packed({"judgement.json": "[" * 1_000_000}),
    "list": packed({"judgement.json": "[]"}),
    "schema": changed(schema_version=2),
    "extra": changed(comment="<script>"),
    "verdict": changed(verdict="<script>alert(1)</script>"),
    "infinite": packed({"judgement.json": JUDGED.model_dump_json().replace('"seconds":', '"seconds":1e999,"s":', 1)}),
    "not utf-8": packed({"judgement.json": b"\xff\xfe{}"}),
    "bomb": bomb(),
    "liar": liar(),
    "encrypted": encrypted(),
    "crowd": packed({"judgement.json": "{}"}) + b"PK\x01\x02" * 10_001,
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_no_judgement_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(PublishError) as caught:
        judgement_in(DAMAGED[name])
    assert caught.value.message.startswith("the artifact cannot be published: ")
    assert len(caught.value.message) < 500
    assert "\n" not in caught.value.message


def test_a_hostile_judgement_is_still_only_a_judgement() -> None:
    hostile = made.hostile()
    read = judgement_in(packed({"judgement.json": hostile.model_dump_json()}))
    assert isinstance(read, Judgement)
    assert read == hostile

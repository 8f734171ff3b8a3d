"""What the event decides: whose settings, which policy, what is kept; and a token that may do less."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.action.conftest import HEAD, OPENED, PULL, SHOP, StartRunner, conclusions
from tests.fakes.github import FakeGitHub

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]
SETTINGS = (SHOP / "perfgate.yml").read_text()
STORED = SETTINGS.replace("tolerances: {}", "tolerances: {p95: 900%}\nbaseline: {store: branch}")
BRANCH = "perfgate-baselines"


def reasons(step: Any) -> set[str]:
    return {each["code"] for each in json.loads(step.outputs["reasons"])}


def test_first_run_is_conditional_and_kept_and_a_release_branch_blocks_on_it(
    gated: StartRunner, github: FakeGitHub
) -> None:
    """A push to the default branch, with nothing to compare it with; then a pull request to a release branch.

    That one asks, in its own settings, for less than the release branch does; and its token may not comment.
    """
    job = gated(event_name="push")
    job.event = {"ref": "refs/heads/main", "before": "b" * 40, "after": HEAD, "repository": OPENED["repository"]}
    job.write_event()
    (job.workspace / "perfgate.yml").write_text(STORED)
    first = job.run({})
    assert first.exit_code == 0, first.log
    assert first.outputs["verdict"] == "conditional"
    assert "no-baseline" in reasons(first)
    assert conclusions(github) == [("completed", "neutral")]
    kept = github.branch(BRANCH)
    # A run on a machine that other work keeps busy is no baseline, and says so.
    assert (kept is not None) != ("not stored as a baseline" in first.log), first.log

    asked = STORED + "coverage: {require: [GET /never]}\n"
    github.commit("release/1.2", {"perfgate.yml": asked.encode()})
    base = {**OPENED["pull_request"]["base"], "ref": "release/1.2"}
    job.event_name, job.event = "pull_request", {**OPENED, "pull_request": {**OPENED["pull_request"], "base": base}}
    job.write_event()
    github.allow({"contents": "read"})
    proposed = job.run({})
    assert proposed.exit_code == 10, proposed.log
    assert proposed.outputs["verdict"] == "conditional"
    assert "not-covered" in reasons(proposed)
    assert ("no-baseline" in reasons(proposed)) == (kept is None), "it reads what the first run kept"
    assert "Judged by the settings of `release/1.2`" in proposed.summary
    assert "comment: the token may not" in proposed.log
    assert (proposed.outputs["comment-url"], github.bodies(PULL), len(conclusions(github))) == ("", [], 1)
    assert github.branch(BRANCH) == kept, "a pull request is never stored"

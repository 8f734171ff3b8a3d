"""What a run tells GitHub, which here is a server on Docker's own bridge that keeps state."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.e2e.action.conftest import PULL, WORD, StartRunner, conclusions, judgement, leftovers, well
from tests.fakes.github import FakeGitHub

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]


def test_without_a_verdict_the_pull_request_is_told_why_and_later_that_it_is_mended(
    gated: StartRunner, github: FakeGitHub
) -> None:
    job = gated()
    settings = job.workspace / "perfgate.yml"
    written = settings.read_text()
    settings.write_text(written.replace("tolerances:", "tolerence:"))
    step = job.run({})
    assert step.exit_code == 2, step.log
    (body,) = github.bodies(PULL)
    assert "tolerence" in body
    assert "tolerances" in body, "it says what was probably meant"
    assert all(status == "completed" and conclusion != "success" for status, conclusion in conclusions(github))

    settings.write_text(written)
    job.run_id = str(int(job.run_id) + 1)
    step = job.run({})
    assert step.exit_code == 0, step.log
    verdict = well(judgement(job))
    assert verdict, step.log
    (body,) = github.bodies(PULL)
    assert WORD[verdict] in body
    assert "tolerence" not in body


def test_check_of_a_cancelled_run_does_not_wait_for_ever(gated: StartRunner, github: FakeGitHub) -> None:
    job = gated()
    running = job.start({})
    running.wait_for("Starting the stack")
    assert conclusions(github) == [("in_progress", None)]
    step = running.cancel()
    assert step.exit_code == 130, step.log
    assert conclusions(github) == [("completed", "cancelled")]


def test_check_of_a_killed_run_is_concluded_after_the_job(gated: StartRunner, github: FakeGitHub) -> None:
    job = gated()
    running = job.start({})
    running.wait_for("Starting the stack")
    subprocess.run(["docker", "kill", running.name], check=True, capture_output=True)
    killed = running.wait(60)
    assert conclusions(github) == [("in_progress", None)]
    after = job.run_post({}, killed.state)
    assert after.exit_code == 0, after.log
    assert conclusions(github) == [("completed", "cancelled")]
    assert leftovers() == []


def test_step_after_a_job_that_ended_well_changes_nothing(gated: StartRunner, github: FakeGitHub) -> None:
    job = gated()
    (job.workspace / "perfgate.yml").write_text("version: 1\n")
    step = job.run({"check": "never"})
    assert conclusions(github) == []
    step = job.run({})
    assert conclusions(github) == [("completed", "failure")]
    before = json.dumps(github.repository.check_runs), github.bodies(PULL)
    after = job.run_post({}, step.state)
    assert after.exit_code == 0, after.log
    assert (json.dumps(github.repository.check_runs), github.bodies(PULL)) == before

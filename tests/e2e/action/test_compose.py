"""A compose file with everything in it, unchanged, and what becomes of the workspace."""

from __future__ import annotations

import json

import pytest

from tests.e2e.action.conftest import HEAD, PULL, StartRunner, conclusions, leftovers, not_owned_by
from tests.fakes.github import FakeGitHub
from tests.fakes.runner import FakeRunner

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]


def judgement(runner: FakeRunner) -> dict[str, object]:
    document: dict[str, object] = json.loads((runner.workspace / "perfgate-out" / "judgement.json").read_text())
    return document


def test_every_feature_reaches_the_service_and_the_verdict_is_pass(gated: StartRunner, github: FakeGitHub) -> None:
    """The scenario expects one answer, in which every feature of the compose file has a word."""
    job = gated()
    (job.workspace / "from-root").write_text("was root's before\n")
    before = not_owned_by(job.owner, job.workspace)
    step = job.run({})
    assert step.exit_code == 0, step.log
    told = judgement(job)
    assert told["verdict"] == "pass", step.log
    assert told["event"] == "pull_request"
    assert "building helper, included, web" in step.log  # and not `idle`, whose profile is not active
    assert told["scenarios"][0]["subject"]["commit"] == HEAD  # type: ignore[index]
    assert (job.workspace / "made" / "here" / "by-root").exists()
    assert not_owned_by(job.owner, job.workspace) == before
    assert leftovers() == []
    assert step.outputs["verdict"] == "pass"
    assert "Pass" in step.summary
    assert "Pass" in github.bodies(PULL)[0]
    assert conclusions(github) == [("completed", "success")]
    assert github.repository.check_runs.popitem()[1]["head_sha"] == HEAD
    for output in ("report", "comment-markdown", "judgement"):
        assert (job.workspace / step.outputs[output]).is_file()


def test_broken_budget_fails_the_job_after_it_was_told(
    gated: StartRunner, github: FakeGitHub, job_network: str
) -> None:
    """On an older runner, in a job with service containers."""
    job = gated(with_runner_temp=False, docker_network=job_network)
    settings = job.workspace / "perfgate.yml"
    settings.write_text(settings.read_text().replace("p95 < 5s", "p95 < 1ms"))
    step = job.run({"artifact-dir": "reports/perf"})
    assert step.exit_code == 11, step.log
    assert step.outputs["verdict"] == "fail"
    assert step.outputs["judgement"] == "reports/perf/judgement.json"
    assert "Fail" in step.summary
    (body,) = github.bodies(PULL)
    assert "Fail" in body
    assert step.outputs["comment-url"]
    assert conclusions(github) == [("completed", "failure")]
    assert not_owned_by(job.owner, job.workspace) == set()

"""A compose file with everything in it, unchanged, and what becomes of the workspace."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.action.conftest import (
    CONCLUSION,
    HEAD,
    PULL,
    WORD,
    StartRunner,
    conclusions,
    judgement,
    leftovers,
    not_owned_by,
    well,
)
from tests.fakes.github import FakeGitHub

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]


@pytest.fixture
def taken() -> Iterator[None]:
    """What the compose file asks the whole machine for, somebody else has: the port, and the container's name."""
    create = ["docker", "create", "--name", "shop-web", "--label", "fake-runner", "debian:trixie-slim"]
    made = subprocess.run(create, check=True, capture_output=True, text=True).stdout.strip()
    try:
        with socket.create_server(("", 18000)):
            yield
    finally:
        subprocess.run(["docker", "rm", made], check=True, capture_output=True)


def test_every_feature_reaches_the_service_and_the_verdict_is_pass(
    gated: StartRunner, github: FakeGitHub, taken: None
) -> None:
    """The scenario expects one answer, in which every feature of the compose file has a word."""
    job = gated()
    (job.workspace / "from-root").write_text("was root's before\n")
    before = not_owned_by(job.owner, job.workspace)
    step = job.run({})
    assert step.exit_code == 0, step.log
    told = judgement(job)
    verdict = well(told)
    assert verdict, step.log
    assert told["event"] == "pull_request"
    assert "building helper, included, web" in step.log  # and not `idle`, whose profile is not active
    assert told["scenarios"][0]["subject"]["commit"] == HEAD
    assert (job.workspace / "made" / "here" / "by-root").exists()
    assert not_owned_by(job.owner, job.workspace) == before
    assert leftovers() == []
    assert step.outputs["verdict"] == verdict
    assert WORD[verdict] in step.summary
    assert WORD[verdict] in github.bodies(PULL)[0]
    assert conclusions(github) == [("completed", CONCLUSION[verdict])]
    assert github.repository.check_runs.popitem()[1]["head_sha"] == HEAD
    for output in ("report", "comment-markdown", "judgement"):
        assert (job.workspace / step.outputs[output]).is_file()


def test_budget_of_the_base_fails_the_job_after_it_was_told_whatever_the_pull_request_says(
    gated: StartRunner, github: FakeGitHub, job_network: str
) -> None:
    """On an older runner, in a job with service containers."""
    job = gated(with_runner_temp=False, docker_network=job_network)
    strict = (job.workspace / "perfgate.yml").read_text().replace("p95 < 5s", "p95 < 1ms")
    github.commit("main", {"perfgate.yml": strict.encode()})
    step = job.run({"artifact-dir": "reports/perf"})
    assert step.exit_code == 11, step.log
    assert step.outputs["verdict"] == "fail"
    assert step.outputs["judgement"] == "reports/perf/judgement.json"
    assert "Fail" in step.summary
    (body,) = github.bodies(PULL)
    assert "Fail" in body
    assert "Judged by the settings of `main`, not by what this change makes of `budgets`." in body
    assert step.outputs["comment-url"]
    assert conclusions(github) == [("completed", "failure")]
    assert not_owned_by(job.owner, job.workspace) == set()

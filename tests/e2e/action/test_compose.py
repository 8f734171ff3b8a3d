"""A compose file with everything in it, unchanged, and what becomes of the workspace."""

from __future__ import annotations

import json

import pytest

from tests.e2e.action.conftest import HEAD, PULL, StartRunner, conclusions, leftovers, not_owned_by
from tests.fakes.github import READ_ONLY, TOKEN, FakeGitHub
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


LOCUSTFILE = """
import os
from pathlib import Path
from locust import HttpUser, constant, task

def may(action):
    try:
        action()
    except OSError:
        return "no"
    return "yes"

class Curious(HttpUser):
    wait_time = constant(0.02)

    @task
    def look(self):
        tokens = sorted(name for name in os.environ if name.startswith(("INPUT_", "ACTIONS_", "GITHUB_", "STATE_")))
        found = {
            "tokens": ",".join(tokens) or "none",
            "socket": may(lambda: os.stat("/var/run/docker.sock")),
            "write": may(lambda: Path("evil").write_text("")),
            "read": may(lambda: Path("conf/token").read_text()),
            "events": may(lambda: os.stat("/github/workflow")),
            "root": "yes" if os.geteuid() == 0 else "no",
            "secret": os.environ["FOR_LOCUST"],
        }
        self.client.get("/health", name=" ".join(f"{name}={value}" for name, value in found.items()))
"""


def test_locust_file_gets_neither_socket_nor_tokens(gated: StartRunner, github: FakeGitHub) -> None:
    """And a token that may only read changes no verdict."""
    github.allow(READ_ONLY)
    job = gated()
    (job.workspace / "perf").mkdir()
    (job.workspace / "perf" / "curious.py").write_text(LOCUSTFILE)
    settings = job.workspace / "perfgate.yml"
    head, _, tail = settings.read_text().partition("    traffic:\n")
    settings.write_text(
        f"{head}    locustfile: perf/curious.py\n    env: {{FOR_LOCUST: given}}\n{tail[tail.index('tol') :]}"
    )
    job.give_to_owner()
    (job.workspace / "conf" / "token").chmod(0o600)
    step = job.run({})
    assert step.exit_code == 0, step.log
    measured = json.loads((job.workspace / "perfgate-out" / "seen" / "measurement.json").read_text())
    names = [each["endpoint"]["name"] for each in measured["endpoints"]]
    root = "no" if job.owner else "yes"
    assert names == [f"tokens=none socket=no write=no read=yes events=no root={root} secret=given"]
    assert not (job.workspace / "evil").exists()
    assert not list(job.workspace.rglob("__pycache__"))
    assert (step.outputs["verdict"], step.outputs["comment-url"], github.bodies(PULL)) == ("pass", "", [])
    assert "comment: " in step.log, "it says that it may not"
    assert TOKEN not in step.log
    leaked = [
        path
        for path in (job.workspace / "perfgate-out").rglob("*")
        if path.is_file() and TOKEN.encode() in path.read_bytes()
    ]
    assert leaked == []

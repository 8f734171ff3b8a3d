"""Runs that end otherwise: without an engine, cancelled, killed."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.action.conftest import StartRunner, leftovers, not_owned_by

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]


def test_socket_that_is_none(runner: StartRunner, tmp_path: Path) -> None:
    """Docker makes a folder where the socket of the host should be."""
    job = runner(socket=str(tmp_path / "no" / "docker.sock"))
    step = job.run({})
    assert step.exit_code == 3, step.log
    assert "is a directory, not Docker's socket" in step.log
    assert "what to do: on the host, start Docker" in step.log
    assert step.outputs["verdict"] == "error"
    assert "start Docker" in step.summary


def test_wrong_input_is_told_with_the_known_ones(runner: StartRunner) -> None:
    step = runner().run({"block-on": "conditionally"})
    assert step.exit_code == 2, step.log
    assert 'did you mean "conditional"?' in step.log
    assert "block-on" in step.summary


@pytest.mark.parametrize("moment", ["Starting the stack", "Loading: seen"])
def test_cancelled_run_leaves_nothing(runner: StartRunner, moment: str) -> None:
    job = runner()
    running = job.start({})
    running.wait_for(moment)
    begun = time.monotonic()
    step = running.cancel()
    assert step.exit_code == 130, step.log
    assert time.monotonic() - begun < 10, "the runner would have killed it"
    assert leftovers() == []
    assert not_owned_by(job.owner, job.workspace) == set()
    assert "cancelled" in step.log


def test_killed_run_is_taken_down_after_the_job(runner: StartRunner) -> None:
    job = runner()
    running = job.start({})
    running.wait_for("Loading: seen")
    subprocess.run(["docker", "kill", running.name], check=True, capture_output=True)
    killed = running.wait(60)
    assert killed.exit_code == 137
    assert len([each for each in leftovers() if each.startswith("container")]) >= 3
    step = job.run_post({}, killed.state)
    assert step.exit_code == 0, step.log
    assert "taken down" in step.log
    assert leftovers() == []
    assert not_owned_by(job.owner, job.workspace) == set()


def test_run_that_the_runner_gave_up_is_ended_after_the_job(runner: StartRunner) -> None:
    job = runner()
    running = job.start({"duration": "120s"})
    running.wait_for("Loading: seen")
    given_up = running.abandon()
    assert running.container_runs
    step = job.run_post({}, given_up.state)
    assert step.exit_code == 0, step.log
    assert not running.container_runs
    assert leftovers() == []
    assert not_owned_by(job.owner, job.workspace) == set()


def test_next_run_in_the_same_workspace_takes_down_what_a_killed_one_left(runner: StartRunner) -> None:
    """On a machine of one's own, whose runner died with the job."""
    job = runner()
    running = job.start({})
    running.wait_for("Loading: seen")
    subprocess.run(["docker", "kill", running.name], check=True, capture_output=True)
    running.wait(60)
    job.run_id = "2"
    running = job.start({})
    running.wait_for("had left behind")
    running.cancel()
    assert leftovers() == []

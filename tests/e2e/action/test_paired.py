"""A pull request beside its base: both stacks from inside the container, each with a load generator of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.action.conftest import StartRunner, leftovers, not_owned_by, opened

pytestmark = [pytest.mark.alone, pytest.mark.docker, pytest.mark.timeout(700)]


def git(workspace: Path, *arguments: str) -> str:
    settings = ["-c", "safe.directory=*", "-c", "user.name=Test", "-c", "user.email=test@example.org"]
    command = ["git", "-C", str(workspace), *settings, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_slower_pull_request_fails_beside_its_base(runner: StartRunner) -> None:
    job = runner()
    compose = job.workspace / "compose.yaml"
    compose.write_text(compose.read_text().replace("../above:/above:ro", "./data:/above:ro"))
    (job.workspace / "data" / "note").write_text("noted\n")
    settings = job.workspace / "perfgate.yml"
    written = settings.read_text().replace("tolerances: {}", "tolerances: {p50: 5%}\nside_by_side: {block: 400ms}")
    settings.write_text(written)
    git(job.workspace, "init", "--quiet", "--initial-branch=main")
    git(job.workspace, "add", "--all")
    git(job.workspace, "commit", "--quiet", "--message=base")
    git(job.workspace, "update-ref", "refs/remotes/origin/main", "HEAD")
    server = job.workspace / "web" / "server.pl"
    slow = "    select(undef, undef, undef, 0.03);\n    my $body ="
    server.write_text(server.read_text().replace("    my $body =", slow))
    git(job.workspace, "commit", "--quiet", "--all", "--message=slower")
    job.event = opened(git(job.workspace, "rev-parse", "HEAD"))
    job.write_event()
    job.give_to_owner()

    step = job.run({"compare": "auto", "duration": "14s"}, within=600)  # six starts, where a fail is confirmed and held
    reasons = json.loads(step.outputs.get("reasons", "[]"))
    if step.exit_code == 0 and "generator-saturated" in {each["code"] for each in reasons}:
        pytest.skip("the machine is too busy for the load to be on time")
    assert step.exit_code == 11, step.log
    assert "the base is" in step.log
    assert ("regression", "p50") in {(each["code"], each["metric"]) for each in reasons}, step.log
    assert leftovers() == []
    assert not_owned_by(job.owner, job.workspace) == set()
    status = ["git", "-C", str(job.workspace), "-c", "safe.directory=*", "status", "--porcelain"]
    told = subprocess.run(status, check=True, capture_output=True, text=True).stdout.splitlines()
    assert told == ["?? made/", "?? perfgate-out/"], "the checkout is as it was"

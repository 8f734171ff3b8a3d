"""The action in a workflow, run by `act`: other mounts, other names for files, another network than the real runner."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.action.conftest import OF_THE_MACHINE, SHOP, TOP, leftovers, opened

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]
WORKFLOW = """
on: pull_request
jobs:
  gate:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8
      - uses: ./gate
        id: gate
      - if: always()
        env:
          REASONS: ${{ steps.gate.outputs.reasons }}
        run: echo "the verdict is <${{ steps.gate.outputs.verdict }}> in ${{ steps.gate.outputs.judgement }} $REASONS;"
      - if: always()
        run: test -s "${{ steps.gate.outputs.report }}"
"""


@pytest.fixture
def repository(tmp_path: Path, image: str) -> Path:
    """With the action as a release has it: its image prebuilt."""
    folder = tmp_path / "shop"
    shutil.copytree(SHOP, folder)
    # act keeps the workspace apart from the folders around it.
    compose = (folder / "compose.yaml").read_text()
    (folder / "compose.yaml").write_text(compose.replace("../above:/above:ro", "./above:/above:ro"))
    (folder / "above").mkdir()
    (folder / "above" / "note").write_text("noted\n")
    (folder / "gate").mkdir()
    action = (TOP / "action.yml").read_text()
    assert "  image: Dockerfile\n" in action
    (folder / "gate" / "action.yml").write_text(action.replace("image: Dockerfile", f"image: docker://{image}"))
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "gate.yml").write_text(WORKFLOW)
    git = ["git", "-C", str(folder), "-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "shop"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)
    (tmp_path / "event.json").write_text(json.dumps(opened(head_of(folder))))
    return folder


def head_of(folder: Path) -> str:
    command = ["git", "-C", str(folder), "rev-parse", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def acting(repository: Path, platform: str) -> Iterator[subprocess.Popen[str]]:
    command = ["act", "pull_request", "--eventpath", str(repository.parent / "event.json"), "--pull=false"]
    command += ["--platform", f"ubuntu-24.04={platform}", "--env", "GITHUB_REPOSITORY=octo/shop"]
    home = repository.parent / "home"
    with subprocess.Popen(
        command,
        cwd=repository,
        env={**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as act:
        try:
            yield act
        finally:
            act.kill()


@pytest.mark.parametrize("platform", ["-self-hosted", "debian:trixie-slim"])
def test_workflow_gates_a_pull_request(repository: Path, platform: str) -> None:
    with acting(repository, platform) as act:
        log, _ = act.communicate(timeout=300)
    assert act.returncode == 0, log
    told = re.search(r"the verdict is <(pass|conditional)> in perfgate-out/judgement.json (\[.*\]);", log)
    assert told, log
    reasons = {each["code"] for each in json.loads(told[2])}
    assert reasons <= OF_THE_MACHINE, log
    assert (told[1] == "pass") == (not reasons)
    assert head_of(repository)[:8] in log
    assert "Run Post ./gate" in log
    assert leftovers() == []


def test_cancelled_run_leaves_nothing(repository: Path) -> None:
    """Act passes no signal on to a container; the step after the job, or what act does instead, must end it."""
    with acting(repository, "-self-hosted") as act:
        assert act.stdout is not None
        log = ""
        for line in act.stdout:
            log += line
            if "Loading: seen" in line:
                break
        assert "Loading: seen" in log, log
        act.send_signal(signal.SIGINT)
        rest, _ = act.communicate(timeout=120)
    assert act.returncode != 0
    assert leftovers() == [], log + rest

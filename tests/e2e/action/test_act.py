"""The action in a workflow, run by `act`: other mounts, other names for files, another network than the real runner."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.action.conftest import HEAD, OPENED, SHOP, TOP, leftovers

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
        run: echo "the verdict is <${{ steps.gate.outputs.verdict }}> in ${{ steps.gate.outputs.judgement }}"
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
    (tmp_path / "event.json").write_text(json.dumps(OPENED))
    git = ["git", "-C", str(folder), "-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "shop"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("platform", ["-self-hosted", "debian:trixie-slim"])
def test_workflow_gates_a_pull_request(repository: Path, platform: str) -> None:
    command = ["act", "pull_request", "--eventpath", str(repository.parent / "event.json"), "--pull=false"]
    command += ["--platform", f"ubuntu-24.04={platform}", "--env", "GITHUB_REPOSITORY=octo/shop"]
    home = repository.parent / "home"
    done = subprocess.run(
        command,
        cwd=repository,
        env={**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    log = done.stdout + done.stderr
    assert done.returncode == 0, log
    assert "the verdict is <pass> in perfgate-out/judgement.json" in log
    assert HEAD[:8] in log
    assert "Run Post ./gate" in log
    assert leftovers() == []

"""The action's image, built once, and a runner with a small shop in its workspace."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.github import TOKEN, FakeGitHub
from tests.fakes.runner import FakeRunner

TOP = Path(__file__).parents[3]
SHOP = Path(__file__).parent / "shop"
HEAD = "a" * 40
PULL = 7
OPENED: dict[str, Any] = {
    "action": "opened",
    "number": PULL,
    "repository": {"full_name": "octo/shop", "default_branch": "main"},
    "pull_request": {
        "number": PULL,
        "head": {"sha": HEAD, "ref": "faster", "repo": {"full_name": "octo/shop"}},
        "base": {"sha": "b" * 40, "ref": "main", "repo": {"full_name": "octo/shop"}},
        "labels": [],
    },
}
# What a machine that other work keeps busy adds to a verdict.
OF_THE_MACHINE = {"generator-saturated", "load-not-reached"}
# How a verdict is said, and what check it concludes.
WORD = {"pass": "Pass", "conditional": "Conditional"}
CONCLUSION = {"pass": "success", "conditional": "neutral"}
StartRunner = Callable[..., FakeRunner]


@pytest.fixture
def runner(tmp_path: Path, image: str) -> Iterator[StartRunner]:
    """Makes a runner for the shop, whatever its options; nothing of ours may be left when it is done."""
    made: list[FakeRunner] = []

    def make(**options: Any) -> FakeRunner:
        found = FakeRunner(tmp_path, image, TOP / "action.yml", **{"event": OPENED, **options})
        shutil.copytree(SHOP, found.workspace, dirs_exist_ok=True)
        above = found.workspace.parent / "above"
        above.mkdir(exist_ok=True)
        (above / "note").write_text("noted\n")
        found.give_to_owner()
        made.append(found)
        return found

    yield make
    for each in made:
        each.remove_containers()
    assert leftovers() == []


BEFORE: set[str] = set()  # the test that runs


@pytest.fixture(autouse=True)
def _what_others_left(_docker_or_skip: None) -> None:
    """A machine may be shared, and somebody else's run may have been cut down on it."""
    BEFORE.clear()
    BEFORE.update(leftovers())


def leftovers() -> list[str]:
    """Whatever carries the label that the action puts on everything it makes, but for what was there before."""
    commands = (
        ["docker", "ps", "--all", "--format", "container {{.Names}}"],
        ["docker", "network", "ls", "--format", "network {{.Name}}"],
        ["docker", "volume", "ls", "--format", "volume {{.Name}}"],
        ["docker", "images", "--format", "image {{.ID}} {{.Repository}}"],
    )
    found: list[str] = []
    for command in commands:
        listed = [*command, "--filter", "label=perfgate.job"]
        found += subprocess.run(listed, capture_output=True, text=True, check=True).stdout.splitlines()
    return [each for each in found if each not in BEFORE]


def opened(head: str) -> dict[str, Any]:
    """The event of a pull request whose head is that commit."""
    pull = OPENED["pull_request"]
    return {**OPENED, "pull_request": {**pull, "head": {**pull["head"], "sha": head}}}


def judgement(runner: FakeRunner) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((runner.workspace / "perfgate-out" / "judgement.json").read_text())
    return document


def well(told: dict[str, Any]) -> str | None:
    """The verdict, if nothing is wrong but perhaps the machine; a pass means that there is no reason at all."""
    reasons = {reason["code"] for scenario in told["scenarios"] for reason in scenario["reasons"]}
    is_well = reasons <= OF_THE_MACHINE and told["verdict"] == ("conditional" if reasons else "pass")
    return told["verdict"] if is_well else None


def conclusions(github: FakeGitHub) -> list[tuple[str, str | None]]:
    return [(each["status"], each.get("conclusion")) for each in github.repository.check_runs.values()]


def not_owned_by(user: int, folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.lstat().st_uid != user}


@pytest.fixture
def job_network() -> Iterator[str]:
    """GitHub makes one for a job with service containers."""
    name = f"github_network_{uuid.uuid4().hex}"
    subprocess.run(["docker", "network", "create", name], check=True, capture_output=True)
    yield name
    subprocess.run(["docker", "network", "rm", name], check=True, capture_output=True)


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    command = ["docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Subnet}}"]
    subnet = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    # The engine gives itself the first address.
    with FakeGitHub(address=str(next(ip_network(subnet).hosts()))) as fake:
        fake.repository.pulls[PULL] = {**OPENED["pull_request"], "state": "open"}
        fake.commit("main", {"perfgate.yml": (SHOP / "perfgate.yml").read_bytes()})
        yield fake


@pytest.fixture
def gated(runner: StartRunner, github: FakeGitHub) -> StartRunner:
    """A runner whose token is good for this GitHub."""
    where = {"GITHUB_API_URL": github.api_url, "GITHUB_SERVER_URL": github.server_url}
    return lambda **options: runner(token=TOKEN, environ=where, **options)

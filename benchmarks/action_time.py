"""What the action takes besides the load, beside plain compose and plain Locust for the same; its image and its start.

python -m benchmarks.action_time [--rounds 3]

The test shop's stack, whose images are built before; the runner and GitHub are the tests' imitations. Needs Docker, and
root or a user who may give files away.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path

import requests
from tests.e2e.action.conftest import OPENED, PULL, SHOP
from tests.fakes.github import TOKEN, FakeGitHub
from tests.fakes.runner import FakeRunner

TOP = Path(__file__).parents[1]
IMAGE = "perfgate-action:benchmark"
PLAIN_LOAD = 3  # seconds
USERS = "from locust import HttpUser, constant, task\nclass U(HttpUser):\n    wait_time = constant(0.1)\n"
USERS += "    @task\n    def t(self): self.client.get('/health')\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    run("docker", "build", "--quiet", "--tag", IMAGE, str(TOP))
    size = int(run("docker", "image", "inspect", "--format", "{{.Size}}", IMAGE)) / 1e6
    print(f"image {size:.0f} MB; every figure below: median (least to most) of {rounds} rounds, in seconds")
    shown("a container of debian:trixie-slim that does nothing", rounds, lambda: timed("debian:trixie-slim", "true"))
    shown("`perfgate --version` in the action's image", rounds, lambda: timed(*VERSION))
    taken = [action() for _ in range(rounds)]
    figures("action: its start to the start of the load", [each[0] for each in taken])
    figures("action: end of the load to the comment", [each[1] for each in taken])
    figures("action: its start to its end, without the load", [each[2] for each in taken])
    plain = [compose_and_locust() for _ in range(rounds)]
    figures("plain `docker compose up` to the first answer", [each[0] for each in plain])
    figures("plain `locust --headless`, without the load", [each[1] for each in plain])
    figures("plain `docker compose down --timeout 0`", [each[2] for each in plain])
    run("docker", "image", "rm", IMAGE)


VERSION = ("--entrypoint", "/opt/perfgate/bin/python", IMAGE, "-I", "-m", "perfgate", "--version")


def run(*command: str, folder: Path = TOP) -> str:
    environ = {**os.environ, "PWD": str(folder)}
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, env=environ).stdout.strip()


def timed(*arguments: str) -> float:
    begun = time.monotonic()
    run("docker", "run", "--rm", *arguments)
    return time.monotonic() - begun


def shown(what: str, rounds: int, measure: Callable[[], float]) -> None:
    figures(what, [measure() for _ in range(rounds)])


def figures(what: str, seconds: list[float]) -> None:
    print(f"{what}: {statistics.median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})", flush=True)


def action() -> tuple[float, float, float]:
    """From start to load, from load to comment, all without the load."""
    subnet = run("docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Subnet}}")
    commented: list[float] = []
    with tempfile.TemporaryDirectory() as name, FakeGitHub(address=str(next(ip_network(subnet).hosts()))) as github:
        github.before.append(("POST", "/comments$", lambda _: commented.append(time.time())))
        github.repository.pulls[PULL] = {**OPENED["pull_request"], "state": "open"}
        github.commit("main", {"perfgate.yml": (SHOP / "perfgate.yml").read_bytes()})
        where = {"GITHUB_API_URL": github.api_url, "GITHUB_SERVER_URL": github.server_url}
        job = FakeRunner(Path(name), IMAGE, TOP / "action.yml", event=OPENED, environ=where, token=TOKEN)
        lay_out(job.workspace)
        job.give_to_owner()
        begun = time.time()
        step = job.run({})
        ended = time.time()
        if step.exit_code:
            sys.exit(step.log)
        saved = json.loads((job.workspace / "perfgate-out" / "seen" / "measurement.json").read_text())
    load = saved["load"]
    loaded = datetime.fromisoformat(load["started_at"]).timestamp()
    return loaded - begun, commented[0] - loaded - load["planned"], ended - begun - load["planned"]


def compose_and_locust() -> tuple[float, float, float]:
    """To the first answer, Locust beside its load, and down again."""
    with tempfile.TemporaryDirectory() as name:
        shop = Path(name) / "shop"
        lay_out(shop)
        (Path(name) / "users.py").write_text(USERS)
        compose = ["docker", "compose", "--project-directory", str(shop), "--project-name", "perfgate-benchmark"]
        compose += [
            "--profile",
            "perf",
            "--file",
            str(shop / "compose.yaml"),
            "--file",
            str(shop / "compose.perf.yaml"),
        ]
        try:
            begun = time.monotonic()
            run(*compose, "up", "--detach", "--build", "--quiet-pull", folder=shop)
            url = f"http://{address(run(*compose, 'ps', '--quiet', 'web', folder=shop))}:8000"
            while not answers(url):
                time.sleep(0.05)
            up = time.monotonic() - begun
            begun = time.monotonic()
            locust = [sys.executable, "-m", "locust", "--headless", "--users", "1", "--run-time", f"{PLAIN_LOAD}s"]
            run(*locust, "--locustfile", str(Path(name) / "users.py"), "--host", url)
            loaded = time.monotonic() - begun - PLAIN_LOAD
        finally:
            begun = time.monotonic()
            run(*compose, "down", "--volumes", "--timeout", "0", "--rmi", "local", folder=shop)
        return up, loaded, time.monotonic() - begun


def lay_out(shop: Path) -> None:
    shutil.copytree(SHOP, shop, dirs_exist_ok=True)
    above = shop.parent / "above"
    above.mkdir(exist_ok=True)
    (above / "note").write_text("noted\n")


def address(container: str) -> str:
    template = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
    return run("docker", "inspect", "--format", template, container).split()[0]


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/health", timeout=1).ok
    except requests.RequestException:
        return False


if __name__ == "__main__":
    main()

"""The example platform on plain `docker compose`, with PostgreSQL and Redis."""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

pytestmark = [pytest.mark.docker, pytest.mark.timeout(420)]
FOLDER = Path(__file__).parents[3] / "examples" / "tickets"


class Project:
    def __init__(self, name: str) -> None:
        self.name = name

    def compose(self, *arguments: str) -> str:
        command = ["docker", "compose", "--project-name", self.name, "--project-directory", str(FOLDER), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def containers(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.compose("ps", "--all", "--format", "json").splitlines()]

    def url(self, service: str) -> str:
        address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        container = self.compose("ps", "--quiet", service).strip()
        found = subprocess.run(
            ["docker", "inspect", "--format", address, container], capture_output=True, text=True, check=True
        )
        return f"http://{found.stdout.strip()}:8000"


@pytest.fixture(scope="module")
def project(docker_engine: None) -> Iterator[Project]:
    """Up; the images stay afterwards, so that the next build is a cached one."""
    made = Project(f"tickets-test-{uuid.uuid4().hex[:8]}")
    try:
        made.compose("up", "--detach", "--build")
        yield made
    finally:
        made.compose("down", "--volumes", "--timeout", "10")
    assert made.containers() == []


def test_every_service_becomes_healthy(project: Project) -> None:
    healthy = dict.fromkeys(("postgres", "redis", "llm", "api", "worker"), "healthy")
    deadline = time.monotonic() + 60
    while (states := {each["Service"]: each["Health"] for each in project.containers()}) != healthy:
        assert time.monotonic() < deadline, states
        time.sleep(0.3)


def test_ticket_goes_through_postgres_redis_worker_and_llm(project: Project) -> None:
    api = project.url("api")
    assert requests.get(f"{api}/api/v1/health", timeout=5).json()["database"] == "ok"
    ticket = requests.post(f"{api}/api/v1/tickets", json={"title": "It burns"}, timeout=5).json()["id"]
    deadline = time.monotonic() + 30
    while (found := requests.get(f"{api}/api/v1/tickets/{ticket}", timeout=5).json())["status"] != "enriched":
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    assert found["summary"].startswith("It burns It burns")


def test_services_end_when_asked(project: Project) -> None:
    """Nobody waits for the engine's SIGKILL: that would cost every run ten seconds a service."""
    project.compose("stop", "--timeout", "10")
    exits = {each["Service"]: each["ExitCode"] for each in project.containers()}
    assert exits == dict.fromkeys(("postgres", "redis", "llm", "api", "worker"), 0)

"""Real compose stacks of one small service, each in a folder of its own; whatever a test does, nothing stays."""

from __future__ import annotations

import http.client
import os
import re
import secrets
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from perfgate.records.stack import StackFault, StackKind
from perfgate.settings import stack as settings
from perfgate.stack.engine import KEY_LABEL
from perfgate.stack.opening import RunningStack, open_stack
from perfgate.stack.site import Site

SERVICE = Path(__file__).parent / "service"
HEALTH = "{test: [CMD, test, '!', -e, /tmp/sick], interval: 300ms, timeout: 5s, retries: 2, start_period: 0s}"


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def what_is_left(label: str) -> list[str]:
    """Everything in the engine with this label."""
    by_label = ("--quiet", "--filter", f"label={label}")
    kinds = {
        "container": ("ps", "--all"),
        "network": ("network", "ls"),
        "volume": ("volume", "ls"),
        "image": ("images",),
    }
    return [f"{kind} {each}" for kind, words in kinds.items() for each in docker(*words, *by_label).split()]


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """What `condition` returns, once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
    return found


def ask(stack: RunningStack, path: str, *, host: str | None = None) -> str:
    """The answer to a GET, sent where the load would be; `host`: to another service than the target."""
    target = urlsplit(stack.target)
    name = host or target.hostname or ""
    connection = http.client.HTTPConnection(stack.hosts.get(name, name), target.port or 80, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def first_fault(stack: RunningStack) -> StackFault:
    found: tuple[StackFault, ...] = until(stack.faults, 30)
    return found[0]


@dataclass
class Stacks:
    """Opens stacks whose compose files are in `folder`; what was said is in `said`, the logs are in `logs`."""

    image: str
    folder: Path
    logs: Path
    said: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def write(self, text: str, name: str = "docker-compose.yml") -> Path:
        """`IMAGE` and `HEALTH` in the text stand for the service's image and a quick health check."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        filled = re.sub(r"\bIMAGE\b", self.image, textwrap.dedent(text)).replace("HEALTH", HEALTH)
        path.write_text(filled, encoding="utf-8")
        return path

    def open(
        self,
        text: str | None = None,
        *,
        target: str = "http://web:8000",
        within: str = "60s",
        environ: Mapping[str, str] | None = None,
        **compose: Any,
    ) -> AbstractContextManager[RunningStack]:
        if text is not None:
            self.write(text)
        self.keys.append(f"test-{secrets.token_hex(4)}")
        return open_stack(
            settings.Stack(
                target=target,
                ready=settings.Ready.model_validate({"within": within}),
                compose=settings.Compose.model_validate(compose),
            ),
            StackKind.COMPOSE,
            Site(self.folder, self.keys[-1], self.logs, os.environ if environ is None else environ, self.said.append),
        )

    def containers(self) -> list[str]:
        """All of the service's image or of one built from it, labelled or not."""
        return docker("ps", "--all", "--quiet", "--filter", f"ancestor={self.image}").split()

    def left(self) -> list[str]:
        return [each for key in self.keys for each in what_is_left(f"{KEY_LABEL}={key}")]


@pytest.fixture(scope="session")
def image(docker_engine: None) -> Iterator[str]:
    unique = secrets.token_hex(4)  # also in the image: equal images would share their id with another session's
    name = f"perfgate-test-service-{unique}"
    docker("build", "--quiet", "--tag", name, "--label", f"perfgate-test={unique}", str(SERVICE))
    yield name
    docker("rmi", "--no-prune", name)
    while built := docker("images", "--quiet", "--filter", f"label=perfgate-test={unique}"):
        docker("rmi", "--force", *set(built.split()))  # what PerfGate leaves on purpose: the builder's cache


@pytest.fixture
def stacks(image: str, tmp_path: Path) -> Iterator[Stacks]:
    folder = tmp_path / "repository"
    folder.mkdir()
    made = Stacks(image, folder, tmp_path / "logs")
    yield made
    assert made.left() == []

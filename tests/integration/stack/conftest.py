from __future__ import annotations

import os
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from perfgate.records.stack import StackKind
from perfgate.settings import stack as settings
from perfgate.stack.opening import RunningStack, open_stack
from perfgate.stack.site import Site
from tests.ports import free_port

SERVING = Path(__file__).with_name("serving.py")


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """What `condition` returns, once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
    return found


def get(url: str) -> str:
    """The body of the answer; empty where the server went away."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            body: bytes = answer.read()
            return body.decode()
    except OSError:
        return ""


@dataclass
class Processes:
    """Stacks of processes in `folder`; what was said is in `said`."""

    folder: Path
    logs: Path
    said: list[str] = field(default_factory=list)
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serving(self, *options: str, **command: Any) -> dict[str, Any]:
        """A command: an application that answers at `port`."""
        return {"run": [sys.executable, "-S", str(SERVING), str(self.port), *options], **command}

    def script(self, text: str, **command: Any) -> dict[str, Any]:
        return {"run": ["sh", "-c", text], **command}

    def open(
        self,
        commands: Mapping[str, Mapping[str, Any]],
        *,
        target: str | None = None,
        ready: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> AbstractContextManager[RunningStack]:
        return open_stack(
            settings.Stack(
                target=target or self.url,
                ready=settings.Ready.model_validate({"within": "30s", **(ready or {})}),
                process=settings.Process.model_validate({"commands": commands}),
            ),
            StackKind.PROCESS,
            Site(self.folder, "test", self.logs, os.environ if environ is None else environ, self.said.append),
        )

    def running(self) -> list[str]:
        """Commands of processes, zombies left out, that work in the folder: everything that a stack started."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").readlink().is_relative_to(self.folder):
                    found.append((process / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue  # ended in between, or is nothing of ours
        return found


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    folder = tmp_path / "repository"
    folder.mkdir()
    made = Processes(folder, tmp_path / "logs")
    yield made
    assert made.running() == []

"""Fences around the tests: what they may reach, and what of the surroundings they may see."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# The same examples on every run, and no time limit for one: a slow machine is no failure. To look for new ones:
# `pytest --hypothesis-profile=default tests/unit`.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")

# A shell that starts the tests in the background lets them, and all that they start, ignore SIGINT.
signal.signal(signal.SIGINT, signal.default_int_handler)

REQUIRE_DOCKER = "PERFGATE_REQUIRE_DOCKER"
REQUIRE_PROMETHEUS = "PERFGATE_REQUIRE_PROMETHEUS"
FOR_TESTS = (REQUIRE_DOCKER, REQUIRE_PROMETHEUS, "PERFGATE_REQUIRE_CHROMIUM", "PERFGATE_ACCEPT_GOLDEN")
INHERITED = ("GITHUB_", "RUNNER_", "INPUT_", "ACTIONS_", "PERFGATE_")
# Where a program runs, how wide and in which colours it writes; in a hook of git, on which repository.
ALSO_INHERITED = ("CI", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
UNIT = Path(__file__).parent / "unit"
# Looks at what the whole Docker engine holds, or at all that PerfGate left in it.
AT_THE_ENGINE = (
    "tests/e2e/action/",
    "tests/e2e/load/",
    "tests/e2e/stack/",
    "tests/e2e/tickets/test_compose.py",
    "tests/e2e/tickets/test_faults.py",
    "tests/integration/docs/test_on_compose.py",
)


class OneAtTheEngine(LoadScopeScheduling):
    """Between processes whole modules and classes are shared; what is of the engine, one of them runs by itself."""

    def _split_scope(self, nodeid: str) -> str:
        return "the engine" if nodeid.startswith(AT_THE_ENGINE) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneAtTheEngine:
    return OneAtTheEngine(config, log)


@pytest.fixture(scope="session", autouse=True)
def _no_inherited_settings() -> Iterator[None]:
    """The tests must not behave otherwise because they themselves run in an action; nor what several of them share."""
    with pytest.MonkeyPatch.context() as patched:
        for name in list(os.environ):
            if name in ALSO_INHERITED or (name.startswith(INHERITED) and name not in FOR_TESTS):
                patched.delenv(name)
        yield


@pytest.fixture(autouse=True)
def _unit_tests_stay_inside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unit tests start no process and connect to nothing."""
    if not request.path.is_relative_to(UNIT):
        return

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("a unit test reached outside its process; it belongs under tests/integration or tests/e2e")

    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


@pytest.fixture(scope="session")
def missing_docker() -> str | None:
    """Why there is no engine to test with; None: there is one."""
    if shutil.which("docker") is None:
        return "the docker command is not there"
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    asked = subprocess.run(command, check=False, capture_output=True, text=True)
    return None if asked.returncode == 0 else f"no Docker engine: {asked.stderr.strip()}"


@pytest.fixture(scope="session")
def docker_engine(missing_docker: str | None) -> None:
    """There is one, or who asks for this is skipped, or fails where it is required."""
    if missing_docker is None:
        return
    if os.environ.get(REQUIRE_DOCKER) == "1":
        pytest.fail(missing_docker)
    pytest.skip(missing_docker)


@pytest.fixture(autouse=True)
def _docker_or_skip(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("docker") is not None:
        request.getfixturevalue("docker_engine")


@pytest.fixture(autouse=True)
def _prometheus_or_skip(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("prometheus") is None:
        return
    missing = [each for each in ("prometheus", "promtool") if shutil.which(each) is None]
    if not missing:
        return
    why = f"the command {' and '.join(missing)} is not there (Debian's package prometheus)"
    if os.environ.get(REQUIRE_PROMETHEUS) == "1":
        pytest.fail(why)
    pytest.skip(why)

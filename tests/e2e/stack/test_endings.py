"""However a run ends, its stack is gone: exceptions, signals at every stage, and a kill that nobody can handle."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from perfgate.errors import ExitCode
from perfgate.stack.engine import KEY_LABEL
from tests.e2e.stack.conftest import Stacks, docker, until, what_is_left

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]
ROOT = Path(__file__).parents[3]
SETTINGS = """
    version: 1
    stack:
      target: http://web:8000
      ready: {within: 60s}
      compose: {files: [docker-compose.yml]}
    scenarios:
      short:
        users: 2
        duration: 60s
        warm_up: 0s
        traffic: {wait: 100ms..200ms, requests: [{get: /}]}
"""
# What each stage is signalled in: a compose file, a Dockerfile for it, and how to see that the stage is reached.
HANGS = """
    services:
      web: {image: IMAGE, depends_on: {never: {condition: service_healthy}}}
      never: {image: IMAGE, healthcheck: {test: 'false', interval: 1s, retries: 600}}
"""
STAGES = {
    "building": ("services: {web: {build: .}}", "FROM IMAGE\nRUN echo reached && sleep 60\n"),
    "starting": (HANGS, ""),
    "loading": ("services: {web: {image: IMAGE, environment: {NAME: web}}}", ""),
}


@contextmanager
def perfgate(stacks: Stacks, *arguments: str, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "perfgate", *arguments]
    with (stacks.folder / "said.txt").open("wb") as output:
        running = subprocess.Popen(
            command,
            cwd=stacks.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def said(stacks: Stacks) -> str:
    return (stacks.folder / "said.txt").read_text()


def everything_of_perfgate() -> set[str]:
    return set(what_is_left(KEY_LABEL))


def build_is_running(stacks: Stacks) -> bool:
    logs = stacks.folder.glob("perfgate-out/*/logs/compose/build.log")
    return any(re.search(r"^(#\d+ [\d.]+ )?reached$", each.read_text(), re.MULTILINE) for each in logs)


def traffic_flows(stacks: Stacks) -> bool:
    return "Loading: short" in said(stacks)


def requests_are_recorded(stacks: Stacks) -> bool:
    return any(each.stat().st_size > 1000 for each in stacks.folder.glob("perfgate-out/short/requests-*.pgr"))


REACHED: dict[str, Callable[[Stacks], object]] = {
    "building": build_is_running,
    "starting": lambda stacks: len(stacks.containers()) == 2,
    "loading": traffic_flows,
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stage", STAGES)
def test_signal(stacks: Stacks, stage: str, number: signal.Signals) -> None:
    """Sent again at once, as an impatient user does: only the first counts, and the taking down is not cut short."""
    text, dockerfile = STAGES[stage]
    stacks.write(text)
    stacks.write(dockerfile, "Dockerfile")
    stacks.write(SETTINGS, "perfgate.yml")
    before = everything_of_perfgate()
    with perfgate(stacks, "run") as running:
        until(lambda: REACHED[stage](stacks) or running.poll() is not None)
        assert running.poll() is None, said(stacks)
        begun = time.monotonic()
        running.send_signal(number)
        time.sleep(0.3)
        running.send_signal(number)
        code = running.wait(60)
        took = time.monotonic() - begun
    assert code == 128 + number, said(stacks)
    assert said(stacks).rstrip().endswith("cancelled: what was started has been taken down")
    assert "Traceback" not in said(stacks)
    assert took < 40  # and no stage to its end
    assert everything_of_perfgate() <= before
    assert until(lambda: stacks.containers() == [], 10)
    assert processes_of(stacks) == []


def processes_of(stacks: Stacks) -> list[str]:
    """Commands of processes on this machine that still work in the stack's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(stacks.folder):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue  # ended in between
    return found


def test_exception_inside(stacks: Stacks) -> None:
    """A bug in PerfGate is no reason to leave a stack behind, or to lose the services' logs."""
    with (
        pytest.raises(ZeroDivisionError),
        stacks.open("services: {web: {image: IMAGE, environment: {NAME: web}}}") as stack,
    ):
        _ = len(stack.services) / 0
    assert stacks.left() == []
    assert "web listens" in (stacks.logs / "web.log").read_text()


def test_log_folder_that_cannot_be_written_keeps_nothing_up(stacks: Stacks) -> None:
    stacks.logs.mkdir()
    (stacks.logs / "web.log").mkdir()
    with stacks.open("services: {web: {image: IMAGE}}"):
        pass
    assert any("logs could not be saved" in each for each in stacks.said)


def test_leftovers_of_a_killed_run_are_removed_at_the_next_start(stacks: Stacks) -> None:
    key = f"test-{secrets.token_hex(4)}"
    stacks.keys.append(key)
    stacks.write("FROM IMAGE\n", "Dockerfile")
    stacks.write(
        """
        services: {web: {build: ., volumes: ['memory:/data']}}
        volumes: {memory: {}}
        """
    )
    command = [sys.executable, "-m", "tests.e2e.stack.holder", str(stacks.folder), key]
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True, cwd=ROOT) as killed:
        assert killed.stdout is not None
        assert any(line == "ready\n" for line in killed.stdout)
        try:
            with stacks.open():  # as long as the other lives, it is left alone
                pass
            assert stacks.said == [each for each in stacks.said if "left behind" not in each]
            kinds = {each.split()[0] for each in stacks.left()}
            assert kinds == {"container", "network", "volume", "image"}
        finally:
            killed.kill()
    assert stacks.left()
    with stacks.open():
        assert f"removed what run {key} had left behind" in stacks.said
        assert what_is_left(f"{KEY_LABEL}={key}") == []


@pytest.mark.parametrize(
    ("text", "environ", "message"),
    [
        (
            "services: {web: {image: IMAGE, command: [sh, -c, 'echo no licence; exit 3']}}",
            {},
            "service web ended with 3",
        ),
        ("services: {web: {build: nowhere}}", {}, "docker compose build failed: "),
        ("services: [", {}, "docker compose config failed: "),
        ("services: {web: {image: IMAGE}}", {"DOCKER_HOST": "tcp://127.0.0.1:1"}, "the Docker engine at tcp://"),
    ],
)
def test_command_line_tells_it_once_with_a_remedy(
    stacks: Stacks, text: str, environ: dict[str, str], message: str
) -> None:
    stacks.write(text)
    stacks.write(SETTINGS, "perfgate.yml")
    before = everything_of_perfgate()
    with perfgate(stacks, "run", **environ) as running:
        assert running.wait(60) == ExitCode.STACK, said(stacks)
    lines = said(stacks).splitlines()
    assert len([line for line in lines if line.startswith("error: ")]) == 1
    assert any(line.startswith(f"error: {message}") for line in lines), lines
    assert len([line for line in lines if line.startswith("what to do: ")]) == 1
    assert "Traceback" not in said(stacks)
    assert everything_of_perfgate() <= before
    assert not list(stacks.folder.glob("perfgate-out/*/measurement.json"))


def test_fault_under_load_fails_the_run_and_names_the_service(stacks: Stacks) -> None:
    stacks.write(
        """
        services:
          web: {image: IMAGE, environment: {NAME: web}}
          worker:
            image: IMAGE
            command: [sh, -c, "until test -e /tmp/loaded; do sleep 0.1; done; echo the queue is gone; exit 12"]
        """
    )
    stacks.write(SETTINGS, "perfgate.yml")
    with perfgate(stacks, "run") as running:
        until(lambda: requests_are_recorded(stacks) or running.poll() is not None)
        begun = time.monotonic()
        ours, its = f"ancestor={stacks.image}", "label=com.docker.compose.service=worker"
        worker = docker("ps", "--quiet", "--filter", ours, "--filter", its)
        docker("exec", worker, "touch", "/tmp/loaded")
        assert running.wait(90) == ExitCode.FAIL, said(stacks)
    assert time.monotonic() - begun < 50  # the load is ended, not driven to its end
    assert "The service worker exited under load" in said(stacks)
    assert "the queue is gone" in (stacks.folder / "perfgate-out" / "short" / "logs" / "worker.log").read_text()
    assert stacks.containers() == []


def test_check_starts_nothing(stacks: Stacks) -> None:
    stacks.write("services: {web: {image: IMAGE}}")
    stacks.write(textwrap.dedent(SETTINGS), "perfgate.yml")
    with perfgate(stacks, "check") as running:
        assert running.wait(60) == 0, said(stacks)
    assert "http://web:8000 is one of them" in said(stacks)
    assert stacks.containers() == []
    assert [each.name for each in stacks.folder.iterdir() if each.name.startswith("compose")] == []

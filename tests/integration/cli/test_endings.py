"""Loads that come to nothing, disks that fill up, and signals at every stage, with the real command."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from perfgate.records.verdict import ReasonCode
from tests.integration.baselines.runs import run as stored_run
from tests.integration.cli.conftest import Done, Project, ended, until
from tests.integration.cli.test_bad_input import RUN, refused

SHORT = (*RUN, "--duration", "2s")


def locustfile(project: Project, text: str) -> None:
    (project.folder / "load.py").write_text(textwrap.dedent(text))
    project.configure(scenario={"locustfile": "load.py"})


def nothing_is_left(project: Project) -> None:
    assert project.left_behind() == []
    assert not list(project.store.rglob("*"))
    assert not (project.out / "judgement.json").exists()


class TestLoadsThatComeToNothing:
    def test_a_locust_file_that_is_not_there(self, project: Project) -> None:
        project.configure(scenario={"locustfile": "gone.py"})
        refused(project.perfgate(*SHORT), 2, "gone.py", "locustfile")
        nothing_is_left(project)

    def test_a_locust_file_that_cannot_be_imported(self, project: Project) -> None:
        locustfile(project, "import no_such_package")
        refused(
            project.perfgate(*SHORT), 4, "load.py cannot be imported", "No module named 'no_such_package'", "install"
        )
        nothing_is_left(project)

    def test_a_locust_file_that_is_no_python(self, project: Project) -> None:
        locustfile(project, "def")
        refused(project.perfgate(*SHORT), 4, "load.py cannot be imported", "SyntaxError")
        nothing_is_left(project)

    def test_a_locust_file_without_a_user(self, project: Project) -> None:
        locustfile(project, "x = 1")
        refused(project.perfgate(*SHORT), 4, "load.py defines no user", "locust.HttpUser")
        nothing_is_left(project)

    def test_users_that_make_no_request(self, project: Project) -> None:
        locustfile(
            project,
            """
            import gevent
            from locust import HttpUser, task
            class Idle(HttpUser):
                @task
                def rest(self):
                    gevent.sleep(0.1)
            """,
        )
        refused(project.perfgate(*SHORT), 4, "not one request was recorded with 8 users", "waits")
        nothing_is_left(project)

    def test_requests_of_which_none_succeeds(self, project: Project) -> None:
        project.configure(requests=[{"get": "/broken"}, {"get": "/nowhere"}])
        done = project.perfgate(*SHORT)
        refused(done, 4, "not one of", "requests to http://127.0.0.1", "succeeded", "status 500", "status 404")
        nothing_is_left(project)

    def test_requests_that_end_with_the_warm_up(self, project: Project) -> None:
        locustfile(
            project,
            """
            import gevent
            from locust import FastHttpUser, task
            class Once(FastHttpUser):
                def on_start(self):
                    self.client.get("/items")
                @task
                def rest(self):
                    gevent.sleep(0.1)
            """,
        )
        refused(project.perfgate(*RUN), 4, "not one request was made after the warm-up of 0.5 s", "warm_up")
        nothing_is_left(project)


def test_a_stack_that_breaks_under_load_fails_with_what_it_said_last(project: Project) -> None:
    project.configure(requests=[{"get": "/items", "weight": 20}, {"get": "/die"}])
    done = project.perfgate(*RUN)
    assert done.code == 11
    [scenario] = project.judgement().scenarios
    assert scenario.reasons[0].code is ReasonCode.STACK_BROKE
    assert [fault.kind for fault in scenario.stack.faults] == ["exited"]
    assert "The service app exited under load" in done.out
    comment = (project.out / "comment.md").read_text()
    assert "the application starts" in comment
    assert "app" in comment
    assert not list(project.store.rglob("*.gz"))
    assert project.left_behind() == []


def limited(project: Project, size: int, *arguments: str) -> Done:
    """No file may become larger than `size` bytes, as on a disk that is full."""
    process = subprocess.Popen(
        [sys.executable, "-m", "perfgate", *arguments],
        **project.surroundings,
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size)),  # noqa: PLW1509 - no threads here
    )
    return ended(process)


class TestNoRoomLeft:
    def test_while_the_load_is_recorded(self, project: Project) -> None:
        project.configure(requests=[{"get": "/health"}], scenario={"traffic": FAST})
        done = limited(project, 20_000, *RUN)
        refused(done, 4, "the recording in", "could not be written: File too large", "make room", "--out")
        nothing_is_left(project)
        assert not list(project.out.rglob("*.pgr"))  # which also makes some room

    def test_while_the_reports_are_written(self, project: Project) -> None:
        (project.folder / "m.json").write_text(stored_run(1).measurement.model_dump_json())
        done = limited(project, 4000, "judge", "m.json")
        refused(done, 2, "could not be written: File too large", "make room", "--out")
        assert project.left_behind() == []
        assert not (project.out / "report.html").exists()

    def test_while_a_baseline_is_stored(self, project: Project) -> None:
        (project.folder / "m.json").write_text(stored_run(1).measurement.model_dump_json())
        done = limited(project, 100, "baselines", "accept", "m.json", "--reason", "it is worth it")
        refused(done, 5, "could not be written: File too large", "free space")
        assert [path for path in project.store.rglob("*") if path.is_file()] == []


FAST = {"wait": "1ms..2ms", "requests": [{"get": "/health"}]}


def runs(project: Project, program: str) -> bool:
    return any(program in command for command in project.processes())


def loads(project: Project) -> bool:
    return any(path.stat().st_size > 2000 for path in project.out.rglob("*.pgr"))


Stop = Callable[[subprocess.Popen[str], int], None]


def once(process: subprocess.Popen[str], number: int) -> None:
    process.send_signal(number)


def again_and_again(process: subprocess.Popen[str], number: int) -> None:
    """As somebody who is impatient."""
    for _ in range(5):
        process.send_signal(number)
        time.sleep(0.05)


SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])


def cancelled(project: Project, done: Done, number: int) -> None:
    assert done.code == 128 + number, done.said
    assert "cancelled: what was started has been taken down" in done.said
    assert "Traceback" not in done.said
    nothing_is_left(project)


class TestCancelled:
    @SIGNALS
    @pytest.mark.parametrize("stop", [once, again_and_again])
    def test_while_the_stack_starts(self, project: Project, number: int, stop: Stop) -> None:
        project.configure(how="hangs", within="60s")
        process = project.start(*RUN)
        until(lambda: runs(project, "application.py"), "the application starts")
        stop(process, number)
        cancelled(project, ended(process), number)
        assert (project.out / "baseline" / "logs" / "app.log").exists()

    @SIGNALS
    @pytest.mark.parametrize("stop", [once, again_and_again])
    def test_while_the_load_runs(self, project: Project, number: int, stop: Stop) -> None:
        project.configure(scenario={"duration": "60s"})
        process = project.start(*RUN)
        until(lambda: loads(project), "requests are recorded")
        stop(process, number)
        cancelled(project, ended(process), number)

    @SIGNALS
    def test_while_locust_starts(self, project: Project, number: int) -> None:
        project.configure(scenario={"duration": "60s"})
        process = project.start(*RUN)
        until(lambda: runs(project, "perfgate.load.inside"), "Locust starts")
        process.send_signal(number)
        cancelled(project, ended(process), number)

    @SIGNALS
    def test_while_it_judges(self, project: Project, number: int) -> None:
        """The saved runs come through a pipe that nobody writes to, so that judging waits for the signal."""
        (project.folder / "m.json").write_text(stored_run(1).measurement.model_dump_json())
        pipe = project.folder / "pipe"
        os.mkfifo(pipe)
        process = project.start("judge", "m.json", "--baselines", "pipe")
        writing: list[int] = []
        until(lambda: opened(pipe, writing), "it waits for the saved runs")
        process.send_signal(number)
        done = ended(process)
        os.close(*writing)
        cancelled(project, done, number)

    def test_a_terminals_control_c_reaches_the_whole_group_at_once(self, project: Project) -> None:
        project.configure(scenario={"duration": "60s"})
        process = project.start(*RUN)
        until(lambda: loads(project), "requests are recorded")
        os.killpg(process.pid, signal.SIGINT)
        cancelled(project, ended(process), signal.SIGINT)

    @SIGNALS
    @pytest.mark.parametrize("after", [0.0, 0.05, 0.1, 0.2, 0.3])
    def test_before_anything_began(self, project: Project, number: int, after: float) -> None:
        """At whatever moment of the imports it comes, the answer is the same: no traceback, the code of the signal."""
        process = project.start("check")
        maps = Path(f"/proc/{process.pid}/maps")
        until(lambda: process.poll() is not None or "pydantic_core" in maps.read_text(), "the command is imported")
        time.sleep(after)  # whichever moment it hits must do
        process.send_signal(number)
        done = ended(process)
        # Ended by the signal itself is 128 + number for a shell, too: SIGTERM has no handler yet, and CPython ends
        # itself so where SIGINT struck inside source text that was being executed, as dataclasses do.
        assert done.code in (0, 128 + number, -number)
        assert "Traceback" not in done.said
        nothing_is_left(project)


def opened(pipe: Path, writing: list[int]) -> bool:
    """A pipe can be opened for writing, without waiting, from the moment on at which somebody reads it."""
    try:
        writing.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True

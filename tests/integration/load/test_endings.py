"""However a load ends: one clear error or a recording that can be read, and nothing left running or half-written."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from perfgate.errors import Cancelled, LoadError
from perfgate.load import following
from perfgate.load.launching import SubprocessGenerator, launch_subprocess
from perfgate.load.opening import read_recording
from perfgate.records.progress import Progress
from tests.integration.load.conftest import Loading
from tests.integration.load.serving import CountingServer

READER = """
    from locust import FastHttpUser, constant, tag, task

    class Reader(FastHttpUser):
        wait_time = constant(0.005)

        @tag("read")
        @task
        def read(self):
            self.client.get("/health")
"""


class Launched:
    """Launches as ever, and remembers what; `limit` bounds the size, in bytes, of any file that it writes."""

    def __init__(self, limit: int | None = None) -> None:
        self._limit = limit
        self.pid = 0

    def __call__(
        self,
        plan: Path,
        arguments: Sequence[str],
        *,
        folder: Path,
        environ: Mapping[str, str],
        networks: Sequence[str],
    ) -> SubprocessGenerator:
        generator = launch_subprocess(plan, arguments, folder=folder, environ=environ, networks=networks)
        self.pid = generator._process.pid
        if self._limit is not None:
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (self._limit, self._limit))
        return generator

    @property
    def is_gone(self) -> bool:
        return is_gone(self.pid)


def is_gone(pid: int) -> bool:
    """Neither the process nor anybody in its group is left, not even as a zombie."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return True
    return False


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("text", "changes", "message", "evidence"),
    [
        ("import locust\nimport no_such_module_here\n", {}, "No module named 'no_such_module_here'", "user_load.py"),
        ("def broken(:\n    pass\n", {}, "SyntaxError", "def broken(:"),
        ("import sys\nsys.exit('no licence')\n", {}, "Locust ended before the load began (exit code 1)", "no licence"),
        ("import locust\n", {}, "defines no user", ""),
        (READER, {"user_classes": ("Writer",)}, "has no user class Writer", ""),
        (READER, {"tags": ("write",)}, "the tags leave no task to do", ""),
        (
            READER.replace('self.client.get("/health")', 'raise KeyError("why it was idle")'),
            {},
            "not one request was recorded with 5 users",
            "why it was idle",
        ),
    ],
    ids=["import", "syntax", "exit", "no-user", "unknown-user", "no-task", "no-request"],
)
def test_a_file_that_gives_no_load_is_one_clear_error(
    loading: Loading, text: str, changes: dict[str, tuple[str, ...]], message: str, evidence: str
) -> None:
    scenario = loading.locustfile(text).model_copy(update=changes)
    launched = Launched()
    with pytest.raises(LoadError) as caught:
        loading.drive(loading.order(scenario), launch=launched)
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.remedy
    assert evidence in caught.value.evidence
    until(lambda: launched.is_gone)  # init may take a moment to bury what was orphaned
    assert not (loading.out / "load-plan.json").exists()


def test_a_file_that_does_not_exist_is_said_before_anything_is_started(loading: Loading) -> None:
    scenario = loading.locustfile(READER).model_copy(update={"locustfile": "elsewhere.py"})
    with pytest.raises(LoadError, match=r"elsewhere\.py does not exist"):
        loading.drive(loading.order(scenario))
    assert not loading.out.exists()


def test_an_output_folder_that_cannot_be_written_is_said(loading: Loading) -> None:
    loading.out.write_text("a file, not a folder")
    with pytest.raises(LoadError, match="cannot be recorded in"):
        loading.drive(loading.order(loading.locustfile(READER)))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="the limit of another process is Linux's to set")
def test_a_disk_that_fills_up_stops_the_load(loading: Loading) -> None:
    launched = Launched(limit=20_000)
    begun = time.monotonic()
    with pytest.raises(LoadError) as caught:
        loading.drive(loading.order(loading.locustfile(READER), duration=60), launch=launched)
    assert "could not be written" in caught.value.message
    assert "File too large" in caught.value.message
    assert "room" in caught.value.remedy
    assert time.monotonic() - begun < 30
    until(lambda: launched.is_gone)  # init may take a moment to bury what was orphaned
    assert not list(loading.out.glob("*.pgr"))


def test_a_generator_that_is_killed_leaves_a_readable_recording(loading: Loading, server: CountingServer) -> None:
    launched = Launched()

    def kill(progress: Progress) -> None:
        if progress.elapsed > 1.5:
            os.kill(launched.pid, signal.SIGKILL)

    driven = loading.drive(loading.order(loading.locustfile(READER), duration=60), on_progress=kill, launch=launched)
    assert (driven.ended_because, driven.exit_code) == ("locust-quit", -signal.SIGKILL)
    assert not driven.recording.complete
    assert driven.requests_lost is None
    assert 0.5 * server.total < len(driven.recording) <= server.total
    assert driven.users_reached == 5
    assert 1 < driven.ended_at - driven.started_at < 10
    until(lambda: launched.is_gone)  # init may take a moment to bury what was orphaned
    assert len(read_recording(loading.out)) == len(driven.recording)


def test_a_stack_that_breaks_ends_the_load_in_order(loading: Loading, server: CountingServer) -> None:
    launched = Launched()
    driven = loading.drive(
        loading.order(loading.locustfile(READER), duration=60),
        should_stop=lambda: server.total > 10,
        launch=launched,
    )
    assert driven.ended_because == "stack-broke"
    assert driven.recording.complete
    assert 0 <= server.total - len(driven.recording) <= 5  # each of five users may be waiting for an answer
    assert driven.ended_at - driven.started_at < 10
    until(lambda: launched.is_gone)  # init may take a moment to bury what was orphaned


def test_a_stack_that_breaks_before_the_load_is_said(loading: Loading) -> None:
    scenario = loading.locustfile("import time\ntime.sleep(60)\n")
    with pytest.raises(LoadError, match="the stack broke before the load began"):
        loading.drive(loading.order(scenario), should_stop=lambda: True)


def test_a_file_that_never_ends_loading_is_ended_by_force(loading: Loading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "START_WITHIN", 2.0)
    launched = Launched()
    with pytest.raises(LoadError, match="did not begin to load in time"):
        loading.drive(loading.order(loading.locustfile("while True:\n    pass\n")), launch=launched)
    until(lambda: launched.is_gone)  # init may take a moment to bury what was orphaned


def test_a_load_that_does_not_end_is_ended_by_force_and_kept(
    loading: Loading, server: CountingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "END_WITHIN", 1.5)
    scenario = loading.locustfile(
        READER
        + """
    from locust import events

    @events.test_stop.add_listener
    def compute(**_):
        while True:
            pass
"""
    )
    launched = Launched()
    driven = loading.drive(loading.order(scenario, duration=1.2), launch=launched)
    assert "ended by force" in driven.notes[0]
    assert not driven.recording.complete
    assert 0 < len(driven.recording) <= server.total
    until(lambda: launched.is_gone)  # init may take a moment to bury what was orphaned


def test_being_cancelled_takes_the_load_down_with_all_it_started(loading: Loading) -> None:
    scenario = loading.locustfile(READER + "\n    import subprocess\n    subprocess.Popen(['sleep', '300'])\n")
    launched = Launched()

    def cancel(_: Progress) -> None:
        raise Cancelled(signal.SIGINT)

    with pytest.raises(Cancelled):
        loading.drive(
            loading.order(scenario, duration=60),
            on_progress=cancel,
            launch=launched,
        )
    until(lambda: launched.is_gone)  # init may take a moment to bury what was orphaned
    assert not (loading.out / "load-plan.json").exists()


CONTROLLER = """
    import os, signal, sys
    from pathlib import Path
    from perfgate.errors import Cancelled
    from perfgate.load.driving import LoadOrder, drive
    from perfgate.settings.scenario import Scenario
    from perfgate.settings.profiles import Profile

    def cancel(number, _frame):
        raise Cancelled(number)

    signal.signal(signal.SIGINT, cancel)
    signal.signal(signal.SIGTERM, cancel)
    target, folder, out = sys.argv[1:]
    order = LoadOrder(
        Scenario(locustfile="user_load.py"), Profile(5, 100, 60.0, 0), target, {}, Path(folder), Path(out)
    )
    try:
        drive(order, environ=os.environ, on_progress=lambda _: print("loading", flush=True), should_stop=lambda: False)
    except Cancelled as cancelled:
        sys.exit(cancelled.exit_code)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda each: each.name)
def test_a_signal_to_the_controller_ends_the_load(loading: Loading, number: signal.Signals) -> None:
    """Even SIGKILL, which the controller cannot answer: the load notices that nobody follows it."""
    loading.locustfile(READER)
    arguments = [loading.target, str(loading.folder), str(loading.out)]
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CONTROLLER), *arguments], stdout=subprocess.PIPE, text=True
    ) as controller:
        assert controller.stdout is not None
        assert controller.stdout.readline() == "loading\n"
        (recording,) = loading.out.glob("requests-*.pgr")
        load = int(recording.stem.removeprefix("requests-"))
        assert not is_gone(load)
        controller.send_signal(number)
        controller.wait(timeout=20)
    assert controller.returncode == (-number if number is signal.SIGKILL else 128 + number)
    until(lambda: is_gone(load))
    assert len(read_recording(loading.out)) > 0

"""Workers that join from elsewhere: they are given plan and Locust file, and their clocks may be wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from perfgate.errors import LoadError
from perfgate.load import order as order_module
from perfgate.load.launching import WORKER_PROGRAM
from perfgate.records.progress import Progress
from perfgate.settings.scenario import Scenario
from perfgate.settings.traffic import Traffic
from tests.integration.load.conftest import Loading
from tests.integration.load.serving import CountingServer
from tests.integration.load.test_endings import READER
from tests.ports import free_port

pytestmark = pytest.mark.timeout(120)
AHEAD = 3600.0  # seconds
WRONG_CLOCK = f"""
import time
right = time.time
time.time = lambda: right() + {AHEAD}
"""


@pytest.fixture
def port() -> int:
    return free_port()


@contextmanager
def worker(port: int, folder: Path, *, site: str = "") -> Iterator[subprocess.Popen[str]]:
    """On another machine, as far as one can tell: another folder, and `site` is run before anything else."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(site)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", WORKER_PROGRAM, "127.0.0.1", str(port)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def shared(scenario: Scenario, port: int, *, expect: int, workers: int = 0) -> Scenario:
    changed = {"expect_workers": expect, "bind": ("127.0.0.1", port), "workers": workers}
    return scenario.model_copy(update=changed)


def test_workers_elsewhere_send_all_they_recorded_by_the_masters_clock(
    loading: Loading, server: CountingServer, port: int, tmp_path: Path
) -> None:
    scenario = shared(loading.locustfile(READER), port, expect=2)
    with worker(port, tmp_path / "right") as right, worker(port, tmp_path / "wrong", site=WRONG_CLOCK) as wrong:
        driven = loading.drive(loading.order(scenario, users=4, duration=60), should_stop=lambda: server.total > 100)
        assert [each.wait(20) for each in (right, wrong)] == [0, 0]
    assert (driven.requests_lost, driven.users_reached) == (0, 4)
    assert driven.recording.complete
    assert len(driven.recording) == server.total > 50
    assert all(each.requests > 0 for each in driven.workers)
    offsets = sorted(each.clock_offset for each in driven.workers)
    assert offsets == pytest.approx([-AHEAD, 0], abs=5)  # half of what a question may take on a busy machine
    assert driven.started_at - 1 < driven.recording.start.min()
    assert driven.recording.start.max() < driven.ended_at + 10  # the word to stop may come late to a busy machine


def test_declared_traffic_is_shared_by_workers_here_and_elsewhere(
    loading: Loading, server: CountingServer, port: int, tmp_path: Path
) -> None:
    requests = [{"path": "/item/{id}", "values": {"id": "sequence"}}]
    traffic = Traffic.model_validate({"wait": "10ms", "requests": requests})
    scenario = shared(Scenario(traffic=traffic), port, expect=1, workers=1)
    with worker(port, tmp_path / "elsewhere") as elsewhere:
        driven = loading.drive(loading.order(scenario, users=4, duration=60), should_stop=lambda: server.total > 100)
        assert elsewhere.wait(20) == 0
    assert len(driven.recording) == server.total > 50
    assert len(driven.workers) == 2
    assert all(each.requests > 0 for each in driven.workers)
    assert set(server.counts.values()) == {1}


def test_one_worker_too_many_is_sent_away_and_one_that_leaves_in_order_is_told(
    loading: Loading, server: CountingServer, port: int, tmp_path: Path
) -> None:
    scenario = shared(loading.locustfile(READER), port, expect=2)
    with ExitStack() as started:
        started.enter_context(worker(port, tmp_path / "stays"))
        leaves = started.enter_context(worker(port, tmp_path / "leaves"))
        late: list[subprocess.Popen[str]] = []

        def conduct(progress: Progress) -> None:
            if not late:
                late.append(started.enter_context(worker(port, tmp_path / "late")))
            elif late[0].poll() is not None and progress.requests > 50:
                leaves.send_signal(signal.SIGINT)

        driven = loading.drive(
            loading.order(scenario, users=4, duration=90),
            on_progress=conduct,
            should_stop=lambda: leaves.poll() is not None,
        )
        assert late[0].returncode == 1
        assert "this one is not needed" in (late[0].stdout.read() if late[0].stdout else "")
    assert len(driven.workers) == 2
    (left,) = [each for each in driven.workers if each.lost_at is not None]
    assert left.name.endswith(f":{leaves.pid}")
    assert any("left before the load ended" in note for note in driven.notes)
    assert driven.requests_lost == 0
    # A request of each user may be cut off: of two where the one left, and of all four at the end.
    assert server.total - 6 <= len(driven.recording) <= server.total


def test_nobody_who_comes_is_one_clear_error(loading: Loading, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_module, "JOIN_WITHIN", 2)
    scenario = shared(loading.locustfile(READER), port, expect=1)
    with pytest.raises(LoadError, match=r"did not come in time \(0 did\)") as caught:
        loading.drive(loading.order(scenario))
    assert "perfgate worker --master" in caught.value.remedy

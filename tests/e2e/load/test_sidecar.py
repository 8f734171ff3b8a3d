"""Real Locust in a container beside the stack: recorded, stopped, killed and cancelled as on the machine itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest

from perfgate.errors import Cancelled, LoadError
from perfgate.load import following
from perfgate.load.driving import Driven
from perfgate.load.sidecar import Sidecars
from perfgate.records.progress import Progress
from perfgate.settings.scenario import Scenario
from tests.integration.load.conftest import Loading
from tests.integration.load.serving import CountingServer, serving

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]
READER = """
    from locust import HttpUser, constant, task

    class Reader(HttpUser):
        wait_time = constant(0.05)

        @task
        def read(self):
            self.client.get("/health")
"""


@pytest.fixture
def server() -> Iterator[CountingServer]:
    with serving() as running:
        yield running


@pytest.fixture
def loading(server: CountingServer, tmp_path: Path) -> Loading:
    folder = tmp_path / "repository"
    folder.mkdir()
    return Loading(server.url, folder, folder / "out")


class Launcher:
    """On the host's network, where the server of the test is."""

    def __init__(self, image: str, loading: Loading) -> None:
        self.label = f"perfgate.test={uuid.uuid4().hex}"
        name, _, value = self.label.partition("=")
        self._loading = loading
        self._sidecars = Sidecars(
            api=docker.APIClient(version="auto"),
            own_container="",
            image=image,
            workspace=loading.folder,
            to_host=lambda path: path,
            user=os.geteuid(),
            group=os.getegid(),
            labels={name: value},
            python="/opt/perfgate/bin/python",
        )

    def drive(
        self, scenario: Scenario, *, networks: tuple[str, ...] = ("host",), relay: float | None = None, **more: Any
    ) -> Driven:
        order = self._loading.order(scenario, duration=more.pop("duration", 0.6))
        order = replace(order, networks=networks, relay=relay)
        return self._loading.drive(order, launch=self._sidecars, **more)

    @property
    def containers(self) -> list[str]:
        listed = ["docker", "ps", "--all", "--quiet", "--filter", f"label={self.label}"]
        return subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()

    def close(self) -> None:
        self._sidecars.api.close()


@pytest.fixture
def launcher(image: str, loading: Loading) -> Iterator[Launcher]:
    made = Launcher(image, loading)
    yield made
    assert made.containers == []
    made.close()


def test_everything_the_server_counted_is_recorded(
    launcher: Launcher, loading: Loading, server: CountingServer
) -> None:
    driven = launcher.drive(loading.locustfile(READER), duration=2)
    assert (driven.exit_code, driven.ended_because, driven.requests_lost) == (0, "duration", 0)
    assert len(driven.recording) == server.total > 20
    assert loading.progress[-1].requests > 0
    assert (loading.out / "locust.html").exists()


def test_a_relay_in_the_same_container_holds_up_what_is_sent(
    launcher: Launcher, loading: Loading, server: CountingServer
) -> None:
    """What a self-test makes the head slower by: PerfGate's own process could not be reached from there."""
    driven = launcher.drive(loading.locustfile(READER), relay=0.05)
    assert driven.exit_code == 0
    assert len(driven.recording) == server.total > 0
    assert driven.recording.response_time.min() >= 0.05


def test_workers_share_the_load_inside_one_container(
    launcher: Launcher, loading: Loading, server: CountingServer
) -> None:
    scenario = loading.locustfile(READER).model_copy(update={"workers": 2})
    driven = launcher.drive(scenario, duration=60, should_stop=lambda: server.total > 30)
    assert [each.lost_at for each in driven.workers] == [None, None]
    assert driven.recording.complete
    assert driven.requests_lost == 0
    assert server.total - 5 <= len(driven.recording) <= server.total  # a user's last request may be cut off


def test_file_that_cannot_be_imported_is_said_with_its_traceback(launcher: Launcher, loading: Loading) -> None:
    with pytest.raises(LoadError, match="No module named 'no_such_module_here'") as caught:
        launcher.drive(loading.locustfile("import no_such_module_here\n"))
    assert "user_load.py" in caught.value.evidence


def test_stack_that_breaks_ends_the_load_in_order(launcher: Launcher, loading: Loading, server: CountingServer) -> None:
    driven = launcher.drive(loading.locustfile(READER), duration=60, should_stop=lambda: server.total > 10)
    assert driven.ended_because == "stack-broke"
    assert driven.recording.complete
    assert driven.requests_lost == 0
    assert server.total - 5 <= len(driven.recording) <= server.total  # a user's last request may be cut off


def test_killed_container_leaves_a_readable_recording(
    launcher: Launcher, loading: Loading, server: CountingServer
) -> None:
    def kill(progress: Progress) -> None:
        if progress.elapsed > 1.5:
            subprocess.run(["docker", "kill", *launcher.containers], check=False, capture_output=True)

    driven = launcher.drive(loading.locustfile(READER), duration=60, on_progress=kill)
    assert (driven.ended_because, driven.exit_code) == ("locust-quit", -signal.SIGKILL)
    assert not driven.recording.complete
    assert 0.5 * server.total < len(driven.recording) <= server.total


def test_load_that_does_not_end_is_ended_by_force(
    launcher: Launcher, loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "END_WITHIN", 1.5)
    hanging = "\n    from locust import events\n\n    @events.test_stop.add_listener\n    def hang(**_):\n"
    driven = launcher.drive(loading.locustfile(f"{READER}{hanging}        while True: pass\n"), duration=1.2)
    assert "ended by force" in driven.notes[0]
    assert len(driven.recording)


def test_being_cancelled_removes_it_at_once(launcher: Launcher, loading: Loading) -> None:
    at = []

    def cancel(_: Progress) -> None:
        at.append(time.monotonic())
        raise Cancelled(signal.SIGINT)

    with pytest.raises(Cancelled):
        launcher.drive(loading.locustfile(READER), duration=60, on_progress=cancel)
    assert time.monotonic() - at[0] < 30  # the load would have gone on for a minute
    assert launcher.containers == []


def test_network_that_is_gone_is_one_clear_error(launcher: Launcher, loading: Loading) -> None:
    with pytest.raises(LoadError, match="could not be started"):
        launcher.drive(loading.locustfile(READER), networks=("bridge", "no-such-network"))


def test_folder_the_host_cannot_see_is_said(launcher: Launcher, loading: Loading) -> None:
    launcher._sidecars = replace(launcher._sidecars, to_host=lambda _: None)
    with pytest.raises(LoadError, match="in PerfGate's own container alone"):
        launcher.drive(loading.locustfile(READER))


def test_it_has_no_rights(launcher: Launcher, loading: Loading) -> None:
    seen: list[Any] = []

    def look(_: Progress) -> None:
        inspected = subprocess.run(["docker", "inspect", *launcher.containers], check=True, capture_output=True)
        seen.extend(json.loads(inspected.stdout))

    launcher.drive(loading.locustfile(READER), duration=1.5, on_progress=look)
    host = seen[0]["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert not host["Privileged"]
    assert {mount["Destination"]: mount["RW"] for mount in seen[0]["Mounts"]} == {
        str(loading.folder): False,
        str(loading.out): True,
    }

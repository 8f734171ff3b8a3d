"""A load shared by several processes of this machine: all of it is recorded, and whoever is lost is told."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from perfgate.records.progress import Progress
from perfgate.settings.scenario import Scenario, Stage
from perfgate.settings.traffic import Traffic
from tests.integration.load.conftest import Loading
from tests.integration.load.serving import CountingServer
from tests.integration.load.test_endings import READER, Launched, until

pytestmark = pytest.mark.timeout(120)


def workers_of(group: int) -> list[int]:
    """Process ids of the forked workers of the generating process `group`."""
    children = Path(f"/proc/{group}/task/{group}/children").read_text().split()
    return [int(each) for each in children]


def test_all_that_the_server_counted_is_recorded_once(loading: Loading, server: CountingServer) -> None:
    scenario = loading.locustfile(READER).model_copy(update={"workers": 3})
    driven = loading.drive(loading.order(scenario, users=6, duration=4))
    assert (driven.exit_code, driven.ended_because, driven.requests_lost) == (0, "duration", 0)
    assert driven.recording.complete
    assert len(driven.recording) == server.total > 20
    assert [each.requests for each in driven.workers] == list(driven.recording.rows[1:])
    assert all(each.requests > 0 and each.lost_at is None for each in driven.workers)
    assert len(driven.workers) == 3
    assert driven.users_reached == 6
    assert loading.progress[-1].requests > 0


def test_a_killed_worker_is_told_and_what_it_had_sent_is_kept(loading: Loading, server: CountingServer) -> None:
    scenario = loading.locustfile(READER).model_copy(update={"workers": 2})
    killed: list[int] = []
    killed_at: list[float] = []

    def kill_one(_: Progress) -> None:
        sent = [each.stat().st_size > 1000 for each in loading.out.glob("requests-worker-*.pgr")]
        if sent == [True, True] and not killed:
            killed.append(workers_of(launched.pid)[0])
            os.kill(killed[0], signal.SIGKILL)
            killed_at.append(time.time())

    launched = Launched()
    driven = loading.drive(
        loading.order(scenario, users=4, duration=60),
        on_progress=kill_one,
        launch=launched,
        should_stop=lambda: bool(killed) and time.time() - killed_at[0] > 13,
    )
    (lost,) = [each for each in driven.workers if each.lost_at is not None]
    assert lost.name.endswith(f":{killed[0]}")
    assert lost.lost_at == pytest.approx(killed_at[0] - driven.started_at, abs=2)
    assert lost.requests > 0
    assert any(f"Worker {lost.name} was lost" in note for note in driven.notes)
    assert not driven.recording.complete
    assert 0.5 * server.total < len(driven.recording) <= server.total
    until(lambda: launched.is_gone)


def test_without_any_worker_left_the_load_ends(loading: Loading) -> None:
    scenario = loading.locustfile(READER).model_copy(update={"workers": 2})

    def kill_all(progress: Progress) -> None:
        if progress.requests > 50:
            for each in workers_of(launched.pid):
                os.kill(each, signal.SIGKILL)

    launched = Launched()
    driven = loading.drive(loading.order(scenario, users=4, duration=60), on_progress=kill_all, launch=launched)
    assert driven.ended_because == "locust-quit"
    assert all(each.lost_at is not None for each in driven.workers)
    until(lambda: launched.is_gone)


def test_a_stack_that_breaks_ends_all_workers_in_order(loading: Loading, server: CountingServer) -> None:
    scenario = loading.locustfile(READER).model_copy(update={"workers": 2})
    order = loading.order(scenario, users=4, duration=60)
    driven = loading.drive(order, should_stop=lambda: server.total > 100)
    assert driven.ended_because == "stack-broke"
    assert driven.recording.complete
    assert driven.requests_lost == 0
    assert server.total - 4 <= len(driven.recording) <= server.total


def test_of_declared_traffic_at_a_rate_no_worker_sends_what_another_has_sent(
    loading: Loading, server: CountingServer
) -> None:
    traffic = Traffic.model_validate(
        {
            "rate": "60/s",
            "requests": [{"path": "/item/{id}", "values": {"id": "sequence"}}],
        }
    )
    order = loading.order(Scenario(traffic=traffic, workers=3), users=9, duration=60)
    driven = loading.drive(order, should_stop=lambda: server.total > 90)
    assert (driven.requests_lost, len(driven.workers)) == (0, 3)
    assert set(server.counts.values()) == {1}  # no worker asked for what another had asked for


def test_a_shape_is_followed_by_all_together(loading: Loading) -> None:
    stages = (Stage.model_construct(duration=3, users=6, spawn_rate=100),)
    scenario = loading.locustfile(READER).model_copy(update={"workers": 2})
    driven = loading.drive(loading.order(scenario, users=6, duration=3, stages=stages))
    assert (driven.ended_because, driven.users_reached, driven.requests_lost) == ("duration", 6, 0)
    assert driven.recording.complete

"""Traffic that `perfgate.yml` declares, sent by real Locust."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from perfgate.errors import SettingsError
from perfgate.load.order import declared_endpoints
from perfgate.records.progress import Progress
from perfgate.settings.scenario import Scenario
from perfgate.settings.traffic import Traffic
from tests.integration.load.conftest import Loading
from tests.integration.load.serving import CountingServer


def declared(*requests: dict[str, Any]) -> Scenario:
    return Scenario(traffic=Traffic.model_validate({"wait": "10ms..30ms", "requests": requests}))


def test_it_is_sent_as_declared_and_counted_under_its_names(loading: Loading, server: CountingServer) -> None:
    scenario = declared(
        {"path": "/tickets/{id}", "values": {"id": "1..3"}, "weight": 4},
        {
            "method": "POST",
            "path": "/tickets",
            "headers": {"X-Number": "n-{n}"},
            "json": {"n": "{n}", "title": "ticket {n}"},
            "values": {"n": "sequence"},
        },
        {"method": "POST", "path": "/hook", "name": "hook", "body": "colour={colour}", "values": {"colour": ["red"]}},
    )
    order = loading.order(scenario, hosts={"API": "127.0.0.1"}, duration=3)
    order = type(order)(**{**vars(order), "target": f"http://api:{urlsplit(server.url).port}"})
    driven = loading.drive(order)

    assert {each.label for each in driven.recording.endpoints} == {"GET /tickets/{id}", "POST /tickets", "POST hook"}
    assert set(driven.recording.endpoints) == set(declared_endpoints(scenario))
    assert len(driven.recording) == server.total
    assert server.hosts == {urlsplit(order.target).netloc}
    gets = {path: count for path, count in server.counts.items() if path.startswith("GET")}
    assert set(gets) == {f"GET /tickets/{number}" for number in (1, 2, 3)}
    assert sum(gets.values()) > server.counts["POST /tickets"]
    tickets = sorted(
        (json.loads(body)["n"], headers, body) for path, headers, body in server.bodies if path == "/tickets"
    )
    assert [number for number, _, _ in tickets] == list(range(1, len(tickets) + 1))
    number, headers, body = tickets[-1]
    assert body == json.dumps({"n": number, "title": f"ticket {number}"}, separators=(",", ":")).encode()
    assert headers["X-Number"] == f"n-{number}"
    assert headers["Content-Type"] == "application/json"
    assert {body for path, _, body in server.bodies if path == "/hook"} == {b"colour=red"}


def test_what_is_expected_decides_what_fails(loading: Loading, server: CountingServer) -> None:
    scenario = declared(
        {"path": "/status/404", "name": "expected", "expect_status": [404]},
        {"path": "/status/503", "name": "failing"},
        {"path": "/", "name": "other status", "expect_status": [201, 204]},
        {"path": "/", "name": "right text", "expect_body": '"ok"'},
        {"path": "/", "name": "wrong text", "expect_body": "sorry"},
        {"path": "/stuck", "name": "late", "timeout": "200ms"},
    )
    driven = loading.drive(loading.order(scenario, duration=60), should_stop=lambda: server.total > 100)
    recording = driven.recording
    messages = {
        recording.endpoints[endpoint].name: recording.messages[message]
        for endpoint, message in zip(recording.endpoint, recording.message, strict=True)
    }
    late = messages.pop("late")
    assert "no whole answer within 0.2 s" in late
    assert messages == {
        "expected": "",
        "failing": "status 503",
        "other status": "status 200, expected 201 or 204",
        "right text": "",
        "wrong text": "the answer does not contain 'sorry'",
    }
    names = np.array([each.name for each in recording.endpoints])
    of_late = names[recording.endpoint] == "late"
    assert recording.response_time[of_late].min() >= 0.2
    assert recording.response_time[of_late].max() < 10  # and not what Locust allows
    assert set(recording.status[of_late]) == {0}


@pytest.mark.alone
def test_users_spawned_together_do_not_stay_in_step(loading: Loading) -> None:
    traffic = Traffic.model_validate({"wait": "1s", "requests": [{"path": "/health"}]})
    driven = loading.drive(loading.order(Scenario(traffic=traffic), users=30, duration=1.1))
    begun = np.sort(driven.recording.start - driven.started_at)[:30]
    assert begun[0] < 0.3
    assert begun[-1] > 0.7
    # In step all 30 would begin in a moment; a machine that stops for a while lets a part of them do so.
    assert max(np.sum((begun >= each) & (begun < each + 0.2)) for each in begun) < 20


def test_a_server_that_is_gone_is_recorded_as_failures_not_an_error(loading: Loading, server: CountingServer) -> None:
    order = loading.order(declared({"path": "/health"}))
    order = type(order)(**{**vars(order), "target": "http://127.0.0.1:9"})
    driven = loading.drive(order)
    assert (driven.recording.message > 0).all()
    assert "refused" in driven.recording.messages[1]
    assert driven.ended_because == "duration"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"path": "/tickets/{id}"}, "GET /tickets/{id}: nothing says what {id} is to be filled with"),
        ({"path": "/x", "values": {"id": "many"}}, "GET /x: 'many' names no generator"),
    ],
)
def test_traffic_that_cannot_be_generated_is_refused_before_any_load(
    loading: Loading, request_: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        loading.drive(loading.order(declared(request_)))
    assert said in caught.value.message
    assert not loading.out.exists()


def test_what_hangs_to_the_end_is_a_failure_and_what_is_only_slow_is_not(
    loading: Loading, server: CountingServer
) -> None:
    """`/stuck` answers at once at first; `/long` is cut off, too, and never took less."""
    server.release.set()
    order = loading.order(declared({"path": "/stuck", "weight": 200}, {"path": "/long"}), users=8, duration=2.5)

    def hang(progress: Progress) -> None:
        if progress.requests > 20:
            server.release.clear()

    driven = loading.drive(replace(order, stop_timeout=1), on_progress=hang)
    server.release.set()
    recording = driven.recording
    failed = [recording.endpoints[recording.endpoint[at]].name for at in np.flatnonzero(recording.message)]
    assert set(failed) == {"/stuck"}
    assert "when the load ended" in recording.messages[1]
    assert driven.requests_lost == 0

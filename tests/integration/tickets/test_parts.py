"""Parts of the example platform in this process: what a whole one shows too seldom or too late."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from kombu import Connection

from tickets import broker, file_broker
from tickets.api import api
from tickets.metrics import WorkerMetrics
from tickets.signing import sign
from tickets.store import Store
from tickets.switches import Delay, Switches
from tickets.worker import RETRIES, worker


@pytest.fixture
def switches(tmp_path: Path) -> Switches:
    return Switches.read({"TICKETS_DATA": str(tmp_path), "TICKETS_SEED": "2", "TICKETS_LLM": "http://127.0.0.1:1"})


@pytest.fixture
def store(switches: Switches) -> Store:
    made = Store(switches.database, pool=1, wait=0.05)
    made.create(fresh=False, seed=2)
    return made


def test_create_keeps_tickets_unless_asked_for_a_fresh_start(store: Store) -> None:
    assert store.add("api", "t", "d") == 3
    store.create(fresh=False, seed=2)
    assert len(store.newest(10)) == 3
    store.create(fresh=True, seed=2)
    assert [ticket["id"] for ticket in store.newest(10)] == [2, 1]


def test_open_queue_keeps_waiting_tickets_unless_asked_for_a_fresh_start(switches: Switches) -> None:
    queue = broker.queue(switches)
    broker.open_queue(queue, fresh=False)
    broker.enqueue(queue, 1)
    broker.open_queue(queue, fresh=False)
    assert broker.depth(queue) == 1
    broker.open_queue(queue, fresh=True)
    assert broker.depth(queue) == 0


def test_exhausted_pool_is_said_not_waited_for(switches: Switches, store: Store) -> None:
    client = api(switches, store, broker.queue(switches)).test_client()
    with store._engine.connect():
        assert store.connections_in_use() == 1
        answer = client.get("/api/v1/tickets")
    assert answer.status_code == 503
    assert "QueuePool limit" in answer.json["error"]
    assert client.get("/api/v1/tickets").status_code == 200


def test_reserialising_server_refuses_a_rightly_signed_body(switches: Switches, store: Store) -> None:
    body = b'{"title":"compact"}'
    headers = {"X-Signature": sign(switches.secret, body)}
    right = api(switches, store, broker.queue(switches)).test_client()
    assert right.post("/webhooks/desk", data=body, headers=headers).status_code == 202
    wrong = api(replace(switches, reserialise=True), store, broker.queue(switches)).test_client()
    assert wrong.post("/webhooks/desk", data=body, headers=headers).status_code == 401


def test_delay_of_an_endpoint_that_is_not_there_is_refused(switches: Switches, store: Store) -> None:
    mistaken = replace(switches, delays={"GET /api/v2/health": Delay(seconds=1)})
    with pytest.raises(ValueError, match="no such endpoint to delay: GET /api/v2/health"):
        api(mistaken, store, broker.queue(switches))


def test_ticket_that_the_llm_never_answers_is_retried_then_failed(switches: Switches, store: Store) -> None:
    metrics = WorkerMetrics()
    app = worker(switches, metrics)
    app.conf.task_always_eager = True
    ticket = store.add("api", "t", "d")
    app.tasks[broker.ENRICH].delay(ticket, 0.0)
    assert store.get(ticket)["status"] == "failed"
    assert metrics.registry.get_sample_value("tickets_enrichments_total", {"outcome": "retried"}) == RETRIES
    assert metrics.registry.get_sample_value("tickets_enrichments_total", {"outcome": "failed"}) == 1


def test_file_broker_hands_over_each_message_whole_and_once(tmp_path: Path) -> None:
    options = file_broker.options(tmp_path)
    count, payload = 300, "x" * 100_000

    def write() -> None:
        with Connection("files://", transport_options=options) as connection:
            for number in range(count):
                connection.default_channel._put("q", {"number": number, "payload": payload})

    writer = threading.Thread(target=write)
    writer.start()
    got = []
    with Connection("files://", transport_options=options) as connection:
        channel = connection.default_channel
        while writer.is_alive() or channel._size("q"):
            if channel._size("q"):
                got.append(channel._get("q"))
    writer.join()
    assert [message["number"] for message in got] == list(range(count))
    assert all(message["payload"] == payload for message in got)

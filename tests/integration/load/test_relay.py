"""A relay before a real server on 127.0.0.1: by itself, and between Locust and the server."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from perfgate.load.relay import relay
from tests.integration.load.conftest import Loading
from tests.integration.load.serving import CountingServer


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: what is asked is asserted."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = False  # so that leaving waits for their connections to end
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def asked(port: int, body: bytes, times: int = 1) -> tuple[list[bytes], float]:
    """Answers over one connection, and the shortest time that one took."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as client:
        answers, took = [], []
        for _ in range(times):
            begun = time.perf_counter()
            client.request("POST", "/", body)
            answers.append(client.getresponse().read())
            took.append(time.perf_counter() - begun)
        return answers, min(took)


def test_every_request_of_a_connection_arrives_later_and_whole(port: int) -> None:
    body = bytes(range(256)) * 2000  # many parts, held up once
    with relay("127.0.0.1", port, 0.05) as before:
        answers, shortest = asked(before, body, times=3)
    assert answers == [body] * 3
    assert shortest >= 0.05


def test_without_a_delay_it_only_passes_on(port: int) -> None:
    with relay("127.0.0.1", port, 0.0) as before:
        assert asked(before, b"hello")[0] == [b"hello"]


def test_a_server_that_is_not_there_ends_the_connection() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        with (
            relay("127.0.0.1", nobody.getsockname()[1], 0.01) as before,
            socket.create_connection(("127.0.0.1", before), timeout=10) as client,
        ):
            assert client.recv(1) == b""


def test_once_left_nothing_listens_any_more(port: int) -> None:
    with (
        relay("127.0.0.1", port, 0.01) as before,
        socket.create_connection(("127.0.0.1", before), timeout=10) as client,
    ):
        client.sendall(b"POST / HTTP/1.1\r\n")  # a connection that stays open is ended, too
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", before), timeout=10)


def test_locust_reaches_the_target_through_it_under_the_same_name(loading: Loading, server: CountingServer) -> None:
    """Both of Locust's clients, and every request of theirs."""
    mixed = loading.locustfile("""
        from locust import FastHttpUser, HttpUser, task

        class Plain(HttpUser):
            @task
            def read(self):
                self.client.get("/plain")

        class Fast(FastHttpUser):
            @task
            def read(self):
                self.client.get("/fast")
    """)
    order = replace(loading.order(mixed), target=server.url.replace("127.0.0.1", "api"), hosts={"api": "127.0.0.1"})
    driven = loading.drive(replace(order, relay=0.05))
    assert driven.recording.response_time.min() >= 0.05
    assert set(server.counts) == {"GET /plain", "GET /fast"}
    assert server.hosts == {f"api:{server.server_port}"}


def test_what_is_not_the_target_is_reached_directly(loading: Loading, server: CountingServer) -> None:
    elsewhere = loading.locustfile(f"""
        from locust import HttpUser, task

        class Elsewhere(HttpUser):
            @task
            def read(self):
                self.client.get("{server.url}/elsewhere")
    """)
    order = replace(loading.order(elsewhere), target="http://127.0.0.1:9", relay=0.3)
    assert loading.drive(order).recording.response_time.min() < 0.3

"""Containers watched through a stand-in for the engine, over a real socket: streams that break off or end."""

from __future__ import annotations

import http.server
import json
import os
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import docker
import pytest

from perfgate.records.stack import StackKind
from perfgate.settings.telemetry import Telemetry as Settings
from perfgate.telemetry.watched import Watched
from perfgate.telemetry.watching import watch


class Engine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    allow_reuse_address = True


def stats(second: int) -> bytes:
    answer = {
        "read": f"2026-11-25T12:00:{second:02}.000000000Z",
        "cpu_stats": {"cpu_usage": {"total_usage": (second + 1) * 250_000_000}},
        "memory_stats": {"usage": 10_000_000, "stats": {"inactive_file": 4_000_000}},
    }
    return json.dumps(answer).encode() + b"\n"


class Answers(http.server.BaseHTTPRequestHandler):
    """`steady` goes on, `broken` breaks off after three answers, `ended` sends empty ones, others are not there."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.split("/")[3]
        if name not in {"steady", "broken", "ended"}:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for second in range(3 if name == "broken" else 58):
            text = b"{}\n" if name == "ended" else stats(second)
            for part in (text[:20], text[20:]):  # chunks need not be lines
                if part:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
            time.sleep(0.1)
        self.close_connection = True

    def address_string(self) -> str:
        return "engine"

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Any]:
    server = Engine(str(tmp_path / "engine.sock"), Answers)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who listened has gone
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    with closing(docker.APIClient(base_url=f"unix://{tmp_path / 'engine.sock'}", version="1.41")) as client:
        yield client
    server.shutdown()
    server.server_close()
    thread.join()


def test_each_container_has_its_stream_and_each_its_own_end(api: Any, tmp_path: Path) -> None:
    names = ("steady", "broken", "ended", "missing")
    watched = Watched(
        kind=StackKind.COMPOSE,
        target="http://127.0.0.1:9",
        folder=tmp_path,
        environ=os.environ,
        containers={name: name for name in names},
    )
    begun = time.time()
    with watch(Settings(), watched, api) as watching:
        deadline = begun + 20
        while len(watching._samples.gaps(begun, time.time())) < 3 or len(watching.now()) < 4:
            assert time.time() < deadline, watching._samples.gaps(begun, time.time())
            time.sleep(0.1)
        found = watching.result(begun, time.time(), 0.0, ())
    series = {each.key.label: each.values for each in found.series}
    assert {round(each, 6) for each in series["container steady: cpu"] if each is not None} == {0.25}
    assert set(series["container steady: memory"]) == {6_000_000}
    assert series["container broken: cpu"][:2] == pytest.approx((0.25, 0.25))
    assert {gap.subject: gap.why for gap in found.gaps} == {
        "broken": "the engine's statistics broke off: Response ended prematurely",
        "ended": "it does not run",
        "missing": "it was removed",
    }

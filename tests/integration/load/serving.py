"""A small HTTP server on the loopback that counts what it answered: the truth that recordings are held against."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class CountingServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.hosts: set[str] = set()
        self.bodies: list[tuple[str, dict[str, str], bytes]] = []
        self.release = threading.Event()  # of those stuck

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away in the middle are what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    """`/status/404` answers so, `/slow` takes 0.3 s, `/long` 5 s, `/stuck` until the end; others `{"ok":true}`."""

    server: CountingServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/slow":
            time.sleep(0.3)
        if self.path == "/long":
            time.sleep(5)
        if self.path == "/stuck":
            self.server.release.wait(30)
        status = int(self.path.rpartition("/")[2]) if self.path.startswith("/status/") else 200
        answer = b'{"ok":true}'
        with self.server.lock:
            self.server.counts[f"{self.command} {self.path}"] += 1
            self.server.hosts.add(self.headers["Host"])
            if body:
                self.server.bodies.append((self.path, dict(self.headers), body))
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = _answer  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[CountingServer]:
    server = CountingServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        thread.join()
        server.server_close()

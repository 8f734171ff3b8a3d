"""A service desk of one process on the loopback: jobs that take a while, and answers that come piece by piece."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JOB_TAKES = 0.3  # seconds
FIRST_TOKEN, PER_TOKEN, TOKENS = 0.15, 0.02, 6  # seconds, seconds, many


class Desk(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.begun: dict[int, float] = {}  # by number, as `done`
        self.done: dict[int, float] = {}  # when it was first said
        self.requests: list[tuple[str, str, bytes]] = []  # method, path, body

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away in the middle are what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: Desk
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            self.server.requests.append(("POST", self.path, body))
            number = next(self.server.numbers)
            self.server.begun[number] = time.monotonic()
        if self.path.startswith("/chat"):
            self._stream(self.path.rpartition("/")[2])
        else:
            said = {"data": {"items": [{"id": number}]}, "text": f"your job is #{number}."}
            self._answer(202, json.dumps(said).encode(), Location=f"/jobs/{number}")

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.requests.append(("GET", self.path, b""))
        kind, _, number = self.path.strip("/").partition("/")
        now = time.monotonic()
        since = now - self.server.begun.get(int(number or 0), now)
        if kind == "jobs" and since >= JOB_TAKES:
            self.server.done.setdefault(int(number), now)
        if kind == "later" and since < JOB_TAKES:
            self._answer(404, b"{}")
        elif kind == "broken":
            self._answer(200, b'{"state": "failed"}')
        elif kind in {"jobs", "later"}:
            self._answer(200, json.dumps({"state": "done" if since >= JOB_TAKES else "new"}).encode())
        else:  # never
            self._answer(200, b'{"state": "new"}')

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, how: str) -> None:
        """`how`: chat (as it should be), closed (without chunks), cut, unfinished, failing, slow, refused."""
        if how == "refused":
            self._answer(429, b'{"error": "later"}')
            return
        is_chunked = how != "closed"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header(*(("Transfer-Encoding", "chunked") if is_chunked else ("Connection", "close")))
        self.end_headers()
        begun = time.monotonic()
        for number in range(TOKENS):
            time.sleep(max(0.0, begun + FIRST_TOKEN + number * PER_TOKEN - time.monotonic()))
            delta = {"choices": [{"delta": {"content": "wörd "}}]}
            event = f": a comment\r\ndata: {json.dumps(delta, ensure_ascii=False)}\r\n\r\n".encode()
            at = event.index("ö".encode()) + 1  # in the middle of a character
            for piece in (event[:at], event[at:]):
                self._piece(piece, is_chunked)
            if number == TOKENS // 2 and how == "cut":
                self.close_connection = True
                return
            if number == TOKENS // 2 and how == "slow":
                time.sleep(1.5)
            if number == TOKENS // 2 and how == "failing":
                self._piece(b'data: {"error": {"message": "overloaded"}}\n\n', is_chunked)
        self._piece(b'data: {"choices":[],"usage":{"completion_tokens":11}}\n\n', is_chunked)
        if how != "unfinished":
            self._piece(b"data: [DONE]\n\n", is_chunked)
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def _piece(self, data: bytes, is_chunked: bool) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if is_chunked else data)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def desk() -> Iterator[Desk]:
    server = Desk()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""The application under test: `python application.py <port> [how it misbehaves]`. Two endpoints beside `/health`.

`/items` and `/orders` take 20 ms, or what `DELAY_ITEMS` and `DELAY_ORDERS` say (seconds); `/broken` answers 500.
"""

from __future__ import annotations

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

TAKES = {
    "/health": 0.0,
    "/items": float(os.environ.get("DELAY_ITEMS", "0.02")),
    "/orders": float(os.environ.get("DELAY_ORDERS", "0.02")),
    "/broken": 0.0,
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        time.sleep(TAKES.get(path, 0))
        if path == "/die":
            os._exit(3)
        self.send_response({"/broken": 500}.get(path, 200 if path in TAKES else 404))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is no news."""


def main(port: str, how: str = "") -> None:
    print("the application starts", flush=True)  # noqa: T201
    if how == "ends":
        sys.exit("no licence found: cannot start")
    if how == "commands":
        sys.exit("::set-output name=verdict::pass\n  ::error::shouted")
    if how == "hangs":
        time.sleep(600)
    Server(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])

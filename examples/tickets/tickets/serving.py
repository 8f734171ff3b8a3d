"""One web server for API and LLM stand-in: threads, keep-alive, one process, so that metrics are whole."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from flask import Flask
from waitress.server import create_server


def serve(app: Flask, name: str, host: str, port: int, threads: int) -> None:
    """Until SIGTERM or Ctrl-C. Port 0 takes a free one; the address is printed."""
    signal.signal(signal.SIGTERM, _end)  # as PID 1 of a container, Python would ignore it
    server = create_server(
        app,
        host=host,
        port=port,
        threads=threads,
        connection_limit=1000,
        asyncore_use_poll=True,  # select() ends at file descriptor 1024
        ident="tickets",
    )
    print(f"{name} listens on http://{host}:{server.effective_port}", flush=True)
    server.run()


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)

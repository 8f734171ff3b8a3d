"""Ports of 127.0.0.1 for programs that have to be told one, given to nobody else meanwhile.

A port that was bound as 0 and let go may be given to any connection, or to another test, before its program listens.
These lie below what Linux gives away of itself (32768 and up), and each process that runs tests has a hundred alone.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import socket
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

BLOCKS = range(21_000, 27_000, 100)


def free_port() -> int:
    """Of the hundred the next at which nobody listens, and nobody did a moment ago."""
    return next(port for port in _mine() if _can_be_bound(port))


def free_ports(many: int) -> list[int]:
    return [free_port() for _ in range(many)]


@cache
def _mine() -> Iterator[int]:
    """Round and round; the lock ends with this process."""
    folder = Path(tempfile.gettempdir()) / f"perfgate-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for first in BLOCKS:
        lock = os.open(folder / str(first), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return itertools.cycle(range(first, first + 100))
    raise RuntimeError(f"all {len(BLOCKS)} blocks of ports are in use by other tests")


def _can_be_bound(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True

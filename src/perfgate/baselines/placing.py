"""Files on the local disk that are whole or not there, whatever happens to the writer or the machine."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

UNFINISHED: Final = ".tmp"
ABANDONED_AFTER: Final = 3600.0  # seconds; no write takes so long


def place(path: Path, data: bytes, *, sync: Callable[[int], None] = os.fsync) -> None:
    """Write beside and rename. `sync` makes a file descriptor's bytes last; the rename must not outlive them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}{UNFINISHED}")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            sync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def sweep(folder: Path, *, now: float) -> None:
    """Remove what writers left that were killed; `now` in seconds since the epoch."""
    for left in folder.glob(f".*{UNFINISHED}"):
        try:
            if now - left.stat().st_mtime > ABANDONED_AFTER:
                left.unlink()
        except FileNotFoundError:
            continue  # its writer lives, and has just renamed it

"""Turns of a side: when its users may run. One JSON line each in a file that the generating process follows.

A file, not a pipe, because that process may run in a container that shares nothing but the folder; and it stays as
evidence of when each block was.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

TURNS_FILE: Final = "turns.jsonl"
END: Final = "end"


@dataclass(frozen=True)
class Turn:
    """Seconds since the epoch; the same `seed` on both sides makes them send the same requests."""

    opens: float
    closes: float
    seed: int


def append_turn(path: Path, turn: Turn) -> None:
    _append(path, json.dumps(asdict(turn)))


def append_end(path: Path) -> None:
    """After the last turn: the load ends."""
    _append(path, json.dumps(END))


def decode_turn(line: str) -> Turn | None:
    """None: the end."""
    value = json.loads(line)
    return None if value == END else Turn(**value)


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")

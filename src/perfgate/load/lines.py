"""What the generating process says on its standard output while it runs: JSON lines, `{"perfgate": kind, …}`.

Standard output, and nothing else, because the same program may run in a container whose output is followed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from perfgate.records.progress import Progress

LONGEST_LINE: Final = 1 << 20  # bytes


class Trouble(StrEnum):
    """Why the generating process gave up."""

    NOT_IMPORTED = "not-imported"
    NO_TASKS = "no-tasks"
    NOT_WRITTEN = "not-written"
    DISTRIBUTED = "distributed"
    NOT_JOINED = "not-joined"


class Pieces:
    """Whole lines of an output that comes in pieces. A line that is longer than any of ours comes as it is."""

    def __init__(self) -> None:
        self._rest = b""

    def lines(self, piece: bytes) -> Sequence[str]:
        """An empty piece is the end: what is left comes as the last line."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LONGEST_LINE or (not piece and self._rest):
            whole, self._rest = [*whole, self._rest], b""
        return [line.decode(errors="replace") for line in whole]


@dataclass(frozen=True)
class Started:
    """The first users are about to be spawned; `locust` is its version."""

    at: float  # seconds since the epoch
    locust: str


@dataclass(frozen=True)
class Note:
    """A doubt to be shown to the reader."""

    text: str


@dataclass(frozen=True)
class Failure:
    """`detail` is one line; `evidence` is foreign text, such as the end of a traceback."""

    trouble: Trouble
    detail: str
    evidence: str = ""


Line = Started | Progress | Note | Failure
_KINDS: dict[str, type[Line]] = {"started": Started, "progress": Progress, "note": Note, "failure": Failure}


def encode_line(line: Line) -> str:
    kind = next(name for name, each in _KINDS.items() if isinstance(line, each))
    return json.dumps({"perfgate": kind, **asdict(line)}) + "\n"


def decode_line(text: str) -> Line | None:
    """None for anything else that came out of the process: it is foreign text."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    kind = _KINDS.get(str(value.pop("perfgate", None)))
    if kind is None or set(value) != set(kind.__dataclass_fields__):
        return None
    return _checked(kind, value)


def _checked(kind: type[Line], value: dict[str, Any]) -> Line | None:
    numbers_only = kind is Progress
    for name, each in value.items():
        if numbers_only and each is not None and not _is_number(each):
            return None
        if not numbers_only and name != "at" and not isinstance(each, str):
            return None
    if kind is Started and not _is_number(value["at"]):
        return None
    if kind is Failure:
        try:
            value["trouble"] = Trouble(value["trouble"])
        except ValueError:
            return None
    return kind(**value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

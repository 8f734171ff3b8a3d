"""The recording as bytes: an append-only file of frames, whole up to the last flush whatever happens to the process.

A file is a sequence of frames. Each is `HEADER` (magic, kind, rows, payload length, CRC-32 of the payload) and its
payload. A torn last frame is left out and said so. Written inside Locust, where numpy is not imported; read by
`records.recording`.

kind  payload
'H'   JSON object, first frame: schema version, clock, worker, what the load was told
'E'   JSON object: endpoint id -> [method, name], ids not defined before
'M'   JSON object: failure message id -> text, ids not defined before (id 0 means no failure)
'R'   `rows` requests as columns one after the other, in the order and with the item types of `COLUMNS`
'S'   JSON object: one sample of the generator's own health
'Z'   JSON object, last frame: the load ended in order, totals to check against

History of the schema
1     first
2     several generators: a worker's head has `worker_of` and `clock_offset` (seconds to add to its times), and its
      samples of health have no users, whom the master counts
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

SCHEMA_VERSION: Final = 2
READABLE: Final = (1, 2)
MAGIC: Final = b"PGR1"
HEADER: Final = struct.Struct("<4sccIQI")  # magic, kind, reserved, rows, payload bytes, CRC-32

# (name, `array` and `struct` item code, meaning); little-endian, so 25 bytes a request
COLUMNS: Final[tuple[tuple[str, str, str], ...]] = (
    ("start", "d", "seconds since the epoch at which sending began"),
    ("lag", "f", "seconds from the intended start to sending; 0 where users wait for answers"),
    ("response_time", "f", "seconds from sending to the last byte"),
    ("size", "I", "bytes of the answer's body"),
    ("endpoint", "H", "id of the endpoint"),
    ("status", "H", "HTTP status, 0 where there was none"),
    ("message", "H", "id of the failure message, 0 for a success"),
)


class FrameKind(StrEnum):
    HEAD = "H"
    ENDPOINTS = "E"
    MESSAGES = "M"
    REQUESTS = "R"
    HEALTH = "S"
    END = "Z"


_KINDS: Final = frozenset(kind.value.encode() for kind in FrameKind)


@dataclass(frozen=True)
class Frame:
    kind: FrameKind
    rows: int
    payload: memoryview

    def json(self) -> dict[str, Any]:
        """Raises `DamagedRecordingError` for what is no object."""
        try:
            value = json.loads(bytes(self.payload))
        except (ValueError, RecursionError) as error:
            raise DamagedRecordingError(f"a frame of kind {self.kind.value} is damaged: {error}") from error
        if not isinstance(value, dict):
            raise DamagedRecordingError(f"a frame of kind {self.kind.value} holds no object")
        return value


class DamagedRecordingError(ValueError):
    """The bytes are no recording, or one of a newer schema; a torn end is not an error."""


def encode_frame(kind: FrameKind, payload: bytes, rows: int = 0) -> bytes:
    return HEADER.pack(MAGIC, kind.value.encode(), b"\0", rows, len(payload), zlib.crc32(payload)) + payload


def encode_json_frame(kind: FrameKind, value: Mapping[str, Any]) -> bytes:
    return encode_frame(kind, json.dumps(value, separators=(",", ":")).encode())


def read_frames(data: memoryview) -> Iterator[Frame]:
    """The whole frames of `data`, in order; stops before a torn or damaged one.

    Raises `DamagedRecordingError` if `data` does not begin with a frame.
    """
    at = 0
    while at + HEADER.size <= len(data):
        magic, kind, _, rows, length, crc = HEADER.unpack_from(data, at)
        if magic != MAGIC or kind not in _KINDS:
            break
        payload = data[at + HEADER.size : at + HEADER.size + length]
        if len(payload) < length or zlib.crc32(payload) != crc:
            break
        yield Frame(FrameKind(kind.decode()), rows, payload)
        at += HEADER.size + length
    if at == 0:
        raise DamagedRecordingError("this is not a recording: it does not begin with a frame")

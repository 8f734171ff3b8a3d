"""A recording read back: every request as a row of numpy columns, and the generator's own health."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError

from perfgate.records.endpoint import Endpoint
from perfgate.records.frames import (
    COLUMNS,
    READABLE,
    SCHEMA_VERSION,
    DamagedRecordingError,
    Frame,
    FrameKind,
    read_frames,
)

DTYPES: Final = {name: np.dtype("<" + {"d": "f8", "f": "f4", "I": "u4", "H": "u2"}[code]) for name, code, _ in COLUMNS}
ROW: Final = sum(dtype.itemsize for dtype in DTYPES.values())  # bytes


@dataclass(frozen=True)
class HealthSample:
    """One second of the generator's own process; see `records.frames`, kind 'S'."""

    at: float  # seconds since the epoch
    cpu: float  # of one core, user and system
    loop_lags: tuple[float, ...]  # seconds by which a 20 ms timer came late
    users: int | None  # None: of a worker; how many users there are in all is for the master to say


@dataclass(frozen=True)
class Recording:
    """Columns are equally long, ordered by file and then by the time a request ended.

    Times are seconds; `endpoint` indexes `endpoints`, `message` indexes `messages` (0: success).
    """

    endpoints: tuple[Endpoint, ...]
    messages: tuple[str, ...]
    start: NDArray[np.float64]
    lag: NDArray[np.float32]
    response_time: NDArray[np.float32]
    size: NDArray[np.uint32]
    endpoint: NDArray[np.uint16]
    status: NDArray[np.uint16]
    message: NDArray[np.uint16]
    health: tuple[HealthSample, ...]
    heads: tuple[dict[str, Any], ...]
    ends: tuple[dict[str, Any] | None, ...]
    rows: tuple[int, ...] = ()  # requests of each file

    @property
    def complete(self) -> bool:
        """Every file ended in order."""
        return bool(self.ends) and all(end is not None for end in self.ends)

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which rows are requests that belong to the total; see `endpoint.ASIDE`."""
        aside = np.array([each.is_aside for each in self.endpoints], bool)
        return ~aside[self.endpoint] if aside.any() else np.ones(len(self), bool)

    def __len__(self) -> int:
        return len(self.start)


_Id = Annotated[int, Field(ge=0, lt=2**16)]
_Told = TypeVar("_Told")
_ENDPOINTS: Final = TypeAdapter(dict[_Id, tuple[str, str]])
_MESSAGES: Final = TypeAdapter(dict[_Id, str])
_HEALTH: Final = TypeAdapter(HealthSample)


def decode(files: Iterable[memoryview]) -> Recording:
    """Merge the recordings of one load, one per generator process. Endpoint ids are made common; times of a worker
    whose clock differs are told by the master's clock.

    Raises `DamagedRecordingError` for bytes that are no recording or one of another schema version.
    """
    merged = _Merge()
    for data in files:
        merged.add(data)
    return merged.result()


class _Merge:
    def __init__(self) -> None:
        self.endpoints: dict[tuple[str, str], int] = {}
        self.messages: dict[str, int] = {"": 0}
        self.columns: dict[str, list[NDArray[Any]]] = {name: [] for name in DTYPES}
        self.health: list[HealthSample] = []
        self.heads: list[dict[str, Any]] = []
        self.ends: list[dict[str, Any] | None] = []
        self.rows: list[int] = []

    def add(self, data: memoryview) -> None:  # noqa: C901 - one case a kind of frame
        endpoint_ids: dict[int, int] = {}
        message_ids: dict[int, int] = {0: 0}
        end: dict[str, Any] | None = None
        rows, clock_offset = 0, 0.0
        for at, frame in enumerate(read_frames(data)):
            if (at == 0) is not (frame.kind is FrameKind.HEAD):
                raise DamagedRecordingError("its head is not where it should be")
            match frame.kind:
                case FrameKind.HEAD:
                    self.heads.append(_head(frame))
                    clock_offset = _clock_offset(self.heads[-1])
                case FrameKind.ENDPOINTS:
                    for own, name in _parsed(_ENDPOINTS, frame).items():
                        endpoint_ids[own] = self.endpoints.setdefault(name, len(self.endpoints))
                case FrameKind.MESSAGES:
                    for own, text in _parsed(_MESSAGES, frame).items():
                        message_ids[own] = self.messages.setdefault(text, len(self.messages))
                case FrameKind.REQUESTS:
                    self._add_requests(frame, endpoint_ids, message_ids, clock_offset)
                    rows += frame.rows
                case FrameKind.HEALTH:
                    sample = _parsed(_HEALTH, frame)
                    self.health.append(replace(sample, at=sample.at + clock_offset))
                case FrameKind.END:
                    end = frame.json()
        self.ends.append(end)
        self.rows.append(rows)

    def _add_requests(
        self, frame: Frame, endpoint_ids: dict[int, int], message_ids: dict[int, int], clock_offset: float
    ) -> None:
        if frame.rows * ROW != len(frame.payload):
            raise DamagedRecordingError(f"a frame of {len(frame.payload)} bytes claims {frame.rows} requests")
        at = 0
        for name, dtype in DTYPES.items():
            column = np.frombuffer(frame.payload, dtype=dtype, count=frame.rows, offset=at)
            at += frame.rows * dtype.itemsize
            if name == "endpoint":
                column = _renumber(column, endpoint_ids)
            elif name == "message":
                column = _renumber(column, message_ids)
            elif name == "start" and clock_offset:
                column = column + clock_offset
            self.columns[name].append(column)

    def result(self) -> Recording:
        joined = {
            name: np.concatenate(parts) if parts else np.empty(0, DTYPES[name]) for name, parts in self.columns.items()
        }
        return Recording(
            endpoints=tuple(Endpoint(method=method, name=name) for method, name in self.endpoints),
            messages=tuple(self.messages),
            health=tuple(sorted(self.health, key=lambda sample: sample.at)),
            heads=tuple(self.heads),
            ends=tuple(self.ends),
            rows=tuple(self.rows),
            **joined,
        )


def joined(parts: Sequence[Recording]) -> Recording:
    """As if it had been one load: endpoints and messages are made common."""
    endpoints = tuple(dict.fromkeys(each for part in parts for each in part.endpoints))
    messages = tuple(dict.fromkeys(each for part in parts for each in ("", *part.messages)))
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in DTYPES}
    for part in parts:
        for name, dtype in DTYPES.items():
            column = getattr(part, name)
            if name == "endpoint":
                column = np.array([endpoints.index(each) for each in part.endpoints], dtype)[column]
            elif name == "message":
                column = np.array([messages.index(each) for each in part.messages], dtype)[column]
            columns[name].append(column)
    together: dict[str, Any] = {
        name: np.concatenate(each) if each else np.empty(0, DTYPES[name]) for name, each in columns.items()
    }
    return Recording(
        endpoints=endpoints,
        messages=messages,
        health=tuple(each for part in parts for each in part.health),
        heads=tuple(each for part in parts for each in part.heads),
        ends=tuple(each for part in parts for each in part.ends),
        rows=tuple(each for part in parts for each in part.rows),
        **together,
    )


def _head(frame: Frame) -> dict[str, Any]:
    head = frame.json()
    if head.get("schema_version") not in READABLE:
        raise DamagedRecordingError(
            f"this recording has schema version {head.get('schema_version')!r}, "
            f"this PerfGate reads version {SCHEMA_VERSION} and before"
        )
    return head


def _clock_offset(head: dict[str, Any]) -> float:
    offset = head.get("clock_offset", 0.0)
    if not isinstance(offset, int | float) or not math.isfinite(offset):
        raise DamagedRecordingError(f"its clock is off by {offset!r}, which is no number of seconds")
    return float(offset)


def _parsed(adapter: TypeAdapter[_Told], frame: Frame) -> _Told:
    try:
        return adapter.validate_json(bytes(frame.payload))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise DamagedRecordingError(f"a frame of kind {frame.kind.value} is damaged: {first['msg']}") from error


def _renumber(column: NDArray[Any], ids: dict[int, int]) -> NDArray[Any]:
    known = np.zeros(2**16, bool)
    known[list(ids)] = True
    if not known[column].all():
        raise DamagedRecordingError("requests refer to endpoints or messages that have no name")
    if all(own == common for own, common in ids.items()):
        return column
    table = np.zeros(max(ids, default=0) + 1, column.dtype)
    for own, common in ids.items():
        table[own] = common
    renumbered: NDArray[Any] = table[column]
    return renumbered

"""Keeps every request that Locust's `request` event tells of, raw, in columns that go to disk once a second.

What happens in between is lost if the process is killed, and nothing else. Memory holds one second of requests.
"""

from __future__ import annotations

import math
import os
import time
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from perfgate.load.inside.sinks import FileSink, Sink
from perfgate.records.frames import COLUMNS, SCHEMA_VERSION, FrameKind, encode_frame, encode_json_frame

LARGEST_U16: Final = 0xFFFF
LARGEST_U32: Final = 0xFFFFFFFF
LONGEST: Final = 1e7  # seconds; a response time above it (or below zero, or none at all) is no response time

MORE_ENDPOINTS: Final = ("", "(more endpoints than can be told apart)")
MORE_MESSAGES: Final = "(other failures)"
MOST_MESSAGES: Final = 1000
LONGEST_MESSAGE: Final = 500
LONGEST_METHOD: Final = 64
LONGEST_NAME: Final = 4096


@dataclass(frozen=True)
class Flushed:
    """What went to disk; `response_times` (seconds) are at most `SHOWN` of the successes, for the display only."""

    requests: int
    failures: int
    response_times: tuple[float, ...]


SHOWN: Final = 400
LAG: Final = "perfgate_lag"  # in a request's context: seconds from when it was to be sent to when it was


class Recorder:
    """One file of one process. `listener` is to be added to the `request` event."""

    def __init__(self, *, most_endpoints: int = LARGEST_U16, clock: Callable[[], float] = time.time) -> None:
        self.requests = 0
        self.failures = 0
        self.untimed = 0  # told of without a usable response time, and so not recorded
        self.more_endpoints = False
        self._most_endpoints = most_endpoints
        self._columns: dict[str, array[Any]] = {name: array(code) for name, code, _ in COLUMNS}
        self._endpoints: dict[tuple[str, str], int] = {}
        self._messages: dict[str, int] = {"": 0}
        self._new_endpoints: dict[int, tuple[str, str]] = {}
        self._new_messages: dict[int, str] = {}
        self._sink: Sink | None = None
        self.listener = self._listener(clock)

    def _listener(self, clock: Callable[[], float]) -> Callable[..., None]:
        """The hot path: about a microsecond a request (`benchmarks/recorder_overhead.py`), so all names are local.

        A row is written whole or not at all: what may not fit its column is appended first under a fallback.
        """
        ids: dict[tuple[str, str], int] = self._endpoints
        add_start, add_time = self._columns["start"].append, self._columns["response_time"].append
        add_endpoint, add_status = self._columns["endpoint"].append, self._columns["status"].append
        add_size, add_message = self._columns["size"].append, self._columns["message"].append
        add_lag = self._columns["lag"].append
        define_endpoint, define_message = self._define_endpoint, self._define_message

        def on_request(
            *,
            request_type: Any,
            name: Any,
            response_time: Any,
            response_length: Any,
            response: Any = None,
            exception: Any = None,
            start_time: Any = None,
            context: Any = None,
            **_: Any,
        ) -> None:
            try:
                seconds = response_time * 0.001  # Locust's are milliseconds
            except TypeError:
                seconds = -1.0
            if not 0.0 <= seconds < LONGEST:
                self.untimed += 1
                return
            try:
                endpoint = ids[request_type, name]
            except (KeyError, TypeError):
                endpoint = define_endpoint(request_type, name)
            message = define_message(exception) if exception else 0
            try:
                add_start(start_time)
            except TypeError:
                add_start(clock() - seconds)  # a client that does not say when it began tells of it at the end
            try:
                add_size(response_length)
            except (TypeError, OverflowError):
                add_size(_bounded(response_length, LARGEST_U32))
            try:
                add_status(response.status_code)
            except (AttributeError, TypeError, OverflowError):
                add_status(0)
            add_lag(context.get(LAG, 0.0) if context else 0.0)  # Locust's own users wait for answers
            add_time(seconds)
            add_endpoint(endpoint)
            add_message(message)

        return on_request

    def _define_endpoint(self, method: object, name: object) -> int:
        key = _text(method, LONGEST_METHOD), _text(name, LONGEST_NAME)
        if key not in self._endpoints and len(self._endpoints) >= self._most_endpoints - 1:
            self.more_endpoints = True
            key = MORE_ENDPOINTS
        return self._id_of(key, self._endpoints, self._new_endpoints)

    def _define_message(self, exception: object) -> int:
        text = describe(exception)
        if text not in self._messages and len(self._messages) >= MOST_MESSAGES:
            text = MORE_MESSAGES
        return self._id_of(text, self._messages, self._new_messages)

    @staticmethod
    def _id_of(key: Any, ids: dict[Any, int], new: dict[int, Any]) -> int:
        if key not in ids:
            ids[key] = len(ids)
            new[ids[key]] = key
        return ids[key]

    def open(self, folder: Path, told: Mapping[str, Any]) -> None:
        """Create `requests-<pid>.pgr` with its first frame. Raises OSError."""
        self.open_on(FileSink(folder / f"requests-{os.getpid()}.pgr"), told)

    def open_on(self, sink: Sink, told: Mapping[str, Any]) -> None:
        """As `open`, to go elsewhere."""
        self._sink = sink
        head = {"schema_version": SCHEMA_VERSION, "clock": "time.time", "worker": os.getpid(), **told}
        self._write(encode_json_frame(FrameKind.HEAD, head))

    @property
    def is_open(self) -> bool:
        return self._sink is not None

    def flush(self, health: Mapping[str, Any] | None = None) -> Flushed:
        """Append all requests since the last flush in one write. Raises OSError; the file then ends before them."""
        flushed = self.take_stock()
        frames = b""
        if self._new_endpoints:
            frames += encode_json_frame(FrameKind.ENDPOINTS, _keyed(self._new_endpoints))
        if self._new_messages:
            frames += encode_json_frame(FrameKind.MESSAGES, _keyed(self._new_messages))
        if flushed.requests:
            payload = b"".join(column.tobytes() for column in self._columns.values())
            frames += encode_frame(FrameKind.REQUESTS, payload, rows=flushed.requests)
        if health is not None:
            frames += encode_json_frame(FrameKind.HEALTH, health)
        self._new_endpoints.clear()
        self._new_messages.clear()
        for column in self._columns.values():
            del column[:]  # in place: the listener holds their `append`
        if frames:
            self._write(frames)
        self.requests += flushed.requests
        self.failures += flushed.failures
        return flushed

    def take_stock(self) -> Flushed:
        """What the next `flush` will write."""
        times, messages = self._columns["response_time"], self._columns["message"]
        rows = len(times)
        step = rows // SHOWN + 1
        shown = zip(times[::step], messages[::step], strict=True)
        return Flushed(rows, rows - messages.count(0), tuple(seconds for seconds, message in shown if not message))

    def close(self, totals: Mapping[str, Any]) -> None:
        """Write what is left and the frame that says that nothing is missing. Raises OSError."""
        if self._sink is None:
            return
        try:
            self.flush()
            self._write(encode_json_frame(FrameKind.END, {"requests": self.requests, **totals}))
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Leave the recording as it is."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def _write(self, data: bytes) -> None:
        if self._sink is not None:
            self._sink.write(data)


def describe(exception: object) -> str:
    """The failure as Locust's own tables show it: the text given to `failure()`, else class and arguments.

    Not `str()`, which holds the URL for some clients, so that each ticket would have a failure of its own.
    """
    is_own_text = isinstance(exception, str) or type(exception).__name__ == "CatchResponseError"
    return _text(exception if is_own_text else repr(exception), LONGEST_MESSAGE) or "(failure without a message)"


def _text(value: object, longest: int) -> str:
    """Valid Unicode on one line at most `longest` characters long."""
    text = " ".join(str(value)[: 4 * longest].split())
    return text.encode("utf-8", "replace").decode()[:longest]


def _bounded(value: object, largest: int) -> int:
    """Of a size that does not fit: a float becomes whole, nonsense zero."""
    return int(min(max(value, 0), largest)) if isinstance(value, int | float) and not math.isnan(value) else 0


def _keyed(new: Mapping[int, Any]) -> dict[str, Any]:
    return {str(number): value for number, value in new.items()}

"""Files of several generator processes become one recording, and damage becomes one kind of error."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.records.frames import (
    COLUMNS,
    SCHEMA_VERSION,
    DamagedRecordingError,
    FrameKind,
    encode_frame,
    encode_json_frame,
)
from perfgate.records.recording import HealthSample, Recording, decode, joined
from tests.builders import recording

HEAD = encode_json_frame(FrameKind.HEAD, {"schema_version": SCHEMA_VERSION})
END = encode_json_frame(FrameKind.END, {"ended_because": "duration"})
Row = tuple[float, float, float, int, int, int, int]

f32 = st.floats(0, 1e6, width=32)
u16 = st.integers(0, 2**16 - 1)


def rows_of(endpoints: int, messages: int) -> st.SearchStrategy[list[Row]]:
    row = st.tuples(
        st.floats(1e9, 2e9), f32, f32, st.integers(0, 2**32 - 1), st.integers(0, endpoints - 1), u16,
        st.integers(0, messages),
    )  # fmt: skip
    return st.lists(row, max_size=12)


def requests(rows: Sequence[Row]) -> bytes:
    columns = zip(*rows, strict=True) if rows else [()] * len(COLUMNS)
    payload = b"".join(
        struct.pack(f"<{len(rows)}{code}", *column) for (_, code, _), column in zip(COLUMNS, columns, strict=True)
    )
    return encode_frame(FrameKind.REQUESTS, payload, len(rows))


def endpoints(**names: str) -> bytes:
    """`_3="/health"`: id 3 is GET /health."""
    return encode_json_frame(FrameKind.ENDPOINTS, {own.strip("_"): ["GET", name] for own, name in names.items()})


def messages(**texts: str) -> bytes:
    return encode_json_frame(FrameKind.MESSAGES, {own.strip("_"): text for own, text in texts.items()})


def row(start: float, *, endpoint: int = 0, message: int = 0) -> Row:
    return (start, 0.0, 0.5, 100, endpoint, 200, message)


def decoded(*files: bytes) -> Recording:
    return decode([memoryview(each) for each in files])


def told(recording: Recording) -> list[tuple[float, str, str]]:
    """Start, endpoint and failure message of each request."""
    return [
        (float(start), recording.endpoints[endpoint].label, recording.messages[message])
        for start, endpoint, message in zip(recording.start, recording.endpoint, recording.message, strict=True)
    ]


@given(batches=st.lists(rows_of(3, 2), max_size=4))
def test_every_column_comes_back_bit_for_bit(batches: list[list[Row]]) -> None:
    names = endpoints(_0="/", _1="/a", _2="/b") + messages(_1="500", _2="timed out")
    recording = decoded(HEAD + names + b"".join(map(requests, batches)) + END)
    wanted = [each for batch in batches for each in batch]
    assert len(recording) == len(wanted)
    for at, (name, _, _) in enumerate(COLUMNS):
        column = getattr(recording, name)
        assert np.array_equal(column, np.array([each[at] for each in wanted], column.dtype)), name
    assert recording.complete


def test_two_processes_that_number_otherwise_agree_afterwards() -> None:
    first = HEAD + endpoints(_0="/", _1="/a") + messages(_1="500", _2="reset") + requests([row(1), row(2, endpoint=1)])
    second = HEAD + endpoints(_0="/a", _1="/new") + messages(_1="reset")
    second += requests([row(3, message=1), row(4, endpoint=1)])
    recording = decoded(first + END, second + END)
    assert told(recording) == [(1, "GET /", ""), (2, "GET /a", ""), (3, "GET /a", "reset"), (4, "GET /new", "")]
    assert recording.messages == ("", "500", "reset")
    assert recording.complete


def test_names_may_come_bit_by_bit() -> None:
    data = HEAD + endpoints(_0="/") + requests([row(1)]) + endpoints(_1="/late") + requests([row(2, endpoint=1)])
    assert told(decoded(data)) == [(1, "GET /", ""), (2, "GET /late", "")]


def test_one_file_that_broke_off_makes_the_whole_incomplete() -> None:
    assert not decoded(HEAD + END, HEAD).complete
    assert decoded(HEAD + END, HEAD + END).complete
    assert not decoded().complete


def test_health_of_all_processes_is_in_order_of_time() -> None:
    def health(at: float) -> bytes:
        sample: dict[str, Any] = {"at": at, "cpu": 0.5, "loop_lags": [0.001], "users": 3}
        return encode_json_frame(FrameKind.HEALTH, sample)

    recording = decoded(HEAD + health(1) + health(3), HEAD + health(2))
    assert recording.health == tuple(HealthSample(at, 0.5, (0.001,), 3) for at in (1, 2, 3))


def test_a_recording_without_requests_has_empty_columns() -> None:
    recording = decoded(HEAD + END)
    assert len(recording) == 0
    assert [getattr(recording, name).dtype.itemsize for name, _, _ in COLUMNS] == [8, 4, 4, 4, 2, 2, 2]


@pytest.mark.parametrize("version", [0, 3, "1", None])
def test_another_schema_is_refused_by_name(version: object) -> None:
    with pytest.raises(DamagedRecordingError, match=r"schema version .*, this PerfGate reads version 2"):
        decoded(encode_json_frame(FrameKind.HEAD, {"schema_version": version}))


def cut(rows: int) -> bytes:
    return encode_frame(FrameKind.REQUESTS, b"\0" * 25, rows)


@pytest.mark.parametrize(
    "frames",
    [
        endpoints(_0="/") + cut(2),
        endpoints(_0="/") + cut(0),
        endpoints(_0="/") + cut(2**32 - 1),
        endpoints(_0="/") + requests([row(1, endpoint=1)]),
        endpoints(_0="/", _5="/five") + requests([row(1, endpoint=3)]),
        endpoints(_0="/") + requests([row(1, message=1)]),
        requests([row(1)]),
        encode_json_frame(FrameKind.ENDPOINTS, {"no number": ["GET", "/"]}),
        encode_json_frame(FrameKind.ENDPOINTS, {"-1": ["GET", "/"]}),
        encode_json_frame(FrameKind.ENDPOINTS, {"99999999999": ["GET", "/"]}),
        encode_json_frame(FrameKind.ENDPOINTS, {"0": "GET"}),
        encode_json_frame(FrameKind.ENDPOINTS, {"0": ["GET", 1]}),
        encode_json_frame(FrameKind.MESSAGES, {"1": ["a list"]}),
        encode_json_frame(FrameKind.HEALTH, {}),
        encode_json_frame(FrameKind.HEALTH, {"at": "now", "cpu": 0, "loop_lags": 1, "users": 0}),
        encode_frame(FrameKind.END, b"[]"),
    ],
)
def test_frames_that_contradict_themselves_are_damage(frames: bytes) -> None:
    with pytest.raises(DamagedRecordingError):
        decoded(HEAD + frames)


WHOLE = (
    HEAD
    + endpoints(_0="/", _1="/a")
    + messages(_1="500")
    + requests([row(1), row(2, endpoint=1, message=1)])
    + encode_json_frame(FrameKind.HEALTH, {"at": 1.0, "cpu": 0.5, "loop_lags": [0.1], "users": 1})
    + END
)


@given(at=st.integers(0, len(WHOLE) - 1), bits=st.integers(1, 255))
def test_no_single_spoilt_byte_is_a_bug_or_invents_a_request(at: int, bits: int) -> None:
    data = bytearray(WHOLE)
    data[at] ^= bits
    try:
        recording = decoded(bytes(data))
    except DamagedRecordingError:
        return
    assert told(recording) in ([], told(decoded(WHOLE)))


def of_worker(offset: object, start: float) -> memoryview:
    """A file with one request and one sample of health, both at `start` by the worker's own clock."""
    row = b"".join(struct.pack("<" + code, {"start": start}.get(name, 0)) for name, code, _ in COLUMNS)
    head = {"schema_version": SCHEMA_VERSION, "worker_of": 2, "share": 0, "clock_offset": offset}
    frames = (
        encode_json_frame(FrameKind.HEAD, head),
        encode_json_frame(FrameKind.ENDPOINTS, {"0": ["GET", "/"]}),
        encode_frame(FrameKind.REQUESTS, row, rows=1),
        encode_json_frame(FrameKind.HEALTH, {"at": start, "cpu": 0.1, "loop_lags": [], "users": None}),
    )
    return memoryview(b"".join(frames))


def test_times_of_a_worker_are_told_by_the_masters_clock() -> None:
    recording = decode([of_worker(0.0, 100.0), of_worker(-2.5, 102.5)])
    assert recording.start.tolist() == [100.0, 100.0]
    assert [sample.at for sample in recording.health] == [100.0, 100.0]
    assert recording.rows == (1, 1)


@pytest.mark.parametrize("offset", ["1", None, float("inf")])
def test_a_clock_that_says_nonsense_is_refused(offset: object) -> None:
    with pytest.raises(DamagedRecordingError, match="no number of seconds"):
        decode([of_worker(offset, 1.0)])


def test_joined_recordings_have_names_in_common() -> None:
    one = recording({"GET /a": [0.1, 0.2], "GET /b": [0.3]}, failures={"GET /b": 1})
    other = recording({"GET /b": [0.4], "GET /c": [0.5]}, failures={"GET /c": 2})
    both = joined([one, other])
    assert len(both) == len(one) + len(other)
    assert [each.label for each in both.endpoints] == ["GET /a", "GET /b", "GET /c"]
    labels = [both.endpoints[each].label for each in both.endpoint]
    wanted = [part.endpoints[each].label for part in (one, other) for each in part.endpoint]
    assert labels == wanted
    assert list(both.message != 0) == [*(one.message != 0), *(other.message != 0)]
    assert both.response_time.tolist() == [*one.response_time.tolist(), *other.response_time.tolist()]
    assert not len(joined([]))

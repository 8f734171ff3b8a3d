"""The recorder writes what it is told, whole, and the reader gives it back; torn files keep their beginning."""

from __future__ import annotations

import errno
import math
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.errors import LoadError
from perfgate.load.inside import recorder as recorder_module
from perfgate.load.inside.recorder import MORE_ENDPOINTS, MORE_MESSAGES, MOST_MESSAGES, SHOWN, Recorder, describe
from perfgate.load.opening import read_recording, recording_files
from perfgate.records.frames import DamagedRecordingError
from perfgate.records.recording import Recording, decode


class CatchResponseError(Exception):
    """Named as Locust's, by which its own text is recognised."""


def tell(recorder: Recorder, **changes: Any) -> None:
    event: dict[str, Any] = {
        "request_type": "GET",
        "name": "/health",
        "response_time": 12.5,
        "response_length": 100,
        "response": SimpleNamespace(status_code=200),
        "exception": None,
        "start_time": 1000.0,
        "context": {},
        "url": "http://api/health",
    }
    recorder.listener(**{**event, **changes})


def recorded(recorder: Recorder, folder: Path) -> Recording:
    if not recorder.is_open:
        recorder.open(folder, {})
    recorder.close({})
    return read_recording(folder)


def test_a_request_is_kept_in_base_units(tmp_path: Path) -> None:
    recorder = Recorder()
    tell(recorder, response_time=12.345, context={"customer": 7})  # a user's own, which says nothing of a lag
    recording = recorded(recorder, tmp_path)
    assert [each.label for each in recording.endpoints] == ["GET /health"]
    assert recording.start.tolist() == [1000.0]
    assert recording.response_time[0] == pytest.approx(0.012345, rel=1e-6)
    assert (recording.size[0], recording.status[0], recording.message[0], recording.lag[0]) == (100, 200, 0, 0)
    assert recording.complete
    assert recording.ends == ({"requests": 1},)


times = st.floats(0, 1e6, allow_nan=False)
events = st.fixed_dictionaries(
    {
        "request_type": st.sampled_from(["GET", "POST", "grpc"]),
        "name": st.text(min_size=1, max_size=20),
        "response_time": times,
        "response_length": st.integers(0, 2**32 - 1),
        "status": st.integers(0, 999),
        "exception": st.none() | st.text(min_size=1, max_size=30).map(CatchResponseError),
        "start_time": st.floats(1e9, 2e9),
    }
)


@given(batches=st.lists(st.lists(events, max_size=20), max_size=4))
def test_what_is_told_is_read_back(
    batches: list[list[dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("recording")
    recorder = Recorder()
    recorder.open(folder, {"told": 1})
    for batch in batches:
        for event in batch:
            status = event["status"]
            tell(recorder, **{**event, "response": SimpleNamespace(status_code=status)})
        recorder.flush({"at": 1.0, "cpu": 0.5, "loop_lags": [0.001], "users": 3})
    recording = recorded(recorder, folder)
    told = [event for batch in batches for event in batch]
    assert len(recording) == len(told)
    assert len(recording.health) == len(batches)
    for index, event in enumerate(told):
        endpoint = recording.endpoints[recording.endpoint[index]]
        expected_name = " ".join(event["name"].split()).encode("utf-8", "replace").decode()
        assert (endpoint.method, endpoint.name) == (event["request_type"], expected_name)
        assert recording.start[index] == event["start_time"]
        assert recording.response_time[index] == np.float32(event["response_time"] * 0.001)
        assert recording.size[index] == event["response_length"]
        assert recording.status[index] == event["status"]
        expected = describe(event["exception"]) if event["exception"] else ""
        assert recording.messages[recording.message[index]] == expected


def test_a_file_torn_at_any_byte_keeps_all_whole_frames(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.open(tmp_path, {})
    sizes = []
    (path,) = recording_files(tmp_path)
    for number in range(3):
        tell(recorder, name=f"/{number}", exception=CatchResponseError(str(number)))
        recorder.flush({"at": float(number), "cpu": 0.0, "loop_lags": [], "users": 1})
        sizes.append(path.stat().st_size)
    recorder.close({})
    data = path.read_bytes()
    readable = 0
    for length in range(len(data) + 1):
        try:
            recording = decode([memoryview(data[:length])])
        except DamagedRecordingError:
            assert readable == 0
            continue
        readable += 1
        assert len(recording) >= sum(length >= size for size in sizes)
        assert recording.complete is (length == len(data))
        assert [recording.endpoints[each].name for each in recording.endpoint] == ["/0", "/1", "/2"][: len(recording)]
    assert readable > len(data) / 2


@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_damaged_byte_never_changes_what_is_read_before_it(
    at: int, value: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("recording")
    recorder = Recorder()
    recorder.open(folder, {})
    tell(recorder)
    recorder.flush()
    (path,) = recording_files(folder)
    first = path.stat().st_size
    for _ in range(20):
        tell(recorder, start_time=2000.0)
    recorder.close({})
    data = bytearray(path.read_bytes())
    at = first + at % (len(data) - first)
    data[at] = value
    try:
        recording = decode([memoryview(data)])
    except ValueError:
        return  # a header that says something impossible is refused, not guessed at
    assert recording.start[0] == 1000.0


@pytest.mark.parametrize("nonsense", [None, "12", math.nan, -1.0, math.inf, 1e11])
def test_a_request_without_a_usable_response_time_is_counted_apart(nonsense: object, tmp_path: Path) -> None:
    recorder = Recorder()
    tell(recorder, response_time=nonsense)
    tell(recorder)
    assert recorder.untimed == 1
    assert len(recorded(recorder, tmp_path)) == 1


@pytest.mark.parametrize(
    ("told", "kept"),
    [(None, 0), (-5, 0), (2**40, 2**32 - 1), (3.7, 3), (math.inf, 2**32 - 1), (math.nan, 0), ("many", 0)],
)
def test_a_size_that_does_not_fit_is_bounded_and_the_row_stays_whole(told: object, kept: int, tmp_path: Path) -> None:
    recorder = Recorder()
    tell(recorder, response_length=told)
    tell(recorder, name="/next", response_length=7)
    recording = recorded(recorder, tmp_path)
    assert recording.size.tolist() == [kept, 7]
    assert [recording.endpoints[each].name for each in recording.endpoint] == ["/health", "/next"]


@pytest.mark.parametrize(
    "response", [None, SimpleNamespace(), SimpleNamespace(status_code=None), SimpleNamespace(status_code=-1)]
)
def test_without_an_http_status_it_is_zero(response: object, tmp_path: Path) -> None:
    recorder = Recorder()
    tell(recorder, response=response)
    assert recorded(recorder, tmp_path).status.tolist() == [0]


def test_a_client_that_does_not_say_when_it_began_is_dated_back(tmp_path: Path) -> None:
    recorder = Recorder(clock=lambda: 500.0)
    tell(recorder, start_time=None, response_time=2000.0)
    tell(recorder, start_time="noon", response_time=1000.0)
    assert recorded(recorder, tmp_path).start.tolist() == [498.0, 499.0]


def test_names_of_any_kind_become_valid_text(tmp_path: Path) -> None:
    recorder = Recorder()
    for name in (None, ["a"], "x" * 10_000, "\ud800", "two\nlines"):
        tell(recorder, name=name)
    names = [each.name for each in recorded(recorder, tmp_path).endpoints]
    assert names == ["None", "['a']", "x" * 4096, "?", "two lines"]


def test_endpoints_beyond_the_bound_are_counted_together(tmp_path: Path) -> None:
    recorder = Recorder(most_endpoints=3)
    for number in range(6):
        tell(recorder, name=f"/{number}")
    recording = recorded(recorder, tmp_path)
    assert [(each.method, each.name) for each in recording.endpoints] == [("GET", "/0"), ("GET", "/1"), MORE_ENDPOINTS]
    assert recording.endpoint.tolist() == [0, 1, 2, 2, 2, 2]
    assert recorder.more_endpoints


def test_failure_messages_are_bounded_in_number_and_length(tmp_path: Path) -> None:
    recorder = Recorder()
    for number in range(MOST_MESSAGES + 5):
        tell(recorder, exception=CatchResponseError(f"{number} " + "x" * 1000))
    recording = recorded(recorder, tmp_path)
    assert len(recording.messages) == MOST_MESSAGES + 1  # the empty one is id 0
    assert recording.messages[-1] == MORE_MESSAGES
    assert max(map(len, recording.messages)) == 500
    assert (recording.message == MOST_MESSAGES).sum() == 6


@pytest.mark.parametrize(
    ("exception", "text"),
    [
        (CatchResponseError("no data"), "no data"),
        ("plain text", "plain text"),
        (ConnectionRefusedError(111, "Connection refused"), "ConnectionRefusedError(111, 'Connection refused')"),
        (CatchResponseError(""), "(failure without a message)"),
        (CatchResponseError("two\nlines"), "two lines"),
    ],
)
def test_a_failure_is_described_on_one_line(exception: object, text: str) -> None:
    assert describe(exception) == text


def test_what_is_flushed_is_counted_and_shown_by_a_bounded_sample(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.open(tmp_path, {})
    for number in range(5 * SHOWN):
        tell(recorder, exception=CatchResponseError("no") if number % 10 == 0 else None)
    flushed = recorder.flush()
    assert (flushed.requests, flushed.failures) == (5 * SHOWN, SHOWN // 2)
    assert 0 < len(flushed.response_times) <= SHOWN
    assert recorder.flush().requests == 0
    assert (recorder.requests, recorder.failures) == (5 * SHOWN, SHOWN // 2)
    recorder.close({})


def test_a_full_disk_leaves_a_readable_file_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    recorder.open(tmp_path, {})
    tell(recorder)
    recorder.flush()
    tell(recorder)
    whole = os.write

    def write_half(file: int, data: memoryview) -> int:
        if len(data) < 40:
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(file, data[: len(data) // 2])

    monkeypatch.setattr(recorder_module.os, "write", write_half)
    with pytest.raises(OSError, match="No space left"):
        recorder.flush()
    monkeypatch.undo()
    recorder.abandon()
    recording = read_recording(tmp_path)
    assert len(recording) == 1
    assert not recording.complete


def test_a_folder_without_a_recording_or_with_an_empty_one_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="holds no recording"):
        read_recording(tmp_path)
    (tmp_path / "requests-1.pgr").touch()
    with pytest.raises(LoadError, match="does not begin with a frame"):
        read_recording(tmp_path)


def test_several_processes_are_merged_under_common_endpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for process, names in ((1, "ab"), (2, "bc")):
        monkeypatch.setattr(recorder_module.os, "getpid", lambda process=process: process)
        recorder = Recorder()
        for name in names:
            tell(recorder, name=name, start_time=float(process))
        recorder.open(tmp_path, {})
        recorder.close({})
    recording = read_recording(tmp_path)
    assert [each.name for each in recording.endpoints] == ["a", "b", "c"]
    assert [recording.endpoints[each].name for each in recording.endpoint] == ["a", "b", "b", "c"]

"""Whatever happens to the bytes: whole frames are read, in order, and nothing else."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.records.frames import (
    HEADER,
    MAGIC,
    DamagedRecordingError,
    Frame,
    FrameKind,
    encode_frame,
    encode_json_frame,
    read_frames,
)

Told = tuple[FrameKind, bytes, int]
told = st.tuples(st.sampled_from(FrameKind), st.binary(max_size=40), st.integers(0, 2**32 - 1))


def written(frames: list[Told]) -> list[bytes]:
    return [encode_frame(*each) for each in frames]


def read(data: bytes) -> list[Told]:
    return [(frame.kind, bytes(frame.payload), frame.rows) for frame in read_frames(memoryview(data))]


@given(st.lists(told, min_size=1, max_size=6))
def test_what_is_written_is_read(frames: list[Told]) -> None:
    assert read(b"".join(written(frames))) == frames


@given(frames=st.lists(told, min_size=1, max_size=5), data=st.data())
def test_cut_off_anywhere_the_whole_frames_before_it_are_read(frames: list[Told], data: st.DataObject) -> None:
    parts = written(frames)
    whole = b"".join(parts)
    length = data.draw(st.integers(0, len(whole) - 1))
    kept = [frame for at, frame in enumerate(frames) if sum(map(len, parts[: at + 1])) <= length]
    if kept:
        assert read(whole[:length]) == kept
    else:
        with pytest.raises(DamagedRecordingError, match="does not begin with a frame"):
            read(whole[:length])


@given(frames=st.lists(told, min_size=1, max_size=5), data=st.data())
def test_a_spoilt_payload_ends_the_reading_before_it(frames: list[Told], data: st.DataObject) -> None:
    parts = written(frames)
    spoilt = data.draw(st.sampled_from([at for at, (_, payload, _) in enumerate(frames) if payload] or [None]))
    if spoilt is None:
        return
    part = bytearray(parts[spoilt])
    part[data.draw(st.integers(HEADER.size, len(part) - 1))] ^= data.draw(st.integers(1, 255))
    changed = b"".join([*parts[:spoilt], bytes(part), *parts[spoilt + 1 :]])
    if spoilt == 0:
        with pytest.raises(DamagedRecordingError):
            read(changed)
    else:
        assert read(changed) == frames[:spoilt]


@given(st.binary(max_size=200))
def test_other_bytes_are_no_recording(data: bytes) -> None:
    with pytest.raises(DamagedRecordingError):
        read(data)


@given(frames=st.lists(told, min_size=1, max_size=3), after=st.binary(max_size=60))
def test_bytes_after_the_last_frame_are_left_out(frames: list[Told], after: bytes) -> None:
    assert read(b"".join([*written(frames), b"\0" + after])) == frames


def test_a_length_beyond_any_file_is_a_torn_frame() -> None:
    whole = encode_frame(FrameKind.HEAD, b"{}")
    claims = HEADER.pack(MAGIC, b"R", b"\0", 1, 2**64 - 1, zlib.crc32(b""))
    assert read(whole + claims) == [(FrameKind.HEAD, b"{}", 0)]


@pytest.mark.parametrize("kind", [b"Q", b"\xff", b"\0"])
def test_a_kind_that_is_not_known_ends_the_reading(kind: bytes) -> None:
    strange = HEADER.pack(MAGIC, kind, b"\0", 0, 2, zlib.crc32(b"{}")) + b"{}"
    assert read(encode_frame(FrameKind.HEAD, b"{}") + strange) == [(FrameKind.HEAD, b"{}", 0)]
    with pytest.raises(DamagedRecordingError):
        read(strange)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_json_comes_back(value: dict[str, object]) -> None:
    [frame] = read_frames(memoryview(encode_json_frame(FrameKind.END, value)))
    assert frame.json() == value


@pytest.mark.parametrize("payload", [b"[]", b"1", b'"text"', b"null", b"{", b"", b"\xff", b"[" * 100_000])
def test_a_frame_that_holds_no_object_is_damage(payload: bytes) -> None:
    with pytest.raises(DamagedRecordingError):
        Frame(FrameKind.HEAD, 0, memoryview(payload)).json()

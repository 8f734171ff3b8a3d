"""A stored run as bytes and back; what has no whole store around it to say (see tests/integration/baselines)."""

from __future__ import annotations

import gzip
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.records import encoding
from perfgate.records.baseline import Baseline
from perfgate.records.encoding import UnreadableBaselineError, decode_baseline, encode_baseline
from tests.builders import measurement, stored, times

RUN = stored(measurement({"GET /": times(0.05, 60), "POST /tickets/{id}": times(0.2, 30)}, failures={"GET /": 3}))


def test_what_is_stored_comes_back() -> None:
    assert decode_baseline(encode_baseline(RUN)) == RUN


def test_the_same_run_is_the_same_bytes() -> None:
    again = Baseline.model_validate_json(RUN.model_dump_json())
    assert encode_baseline(RUN) == encode_baseline(again)


@given(st.floats(1e-7, 1e4, allow_nan=False), st.floats(1e-7, 1e4, allow_nan=False))
def test_no_digit_is_lost(mean: float, log_mean: float) -> None:
    total = RUN.measurement.total
    assert total.response_times is not None
    changed = total.response_times.model_copy(update={"mean": mean, "trimmed_log_mean": log_mean})
    run = RUN.model_copy(
        update={
            "measurement": RUN.measurement.model_copy(
                update={"total": total.model_copy(update={"response_times": changed})}
            )
        }
    )
    assert decode_baseline(encode_baseline(run)) == run


def test_a_bomb_takes_no_more_memory_than_the_largest_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "LARGEST", 2**20)
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(64):
            file.write(b"\0" * 2**20)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableBaselineError, match="larger than 1 MiB when unpacked"):
            decode_baseline(packed.getvalue())
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


def test_many_small_bombs_one_after_the_other_are_one_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "LARGEST", 2**20)
    with pytest.raises(UnreadableBaselineError, match="larger than 1 MiB"):
        decode_baseline(gzip.compress(b" " * 2**19) * 3)


def test_a_run_of_exactly_the_largest_size_is_kept_and_one_byte_more_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(RUN.model_dump_json().encode())
    monkeypatch.setattr(encoding, "LARGEST", size)
    assert decode_baseline(encode_baseline(RUN)) == RUN
    monkeypatch.setattr(encoding, "LARGEST", size - 1)
    with pytest.raises(UnreadableBaselineError):
        encode_baseline(RUN)


@given(st.binary(max_size=200))
def test_any_json_that_is_no_run_is_damage(data: bytes) -> None:
    with pytest.raises(UnreadableBaselineError, match="is damaged"):
        decode_baseline(gzip.compress(data))

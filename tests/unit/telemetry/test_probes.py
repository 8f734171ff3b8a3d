"""What a probe prints becomes a number, or a sentence that says why not."""

from __future__ import annotations

import pytest

from perfgate.telemetry.containers import lines
from perfgate.telemetry.probes import number_in, number_of
from perfgate.telemetry.samples import CannotSampleError


@pytest.mark.parametrize(
    ("text", "number"),
    [("7\n", 7.0), ("  42 jobs", 42.0), ("-1.5e3", -1500.0), (".5", 0.5), ("12.\r\n", 12.0)],
)
def test_the_first_word_is_the_number(text: str, number: float) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize("text", ["", "  \n", "(integer) 7", "nan", "inf", "1e999", "0x10", "seven"])
def test_what_is_no_number_is_said_so(text: str) -> None:
    with pytest.raises(CannotSampleError):
        number_of(text)


def test_a_number_is_found_in_json_by_its_path() -> None:
    huge = b"1" + b"0" * 400
    body = b'{"queues": [{"depth": 3}], "text": "8 ", "small": 1e-7, "flag": true, "none": null, "huge": ' + huge + b"}"
    assert number_in(body, "queues.0.depth") == 3.0
    assert number_in(body, "text") == 8.0
    assert number_in(body, "small") == 1e-7
    for path in ("flag", "none", "queues", "queues.1.depth", "queues.x", "text.0", "small.0", "missing", "huge"):
        with pytest.raises(CannotSampleError):
            number_in(body, path)
    assert number_in(b"5", None) == 5.0
    with pytest.raises(CannotSampleError, match="no JSON"):
        number_in(b"[" * 100_000, "a")


def test_lines_are_whole_wherever_the_chunks_end_and_never_endless() -> None:
    assert list(lines(iter([b'{"a"', b": 1}\n{", b"}\n\n"]))) == [b'{"a": 1}', b"{}"]
    with pytest.raises(ValueError, match="longer than"):
        list(lines(iter([b"x" * 2**19] * 4)))

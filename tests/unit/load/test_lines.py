"""What the generating process says survives the way, and nothing else is taken for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.load.lines import Failure, Line, Note, Started, Trouble, decode_line, encode_line
from perfgate.records.progress import Progress

LINES: list[Line] = [
    Started(1.5, "2.47.0"),
    Progress(1.0, None, 3, 20, 1, None, 0.25),
    Note("two\nlines"),
    Failure(Trouble.NO_TASKS, "users: A", "evidence"),
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: type(line).__name__)
def test_each_kind_is_read_back(line: Line) -> None:
    text = encode_line(line)
    assert text.count("\n") == 1
    assert decode_line(text) == line


@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_foreign_text_is_nothing(text: str) -> None:
    assert decode_line(text) is None


fields = st.sampled_from(["at", "locust", "text", "trouble", "detail", "evidence", "elapsed", "users", "p95"])
values = st.none() | st.booleans() | st.text() | st.floats() | st.lists(st.integers())


@given(st.sampled_from(["started", "progress", "note", "failure", "other"]), st.dictionaries(fields, values))
def test_a_forged_line_is_nothing_or_well_formed(kind: str, value: dict[str, object]) -> None:
    line = decode_line(json.dumps({"perfgate": kind, **value}))
    assert line is None or (isinstance(line, Note) and isinstance(line.text, str)) or isinstance(line, Started)


@pytest.mark.parametrize("line", LINES, ids=lambda line: type(line).__name__)
def test_a_line_with_a_field_of_the_wrong_kind_is_nothing(line: Line) -> None:
    value = json.loads(encode_line(line))
    for name in set(value) - {"perfgate"}:
        assert decode_line(json.dumps({**value, name: [1]})) is None
        assert decode_line(json.dumps({key: each for key, each in value.items() if key != name})) is None

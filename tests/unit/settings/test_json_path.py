import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.settings.json_path import NothingThereError, parse_path, value_at, written


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("id", ("id",)),
        ("$", ()),
        ("$.a-b.c", ("a-b", "c")),
        ("data.items[0].id", ("data", "items", 0, "id")),
        ('$["a b"][-1]', ("a b", -1)),
        (r'["say \"é\""]', ('say "é"',)),
        ("['it']", ("it",)),
        ("größe", ("größe",)),
    ],
)
def test_paths(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["", ".a", "a..b", "a b", "a[", "$a", "[0]b", "a[*]", r'["\x"]', "a.0"])
def test_what_names_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"names no place|no JSON text"):
        parse_path(text)


PLACES = st.lists(st.text() | st.integers(-5, 5), max_size=5).map(tuple)


@given(PLACES)
def test_what_is_written_is_read_again(path: tuple[str | int, ...]) -> None:
    assert parse_path(written(path)) == path


@given(PLACES, st.integers())
def test_a_value_is_found_where_it_was_put(path: tuple[str | int, ...], value: int) -> None:
    document: object = value
    for step in reversed(path):
        document = {step: document} if isinstance(step, str) else [document] * 6
    assert value_at(document, path) == value


@pytest.mark.parametrize("path", [("a",), (3,), ("list", 0, "x"), ("list", 9)])
def test_nothing_is_found_where_nothing_is(path: tuple[str | int, ...]) -> None:
    with pytest.raises(NothingThereError):
        value_at({"list": [1, 2]}, path)

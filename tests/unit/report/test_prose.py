from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.report.prose import Code, joined, lines, one_line, plain, prose


def test_templates_are_filled_in_order() -> None:
    inner = prose("p95 of {}", Code("GET /x"))
    assert prose("{} is {}.", inner, "slow").parts == ("p95 of ", Code("GET /x"), " is ", "slow", ".")
    assert plain(joined([inner, prose("{}", "y")], ", ") + prose("!")) == "p95 of GET /x, y!"


def test_a_template_and_its_values_must_agree() -> None:
    with pytest.raises(ValueError, match="2 places for 1 values"):
        prose("{} {}", "one")


def test_one_line_shows_no_control_characters() -> None:
    assert one_line("a\r\n  b\x1b[31m\u202ec\x00") == "a b�[31m�c�"
    assert one_line(" \n ") == "(empty)"


@given(st.text(max_size=2000), st.integers(min_value=5, max_value=200))
def test_one_line_is_bounded_and_harmless(text: str, limit: int) -> None:
    shown = one_line(text, limit)
    assert 0 < len(shown) <= max(limit, len("(empty)"))
    assert not [letter for letter in shown if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


def test_a_very_long_text_is_marked_as_cut() -> None:
    assert one_line("x" * 10**6, 10) == "xxxxxxxxx…"


def test_long_names_that_differ_at_their_ends_are_told_apart() -> None:
    long = [f"GET /{'x' * 5000}/{end}" for end in ("one", "two")]
    assert [one_line(each)[-4:] for each in long] == ["/one", "/two"]
    assert {len(one_line(each)) for each in long} == {120}
    assert one_line("GET /" + "x" * 116, 120) == "GET /" + "x" * 84 + "…" + "x" * 30


def test_lines_keep_the_end() -> None:
    assert lines("first\r\nsecond\x07\n", 100) == "first\nsecond�"
    assert lines("first\nsecond", 6) == "…\nsecond"

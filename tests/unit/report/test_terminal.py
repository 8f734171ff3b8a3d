from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.report.sparkline import sparkline
from perfgate.report.terminal import columns_of, final_table
from tests.golden import judgements as made


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", made.SITUATIONS)
def test_no_line_is_wider_than_asked(name: str, width: int) -> None:
    lines = final_table(made.SITUATIONS[name](), width).split("\n")
    assert max(map(columns_of, lines)) <= width


def test_no_escape_codes_reach_the_terminal() -> None:
    text = final_table(made.hostile()) + final_table(made.broken_stack())
    assert not [letter for letter in text if ord(letter) < 32 and letter != "\n"]


def test_wide_letters_are_counted_double() -> None:
    names = [("GET", "/" + "漢字" * 40, 1.0, 0.03)]
    rows = made.rows(names=names)
    reason = made.regression_reason(rows[1].label)
    text = final_table(made.judgement(made.scenario(rows_=rows, reasons=[reason])), 80)
    assert columns_of("漢e\u0301") == 3
    assert max(map(columns_of, text.split("\n"))) <= 80


def test_long_lists_are_cut_and_counted() -> None:
    text = final_table(made.many_endpoints(60))
    assert "… and 6 more rows" in text
    assert "… and 10 more reasons" in text


def test_a_cut_name_keeps_its_end() -> None:
    assert "things-0 " in final_table(made.many_endpoints(60))


def test_without_a_scenario_there_is_the_headline() -> None:
    assert final_table(made.judgement()).startswith("🟡 Conditional: ")


@pytest.mark.parametrize(
    ("values", "picture"),
    [
        ([], ""),
        ([None, None], ""),
        ([0.0, 0.0], "▁▁"),
        ([1, 2, 4, 8], "▂▃▅█"),
        ([8, None, 8], "█ █"),
        ([1] * 39 + [8] + [1] * 40, "▂" * 19 + "█" + "▂" * 20),
    ],
)
def test_sparkline(values: list[float | None], picture: str) -> None:
    assert sparkline(values) == picture


@given(st.lists(st.none() | st.floats(min_value=0, max_value=1e9), max_size=2000))
def test_a_sparkline_is_bounded(values: list[float | None]) -> None:
    assert len(sparkline(values, width=40)) <= 40

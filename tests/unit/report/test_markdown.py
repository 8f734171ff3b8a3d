"""Foreign text in GitHub's Markdown, read back with a CommonMark parser that knows tables."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from perfgate.report import markdown
from perfgate.report.prose import Code, one_line, prose
from tests.golden.judgements import HOSTILE

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
NASTY = st.text(st.sampled_from("`|\\*_[]()<>!#@~$&\n\r\t -a1\u202e{}"), max_size=40) | st.text(max_size=80)


def tokens(text: str) -> list[Token]:
    return [inner for token in PARSER.parse(text) for inner in (token.children or [token])]


@given(NASTY)
@example("a\\|b")
@example("\\")
@example("`")
def test_inline_foreign_text_is_one_code_span(text: str) -> None:
    found = tokens(f"before {markdown.inline(prose('{}', Code(text)))} after")
    assert [token.type for token in found] == ["paragraph_open", "text", "code_inline", "text", "paragraph_close"]
    # A parser takes one space from each side where both have one; our own padding is that space.
    assert found[2].content.strip(" ") == one_line(text).strip(" ")


@given(NASTY)
@example("a\\|b")
@example("\\\\|")
@example("|")
@example("x\\")
def test_foreign_text_stays_in_its_cell(text: str) -> None:
    rows = markdown.table(["name", ">n"], [[markdown.cell(prose("{}", Code(text))), "1"]])
    found = tokens("\n".join(rows))
    assert [token.type for token in found].count("td_open") == 2
    assert [token.content for token in found if token.type == "text"] == ["name", "n", "1"]
    shown = [token.content for token in found if token.type == "code_inline"]
    assert [each.strip(" ").replace("\N{SET MINUS}", "\\") for each in shown] == [one_line(text).strip(" ")]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_make_no_link_no_html_no_emphasis(text: str) -> None:
    kinds = {token.type for token in tokens(f"- {markdown.code(text)} x")}
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "em_open", "strong_open", "heading_open"}


@given(st.text(st.sampled_from("`~\n a<>"), max_size=60))
def test_fences_hold_whatever_is_in_them(text: str) -> None:
    found = PARSER.parse("\n".join(markdown.fenced(text, 1000)))
    assert [token.type for token in found] == ["fence"]


def test_a_fold_is_read_as_markdown_inside() -> None:
    found = PARSER.parse("\n".join(markdown.fold("More", ["- one"])))
    assert [token.type for token in found if "list" in token.type] == [
        "bullet_list_open",
        "list_item_open",
        "list_item_close",
        "bullet_list_close",
    ]


def test_a_cell_takes_our_own_words_as_they_are() -> None:
    assert markdown.cell("**all together**") == "**all together**"

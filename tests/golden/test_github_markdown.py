"""Every golden comment, as GitHub's own parser reads it."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.golden.github_markdown import as_github

COMMENTS = sorted((Path(__file__).parent / "comment").glob("*.md"))
OURS = {
    *("h3", "h4", "p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "a", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.begun: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.begun[tag] += 1
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self.ended[tag] += 1


@pytest.mark.parametrize("file", COMMENTS, ids=lambda file: file.stem)
def test_it_has_only_the_tags_that_a_comment_is_made_of(file: Path) -> None:
    """Whatever the names of endpoints and the lines of logs would like to be."""
    text = file.read_text(encoding="utf-8")
    if ".head" in file.name:
        text = text[: text.rindex("<details>")]  # its end is cut off
    seen = Tags()
    seen.feed(as_github(text))
    assert set(seen.begun) <= OURS
    for tag in ("details", "summary", "table"):
        assert seen.begun[tag] == seen.ended[tag], tag
    assert seen.begun["table"] == len(re.findall(r"^\| --- \|", text, re.MULTILINE))
    assert all(re.fullmatch(r"https?://[\w.:/-]+", each) for each in seen.addresses), seen.addresses

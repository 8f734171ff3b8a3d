"""GitHub's Markdown: foreign words become code spans, in which nothing is interpreted, linked or mentioned."""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfgate.report.prose import NAME_LIMIT, Code, Prose, lines, one_line


def inline(text: Prose) -> str:
    """Prose outside a table."""
    return "".join(part if isinstance(part, str) else code(part.text, part.limit) for part in text.parts)


def cell(text: Prose | str) -> str:
    """A table cell. A `str` is our own."""
    parts = (text,) if isinstance(text, str) else text.parts
    return "".join(part if isinstance(part, str) else _cell_code(part) for part in parts)


def code(text: str, limit: int = NAME_LIMIT) -> str:
    """A code span around any text: fenced by more backticks than it holds (CommonMark 0.31, section 6.1)."""
    shown = one_line(text, limit)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    padding = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{padding}{shown}{padding}{fence}"


def _cell_code(part: Code) -> str:
    # GFM splits a row at bars before it looks for code spans, and takes the backslash of `\|` away again. A bar
    # after a real backslash cannot be written so: there the backslash is shown by its look-alike.
    shown = one_line(part.text, part.limit)
    safe = re.sub(r"\\+(?=\|)", lambda run: "\N{SET MINUS}" * len(run.group()), shown).replace("|", r"\|")
    # A backslash before the closing fence would be read as escaping it by some table splitters.
    if safe.endswith("\\"):
        safe = safe[:-1] + "\N{SET MINUS}"
    return code(safe, len(safe))


def fenced(text: str, limit: int) -> list[str]:
    """A block of foreign lines, fenced by more backticks than any of its lines has."""
    shown = lines(text, limit)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return [f"{fence}text", *shown.split("\n"), fence]


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """`headers` that begin with `>` are columns of numbers, set to the right."""
    names = [header.removeprefix(">") for header in headers]
    marks = ["---:" if header.startswith(">") else "---" for header in headers]
    return [_row(names), _row(marks), *(_row(row) for row in rows)]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def fold(summary: str, body: Sequence[str]) -> list[str]:
    """A fold with our own words on it; the empty lines make GitHub read the body as Markdown again."""
    return ["<details>", f"<summary>{summary}</summary>", "", *body, "", "</details>"]

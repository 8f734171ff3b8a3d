"""Sentences with foreign words in them, kept apart until a format knows how to escape them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

ROOM_FOR_AN_END: Final = 60  # characters
NAME_LIMIT: Final = 120  # characters of a foreign name that are shown; endpoints may be 4,096 long


@dataclass(frozen=True)
class Code:
    """Words that are not ours, or are to be typed as they stand: each format shows them literally."""

    text: str
    limit: int = NAME_LIMIT


@dataclass(frozen=True)
class Prose:
    """Our own words (plain letters, safe in every format) and `Code` in turn."""

    parts: tuple[str | Code, ...]

    def __add__(self, other: Prose) -> Prose:
        return Prose(self.parts + other.parts)


def prose(template: str, *values: str | Code | Prose) -> Prose:
    """`template` with each `{}` replaced. A `str` must be our own: a number, a word; all else comes as `Code`."""
    words = template.split("{}")
    if len(words) != len(values) + 1:
        raise ValueError(f"{template!r} has {len(words) - 1} places for {len(values)} values")
    parts: list[str | Code] = [words[0]]
    for value, after in zip(values, words[1:], strict=True):
        parts.extend(value.parts if isinstance(value, Prose) else (value,))
        parts.append(after)
    return Prose(tuple(part for part in parts if part))


def joined(pieces: list[Prose], separator: str = "; ") -> Prose:
    parts: list[str | Code] = []
    for piece in pieces:
        if parts:
            parts.append(separator)
        parts.extend(piece.parts)
    return Prose(tuple(parts))


def plain(text: Prose) -> str:
    """For terminals, XML and attributes: one line, without control or invisible direction characters."""
    return "".join(part if isinstance(part, str) else one_line(part.text, part.limit) for part in text.parts)


def one_line(text: str, limit: int = NAME_LIMIT) -> str:
    """`text` on one line, bounded, and free of what could move the cursor, hide letters or turn the direction.

    Where there is room for it the end stays: long names often differ there alone.
    """
    # A bound before the work too: foreign text may be very long.
    most = 4 * limit + 64
    shown = " ".join(_all_visible(text[:most]).split())
    if len(shown) > limit or len(text) > most:
        kept = limit // 4 if limit >= ROOM_FOR_AN_END else 0
        end = " ".join(_all_visible(text[-most:]).split())[-kept:].lstrip() if kept else ""
        shown = shown[: limit - 1 - kept].rstrip() + "…" + end
    return shown or "(empty)"


def lines(text: str, limit: int) -> str:
    """The end of a foreign text of several lines, at most `limit` characters, without control characters."""
    tail = text[-limit:] if len(text) > limit else text
    kept = "\n".join(_all_visible(line) for line in tail.replace("\r\n", "\n").split("\n"))
    return ("…\n" if len(text) > limit else "") + kept.strip("\n")


def _all_visible(text: str) -> str:
    # Most names have nothing to hide, and a comment for a matrix says thousands of them again and again.
    return text if text.isprintable() else "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in " \t\n\r":
        return " "
    return (
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else character
    )

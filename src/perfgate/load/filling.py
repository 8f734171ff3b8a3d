"""Placeholders of declared traffic: `{id}` in a path, header or body, filled by the generator that `values` names.

A value is drawn once a request, so `{id}` is the same in the path and in the body of one request.
"""

from __future__ import annotations

import itertools
import random
import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from perfgate.load.share import own_share

Draw = Callable[[], object]

_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_]\w*)\}")
_RANGE: Final = re.compile(r"(-?\d+)\.\.(-?\d+)")


class GeneratorMistakeError(ValueError):
    """`values` of a request names no generator, or lacks one that is needed."""


def generator(described: object, chance: random.Random) -> Draw:
    """`1..100` (both ends included), a list to choose from, `uuid`, or `sequence` (1, 2, 3, … of this load)."""
    if isinstance(described, list | tuple) and described:
        choices = tuple(described)
        return lambda: chance.choice(choices)
    if described == "uuid":
        # Not from the seeded `chance`: what was unique in the last run must be unique in this one, too.
        return lambda: str(uuid.uuid4())
    if described == "sequence":
        counted = itertools.count()
        return lambda: own_share.number(next(counted))
    if isinstance(described, str) and (bounds := _RANGE.fullmatch(described)):
        low, high = int(bounds[1]), int(bounds[2])
        if low <= high:
            return lambda: chance.randint(low, high)
    raise GeneratorMistakeError(
        f"{described!r} names no generator; write a range such as 1..100, a list to choose from, uuid or sequence"
    )


@dataclass(frozen=True)
class Template:
    """Text with placeholders; only the names in `known` are placeholders, other braces are left alone."""

    pieces: tuple[str, ...]  # literal, name, literal, name, …, literal

    @classmethod
    def of(cls, text: str, known: Iterable[str]) -> Template:
        names = frozenset(known)
        pieces = [""]
        for index, piece in enumerate(_PLACEHOLDER.split(text)):
            if index % 2 == 0:
                pieces[-1] += piece
            elif piece in names:
                pieces += [piece, ""]
            else:
                pieces[-1] += f"{{{piece}}}"
        return cls(tuple(pieces))

    @property
    def fixed(self) -> bool:
        return len(self.pieces) == 1

    def fill(self, values: Mapping[str, object], encode: Callable[[str], str] = str) -> str:
        if self.fixed:
            return self.pieces[0]
        return "".join(encode(str(values[piece])) if index % 2 else piece for index, piece in enumerate(self.pieces))

    def fill_path(self, values: Mapping[str, object]) -> str:
        return self.fill(values, _quoted)


def _quoted(value: str) -> str:
    return quote(value, safe="")


def fill_json(value: Any, values: Mapping[str, object]) -> Any:
    """`value` with its strings filled; a string that is one placeholder alone becomes the drawn value, as a number."""
    if isinstance(value, str):
        alone = _PLACEHOLDER.fullmatch(value)
        if alone and alone[1] in values:
            return values[alone[1]]
        return Template.of(value, values).fill(values)
    if isinstance(value, list | tuple):
        return [fill_json(each, values) for each in value]
    if isinstance(value, dict):
        return {key: fill_json(each, values) for key, each in value.items()}
    return value


def check_placeholders(path: str, values: Mapping[str, object], known: Collection[str] = ()) -> None:
    """`known` are names that are filled from elsewhere.

    Raises `GeneratorMistakeError` for a request whose path cannot be filled or whose values cannot be drawn.
    """
    for described in values.values():
        generator(described, random.Random(0))  # noqa: S311 - no secret is drawn
    if missing := [name for name in _PLACEHOLDER.findall(path) if name not in values and name not in known]:
        raise GeneratorMistakeError(f"nothing says what {{{missing[0]}}} is to be filled with")

"""`/perfgate accept …` and `/perfgate rerun` in comments: foreign words, until their author is known to write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

ORDER: Final = re.compile(r"^/perfgate[ \t]+(accept|rerun)\b[ \t]*(.*?)[ \t]*$", re.MULTILINE)
MOST: Final = 10  # of one comment


@dataclass(frozen=True)
class Spoken:
    """`said`: what follows the word; empty after `rerun`."""

    word: Literal["accept", "rerun"]
    said: str


def orders_in(text: str) -> tuple[Spoken, ...]:
    """Each stands on a line of its own; quoted ones (`> /perfgate …`) are somebody else's."""
    found = ORDER.findall(text.replace("\r\n", "\n"))[:MOST]
    return tuple(Spoken("accept" if word == "accept" else "rerun", said) for word, said in found)

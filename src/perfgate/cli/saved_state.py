"""What the action leaves for the step after the job, as the runner's state: lines in a file, then `STATE_*` variables.

Some runners do not pass it on (act), so that step finds what is left behind by labels, and this is what labels lack.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from perfgate.cli.place import Place

MOST: Final = 8_000  # characters of the list of paths


@dataclass(frozen=True)
class SavedState:
    """`of_others`: what in the workspace was not its owner's before the run; None where that was too much to say."""

    container: str
    check: int | None
    of_others: frozenset[str] | None

    @classmethod
    def of(cls, place: Place) -> Self:
        """Before anything has happened."""
        own = place.own
        return cls(own.id if own else "", None, own.ownership.of_others if own else None)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        check, others = environ.get("STATE_check", ""), environ.get("STATE_others", "")
        return cls(
            container=environ.get("STATE_container", ""),
            check=int(check) if check.isdecimal() else None,
            of_others=_paths(others),
        )


def save(environ: Mapping[str, str], state: SavedState) -> None:
    """A name that is said twice has its last value."""
    path = environ.get("GITHUB_STATE")
    values = {
        "container": state.container,
        "check": "" if state.check is None else str(state.check),
        "others": _told(state.of_others),
    }
    if path:
        with suppress(OSError), Path(path).open("a", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())


def _told(paths: Iterable[str] | None) -> str:
    """JSON is one line, whatever the names of files are."""
    text = "" if paths is None else json.dumps(sorted(paths))
    return text if len(text) <= MOST else ""


def _paths(text: str) -> frozenset[str] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return frozenset(map(str, value)) if isinstance(value, list) else None

"""Where a value stands in a JSON document: `data.items[0].id`, `$.choices[0]["finish reason"]`.

The part of JSONPath (RFC 9535) that names one place: names, quoted names and indices, no wildcards and no filters.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

Path = tuple[str | int, ...]

_STEP: Final = re.compile(r"""\.([^\W\d][\w-]*)|\[(-?\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\['([^'\\]*)'\]""")


def parse_path(text: str) -> Path:
    """Raises ValueError for what names no place."""
    rest = text.strip()
    rest = rest[1:] if rest.startswith("$") else rest if rest.startswith("[") else f".{rest}"
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        step = _STEP.match(rest, at)
        if step is None:
            raise ValueError(f"{text!r} names no place in JSON: write it as `id`, `data.items[0].id` or `$[0]`")
        name, index, quoted, single = step.groups()
        if index is not None:
            steps.append(int(index))
        elif quoted is not None:
            steps.append(_unquoted(quoted, text))
        else:
            steps.append(name if name is not None else single)
        at = step.end()
    return tuple(steps)


def _unquoted(quoted: str, text: str) -> str:
    try:
        return str(json.loads(f'"{quoted}"', strict=False))
    except ValueError:
        raise ValueError(f"{text!r} has a name in quotes that is no JSON text") from None


class NothingThereError(LookupError):
    """The document has no such place."""


def value_at(document: Any, path: Path) -> Any:
    """Raises `NothingThereError`."""
    found = document
    for step in path:
        try:
            known = isinstance(found, list) if isinstance(step, int) else isinstance(found, dict)
            found = found[step] if known else None
        except (KeyError, IndexError):
            known = False
        if not known:
            raise NothingThereError(written(path))
    return found


def written(path: Path) -> str:
    """As `parse_path` reads it."""
    return "$" + "".join(f"[{json.dumps(step, ensure_ascii=False)}]" for step in path)

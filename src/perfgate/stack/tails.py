"""The ends of logs: all that is kept of foreign output is bounded."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

TAIL_LINES: Final = 50
TAIL_CHARACTERS: Final = 8_000  # `StackFault.log_tail` takes 20 000
KEPT_BYTES: Final = 10 * 2**20  # of one service's log
KEPT_LINES: Final = 50_000  # asked of the engine: it sends some 60 000 a second, and a talkative service has millions


def tail(text: str, *, lines: int = TAIL_LINES, characters: int = TAIL_CHARACTERS) -> str:
    return "\n".join(text.rstrip().splitlines()[-lines:])[-characters:]


def tail_of_file(path: Path) -> str:
    """Of a file that may still be written to; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4 * TAIL_CHARACTERS))
            return tail(file.read(4 * TAIL_CHARACTERS).decode(errors="replace"))
    except FileNotFoundError:
        return ""


def log_name(service: str, taken: Collection[str] = ()) -> str:
    """File name for the log of a service, whatever it is called; none of `taken`, even where case does not count."""
    plain = re.sub(r"[^\w.-]", "_", service)[:100]
    others = {each.casefold() for each in taken}
    names = (f"{plain}.log", *(f"{plain}-{number}.log" for number in range(2, len(others) + 2)))
    return next(name for name in names if name.casefold() not in others)


def keep_end(chunks: Iterable[bytes], path: Path, *, limit: int = KEPT_BYTES, asked_for: int | None = None) -> None:
    """Write the chunks to `path`; of more than `limit` bytes only the end, whole chunks, with a line that says so.

    `asked_for`: how many lines the chunks were asked to be at most; as many mean that there may have been more.
    """
    kept: deque[bytes] = deque()
    size = cut = lines = 0
    for chunk in chunks:
        kept.append(chunk)
        size += len(chunk)
        lines += chunk.count(b"\n")
        while size > limit and len(kept) > 1:
            dropped = len(kept.popleft())
            size, cut = size - dropped, cut + dropped
    with path.open("wb") as file:
        if asked_for is not None and lines >= asked_for:
            file.write(f"(only the last {asked_for} lines were read)\n".encode())
        if cut:
            file.write(f"(the first {cut} bytes were left out)\n".encode())
        file.writelines(kept)

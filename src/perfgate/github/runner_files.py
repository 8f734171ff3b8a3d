"""The runner's files of a step: its summary and its outputs, added to."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SUMMARY_LIMIT: Final = 2**20  # bytes of a step's summary; a larger one is dropped as a whole
VALUE_LIMIT: Final = 100_000  # characters of one output


def room_in_summary(file: Path) -> int:
    """Bytes that may still be added. Raises `OSError`."""
    try:
        return max(0, SUMMARY_LIMIT - file.stat().st_size - 2)
    except FileNotFoundError:
        return SUMMARY_LIMIT - 2


def add_to_summary(file: Path, text: str) -> None:
    """Raises `OSError`."""
    with file.open("ab") as opened:
        opened.write(b"\n" * (opened.tell() > 0) + text.encode("utf-8", errors="replace"))


def add_outputs(file: Path, outputs: Mapping[str, str]) -> None:
    """Raises `OSError`."""
    text = "".join(output(name, value) for name, value in outputs.items())
    with file.open("ab") as opened:
        opened.write(text.encode("utf-8", errors="replace"))


def output(name: str, value: str) -> str:
    """`name<<END`, the value, `END`, with an end that nobody can guess and that is not in the value."""
    kept = value[:VALUE_LIMIT]
    delimiter = f"perfgate_{secrets.token_hex(16)}"
    while delimiter in kept:
        delimiter = f"perfgate_{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{kept}\n{delimiter}\n"

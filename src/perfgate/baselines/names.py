"""Scenarios are named by users; what they are called as folders, on every file system and in every bucket."""

from __future__ import annotations

import string
from typing import Final
from urllib.parse import unquote

from perfgate.errors import BaselineError

# Capitals are left out: some file systems do not tell `Peak` from `peak`. So are dots: `..` is no folder of ours.
KEPT: Final = frozenset(string.ascii_lowercase + string.digits + "-_")
LONGEST: Final = 200  # characters; most file systems allow 255


def folder_name(scenario: str) -> str:
    """All but plain letters as `%xx` of their UTF-8. Raises `BaselineError` for a name that cannot be kept so."""
    name = "".join(each if each in KEPT else _escaped(each) for each in scenario)
    if not 0 < len(name) <= LONGEST:
        raise BaselineError(
            f"no baselines can be kept under the scenario name {scenario[:40]!r}: "
            f"it is {'too long' if name else 'empty'}",
            remedy="give the scenario a short name of plain letters",
        )
    return name


def scenario_of(folder: str) -> str | None:
    """The scenario whose folder is called so; None: it is no folder of ours."""
    try:
        scenario = unquote(folder, errors="strict")
    except UnicodeDecodeError:
        return None
    return scenario if folder == "".join(each if each in KEPT else _escaped(each) for each in scenario) else None


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02x}" for byte in character.encode("utf-8", errors="surrogatepass"))

"""What the writer probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def did_you_mean(given: str, known: Sequence[str]) -> str:
    """`; did you mean "x"?`, or the known names if none is near and they are few, or nothing."""
    near = difflib.get_close_matches(given, known, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; known are: {', '.join(known)}" if 0 < len(known) <= 12 else ""

"""A row of figures as a small picture in letters, for where no picture can be."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

BARS: Final = "▁▂▃▄▅▆▇█"
GAP: Final = " "


def sparkline(values: Sequence[float | None], width: int = 40, *, floor: float = 0.0) -> str:
    """At most `width` letters from `floor` to the largest; each stands for the largest of its stretch.

    The largest, not the mean: a short stall is what the picture is looked at for. Empty without a single value.
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    top = max(known) - floor or 1.0
    stretches = min(width, len(values))
    edges = [len(values) * index // stretches for index in range(stretches + 1)]
    return "".join(_bar(values[start:end], floor, top) for start, end in pairwise(edges)).rstrip(GAP)


def _bar(stretch: Sequence[float | None], floor: float, top: float) -> str:
    known = [value for value in stretch if value is not None]
    return BARS[min(len(BARS) - 1, max(0, int((max(known) - floor) / top * len(BARS))))] if known else GAP

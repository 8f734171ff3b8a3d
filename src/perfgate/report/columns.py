"""Columns of numbers as charts take them: in the unit of the axis, with no more digits than can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

DIGITS: Final = 4
MILLISECONDS: Final = 1000.0
PERCENT: Final = 100.0


def shortened(number: float | None) -> float | None:
    """The page stays small."""
    return None if number is None else float(f"{number:.{DIGITS}g}")


def milliseconds(seconds: Sequence[float | None]) -> list[float | None]:
    return [None if each is None else shortened(each * MILLISECONDS) for each in seconds]


def percent(ratio: float | None) -> float | None:
    return None if ratio is None else shortened(ratio * PERCENT)


def line(label: str, style: str, values: Sequence[float | None], **more: Any) -> dict[str, Any]:
    """`style` names a colour and a dash of the page's own."""
    return {"label": label, "style": style, "values": list(values), **more}

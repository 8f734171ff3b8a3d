"""Numbers with units as users write them, turned into base units on the spot: "2m30s", "5%", "5MiB", "200/s"."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator

_DURATION: Final = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")


def parse_duration(text: object) -> float:
    """Seconds. "2m30s", "800ms", "1h"; a bare number is refused, since its unit is a guess."""
    if isinstance(text, str) and text and (match := _DURATION.fullmatch(text.replace(" ", ""))):
        parts = match.groups()
        if any(parts):
            return sum(float(part) * unit for part, unit in zip(parts, (3600, 60, 1, 0.001), strict=True) if part)
    raise ValueError(f"{text!r} is no duration: write it with its unit, as 90s, 2m30s or 800ms")


def parse_percentage(text: object) -> float:
    """A ratio. "5%" is 0.05, "0.5pp" (percentage points) is 0.005."""
    if isinstance(text, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?) ?(%|pp)", text)):
        return float(match[1]) / 100
    raise ValueError(f"{text!r} is no percentage: write it with its unit, as 5% or 0.5pp")


def parse_rate(text: object) -> float:
    """Per second. "200/s", "90/min"; a bare number is per second."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    if isinstance(text, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?) ?/ ?(s|min|h)", text)):
        return float(match[1]) / {"s": 1, "min": 60, "h": 3600}[match[2]]
    raise ValueError(f"{text!r} is no rate: write it with its unit, as 2/s or 90/min")


Duration = Annotated[float, BeforeValidator(parse_duration)]
Percentage = Annotated[float, BeforeValidator(parse_percentage)]
Rate = Annotated[float, BeforeValidator(parse_rate)]

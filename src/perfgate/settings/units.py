"""Numbers with units as users write them, turned into base units on the spot: "2m30s", "5%", "5MiB", "200/s"."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

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


_SIZES: Final = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def parse_size(text: object) -> int:
    """Bytes. "5MiB" is 5 * 2**20, "5MB" is 5 * 10**6."""
    if isinstance(text, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?) ?([kKMG]?i?B)", text)) and match[2] in _SIZES:
        return round(float(match[1]) * _SIZES[match[2]])
    raise ValueError(f"{text!r} is no size: write it with its unit, as 5MiB or 200kB")


def parse_wait(text: object) -> tuple[float, float]:
    """Seconds, from and to. "3s..7s", or one duration for both."""
    if isinstance(text, tuple):
        return text
    if isinstance(text, str):
        first, dots, second = text.partition("..")
        return (parse_duration(first.strip()), parse_duration((second if dots else first).strip()))
    raise ValueError(f"{text!r} is no waiting time: write it as 3s..7s, or 5s")


def parse_address(text: object) -> tuple[str, int]:
    """Host and port. "0.0.0.0:5557"."""
    if isinstance(text, tuple):
        return text
    if isinstance(text, str) and (match := re.fullmatch(r"([A-Za-z0-9.-]+):(\d{1,5})", text)) and int(match[2]) < 2**16:
        return match[1], int(match[2])
    raise ValueError(f"{text!r} is no address: write host and port, as 0.0.0.0:5557")


_DURATION_TEXT: Final = r"^(\d+(\.\d+)?h)? ?(\d+(\.\d+)?m)? ?(\d+(\.\d+)?s)? ?(\d+(\.\d+)?ms)?$"


def _written(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "minLength": 1, "examples": list(examples)})


Duration = Annotated[float, BeforeValidator(parse_duration), _written(_DURATION_TEXT, "90s", "2m30s", "800ms")]
Percentage = Annotated[float, BeforeValidator(parse_percentage), _written(r"^\d+(\.\d+)? ?(%|pp)$", "5%", "0.5pp")]
Rate = Annotated[
    float,
    BeforeValidator(parse_rate),
    WithJsonSchema(
        {"type": ["string", "number"], "pattern": r"^\d+(\.\d+)? ?/ ?(s|min|h)$", "examples": ["2/s", "90/min"]}
    ),
]
Address = Annotated[
    tuple[str, int], BeforeValidator(parse_address), _written(r"^[A-Za-z0-9.-]+:\d{1,5}$", "0.0.0.0:5557")
]
WaitRange = Annotated[tuple[float, float], BeforeValidator(parse_wait), _written(r"^\S+$", "3s..7s", "500ms")]

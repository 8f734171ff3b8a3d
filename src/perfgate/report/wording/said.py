"""What is said of a doubt: what happened, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from perfgate.report.prose import Code, Prose

FILE: Final = Code("perfgate.yml")


@dataclass(frozen=True)
class Said:
    sentence: Prose
    remedy: Prose

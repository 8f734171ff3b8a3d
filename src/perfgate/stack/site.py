"""Where a stack is brought up, and what it is given there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Site:
    folder: Path  # of perfgate.yml
    key: str  # unique for the run, in lower case, part of the names of all that is made
    logs: Path  # where the services' logs are left, also after a failed start
    environ: Mapping[str, str] = field(repr=False)  # it may hold secrets
    say: Callable[[str], None]

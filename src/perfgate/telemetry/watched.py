"""What there is to watch of a running stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perfgate.records.stack import StackKind


@dataclass(frozen=True)
class Watched:
    """`containers`: id -> service, a second one of a service as `worker-2`; `processes`: process id -> command."""

    kind: StackKind
    target: str
    folder: Path  # of perfgate.yml
    environ: Mapping[str, str] = field(repr=False)
    containers: Mapping[str, str] = field(default_factory=dict)
    processes: Mapping[int, str] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)  # name -> IP address

"""What the process that generates load is told: written by `driving`, read inside Locust; plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# Names the plan's path for what runs inside Locust and is loaded by Locust itself, as `inside/declared.py`.
PLAN_VARIABLE = "PERFGATE_PLAN"


@dataclass(frozen=True)
class Relayed:
    """What is reached through a relay (`load.relay`); `delay` in seconds."""

    host: str
    port: int
    delay: float


@dataclass(frozen=True)
class Plan:
    """Times in seconds; paths absolute, as the generating process sees them."""

    recording: str  # folder for requests-*.pgr
    log: str  # file for everything that Locust and the user's code print
    locustfile: str
    hosts: Mapping[str, str]  # name -> IP address
    users: int
    duration: float
    warm_up: float
    stages: tuple[tuple[float, int, float], ...]  # duration, users, users per second; none: as many users as told
    keep_own_shape: bool  # a shape of the user's own Locust file wins over `stages`
    traffic: Mapping[str, Any] | None  # `settings.traffic.Traffic` as JSON
    workers: int = 0  # processes of this machine that share the load; 0: this one does it all
    expect_workers: int = 0  # of other machines
    otlp: bool = False  # Locust is told to export by OTLP
    relay: Relayed | None = None  # None: the target is reached directly
    turns: str | None = None  # file of turns (`load.turns`); None: users run from beginning to end

    @property
    def all_workers(self) -> int:
        return self.workers + self.expect_workers

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Plan:
        values = json.loads(path.read_text(encoding="utf-8"))
        values["stages"] = tuple((duration, users, rate) for duration, users, rate in values["stages"])
        values["relay"] = Relayed(**values["relay"]) if values["relay"] else None
        return cls(**values)

"""Every `TICKETS_*` environment variable, read once. README.md lists them with their meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Delay:
    """What is added to an endpoint's own time: fixed seconds, and a share of the own time."""

    seconds: float = 0.0
    share: float = 0.0

    def after(self, own_seconds: float) -> float:
        return self.seconds + self.share * own_seconds


@dataclass(frozen=True)
class Switches:
    host: str
    port: int
    worker_port: int
    threads: int
    data: Path
    database: str
    pool: int
    pool_wait: float  # seconds
    broker: str
    concurrency: int
    fresh: bool
    seed: int
    secret: bytes
    llm: str
    delays: Mapping[str, Delay]
    leak: float  # bytes per second
    reserialise: bool

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Switches:
        data = Path(env.get("TICKETS_DATA") or ".data").absolute()
        return cls(
            host=env.get("TICKETS_HOST") or "127.0.0.1",
            port=int(env.get("TICKETS_PORT") or 8000),
            worker_port=int(env.get("TICKETS_WORKER_PORT") or 8001),
            threads=int(env.get("TICKETS_THREADS") or 32),
            data=data,
            database=env.get("TICKETS_DATABASE") or f"sqlite:///{data / 'tickets.sqlite'}",
            pool=int(env.get("TICKETS_POOL") or 10),
            pool_wait=seconds(env.get("TICKETS_POOL_WAIT") or "5s"),
            broker=env.get("TICKETS_BROKER") or "files://",
            concurrency=int(env.get("TICKETS_CONCURRENCY") or 8),
            fresh=env.get("TICKETS_FRESH") == "1",
            seed=int(env.get("TICKETS_SEED") or 100),
            secret=(env.get("TICKETS_SECRET") or "not-a-secret").encode(),
            llm=env.get("TICKETS_LLM") or "http://127.0.0.1:8002",
            delays=delays(env.get("TICKETS_DELAY", "")),
            leak=bytes_per_second(env.get("TICKETS_LEAK") or "0MiB/min"),
            reserialise=env.get("TICKETS_RESERIALISE") == "1",
        )


def seconds(text: str) -> float:
    """`200ms` is 0.2, `5s` is 5.0."""
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", text.strip()):
        return float(match[1]) * {"ms": 0.001, "s": 1.0}[match[2]]
    raise ValueError(f"{text!r} is no time: write it as 200ms or 5s")


def share(text: str) -> float:
    """`20%` is 0.2."""
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)%", text.strip()):
        return float(match[1]) / 100
    raise ValueError(f"{text!r} is no share: write it as 20%")


def bytes_per_second(text: str) -> float:
    """`6MiB/min` is 104857.6."""
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)MiB/min", text.strip()):
        return float(match[1]) * 2**20 / 60
    raise ValueError(f"{text!r} is no growth: write it as 6MiB/min")


def delays(text: str) -> dict[str, Delay]:
    """By endpoint: `GET /health=200ms, GET /api/v1/tickets/{id}=+20%`."""
    found = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        endpoint, _, amount = part.rpartition("=")
        if not re.fullmatch(r"[A-Z]+ /\S*", endpoint):
            raise ValueError(f"{part!r} is no delay: write it as GET /health=200ms")
        found[endpoint] = Delay(share=share(amount[1:])) if amount.startswith("+") else Delay(seconds(amount))
    return found

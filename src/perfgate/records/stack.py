"""The stack that was measured, and how it broke."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from perfgate.records.base import Record, Seconds


class StackKind(StrEnum):
    COMPOSE = "compose"
    PROCESS = "process"
    EXTERNAL = "external"


class StackFault(Record):
    """The stack broke while the load ran."""

    service: str = Field(max_length=256)
    kind: Literal["exited", "restarted", "oom-killed", "unhealthy", "gone"]
    at: Seconds = Field(description="after the start of the load")
    detail: str = Field(max_length=500)
    log_tail: str = Field(max_length=20_000, description="the service's last lines: foreign text")


class Service(Record):
    name: str = Field(max_length=256)
    image_digest: str | None = None


class Stack(Record):
    kind: StackKind
    target: str
    digest: str = Field(description="of the resolved description of the stack, without generated names")
    services: tuple[Service, ...]
    seconds_to_ready: Seconds
    faults: tuple[StackFault, ...]

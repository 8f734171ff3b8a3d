"""How the application under test is brought up: by compose, as processes, or not at all since it runs already."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from perfgate.settings.part import Part
from perfgate.settings.units import Duration


class Ready(Part):
    """When the stack may be loaded."""

    path: str = Field(default="/", pattern="^/", description="requested on the target until it answers below 400")
    within: Duration = Field(default=120.0, gt=0, description="time limit, from the start of the stack")


class Compose(Part):
    files: tuple[str, ...] = Field(
        default=("docker-compose.yml",), min_length=1, description="compose files, merged in order"
    )
    profiles: tuple[str, ...] = Field(default=(), description="compose profiles to activate")
    env: dict[str, str] = Field(default_factory=dict, description="set for compose's interpolation")
    target: str | None = Field(default=None, description="overrides `stack.target` for this kind of stack")


class Command(Part):
    run: tuple[str, ...] = Field(min_length=1, description="program and arguments; no shell")
    env: dict[str, str] = Field(default_factory=dict, description="added to PerfGate's own environment")
    folder: str = Field(default=".", description="working folder, relative to perfgate.yml")
    ready: Ready | None = Field(default=None, description="wait for this path on the target before the next command")


class Process(Part):
    commands: dict[str, Command] = Field(min_length=1, description="started in this order")
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = Field(
        default=(),
        description="every port that the commands listen on; where base and head run side by side, the base gets "
        "others in their place in `run`, `env` and `target`",
    )
    target: str | None = Field(default=None, description="overrides `stack.target` for this kind of stack")


class External(Part):
    """Something that already runs; PerfGate neither starts nor stops it."""

    base: str | None = Field(default=None, description="URL of the base, or of the reference, to be measured beside it")
    target: str | None = Field(default=None, description="overrides `stack.target` for this kind of stack")


class Stack(Part):
    """The application under test. Where several kinds are given, `--stack` chooses; the first of compose, process,
    external is the default.
    """

    target: str | None = Field(default=None, description="base URL, as another container on the network would say it")
    ready: Ready = Field(default_factory=Ready)
    compose: Compose | None = None
    process: Process | None = None
    external: External | None = None

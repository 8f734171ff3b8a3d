"""What a stack must know of the place PerfGate runs in: this machine, or a container beside the stack's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from perfgate.stack.engine import Engine
from perfgate.stack.owner import this_process
from perfgate.stack.removal import sweep

Model = Mapping[str, Any]


class Surroundings(Protocol):
    @property
    def labels(self) -> Mapping[str, str]:
        """Put on everything that is made, beside the run's own."""

    def sweep(self, engine: Engine) -> Sequence[str]:
        """Remove what earlier runs left behind that were killed outright; returns their keys."""

    def adapt(self, model: Model) -> dict[str, Any]:
        """The resolved model with paths as the engine must be told them. Makes folders that the engine would make."""

    def join(self, engine: Engine, networks: Sequence[str], say: Callable[[str], None]) -> None:
        """Make containers on these networks reachable from here, where that takes something."""


@dataclass(frozen=True)
class _ThisMachine:
    labels: Mapping[str, str] = field(default_factory=dict)

    def sweep(self, engine: Engine) -> Sequence[str]:
        return sweep(engine, this_process())

    def adapt(self, model: Model) -> dict[str, Any]:
        return dict(model)

    def join(self, engine: Engine, networks: Sequence[str], say: Callable[[str], None]) -> None:
        """The machine has an address on each of its bridge networks."""


THIS_MACHINE: Final = _ThisMachine()

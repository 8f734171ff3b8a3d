"""The door of the room: one stack, of whichever kind, open for as long as a `with` block lasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from perfgate.errors import StackError
from perfgate.records.stack import Service, StackFault, StackKind
from perfgate.report.numbers import counted
from perfgate.settings import stack as settings
from perfgate.stack.composed import compose_project, open_compose, resolve
from perfgate.stack.engine import connect
from perfgate.stack.external import open_external
from perfgate.stack.process import find_program, open_processes
from perfgate.stack.readiness import refuse_taken
from perfgate.stack.readiness import resolve as resolve_name
from perfgate.stack.site import Site
from perfgate.stack.surroundings import THIS_MACHINE, Surroundings
from perfgate.stack.target import Target, parse_target
from perfgate.stack.usage import Usage

Part = TypeVar("Part", settings.Compose, settings.Process, settings.External)
Say = Callable[[str], None]
CHECKED_WITHIN: Final = 5.0  # seconds that `check` waits for what runs already


class RunningStack(Protocol):
    """A stack that answers, and is watched."""

    @property
    def kind(self) -> StackKind: ...

    @property
    def target(self) -> str:
        """Base URL as the load generator must use it."""

    @property
    def hosts(self) -> Mapping[str, str]:
        """Name -> IP address that the load generator must resolve it to; what is not in it resolves as ever."""

    @property
    def networks(self) -> tuple[str, ...]:
        """Of the stack's containers, for a load generator that is a container, too."""

    @property
    def containers(self) -> Mapping[str, str]:
        """Id -> service, to be watched; a second one of a service is called `worker-2`."""

    @property
    def processes(self) -> Mapping[int, str]:
        """Process id -> command, to be watched with its offspring."""

    @property
    def engine_api(self) -> Any:
        """Docker's low-level client, where there are containers; else None."""

    @property
    def services(self) -> tuple[Service, ...]: ...

    @property
    def digest(self) -> str:
        """Of what the stack's description says: equal where two runs may be compared."""

    @property
    def seconds_to_ready(self) -> float: ...

    def load_started(self) -> None:
        """The zero of `StackFault.at` is now."""

    def faults(self) -> tuple[StackFault, ...]:
        """What broke so far, since the stack was ready. Cheap enough to ask every second, from any thread."""

    def usage(self) -> Usage | None:
        """So far, of all that belongs to it; None: it cannot be told. Takes milliseconds; from any thread."""

    def save_logs(self, folder: Path) -> None:
        """The services' logs so far, one file each; saved to `logs` in any case when the stack is closed."""


def choose_kind(stack: settings.Stack) -> StackKind:
    """The first kind that is given, of compose, process, external."""
    for kind in StackKind:
        if getattr(stack, kind.value) is not None:
            return kind
    raise StackError(
        "perfgate.yml does not say what the stack is", remedy="give `stack` a `compose`, `process` or `external`"
    )


def open_stack(
    stack: settings.Stack,
    kind: StackKind,
    site: Site,
    surroundings: Surroundings = THIS_MACHINE,
) -> AbstractContextManager[RunningStack]:
    """Start it and wait until it answers; on leaving it is gone, whatever happened. Entering raises `StackError`."""
    match kind:
        case StackKind.COMPOSE:
            compose = _given(stack.compose, kind)
            return open_compose(compose, _target(stack, compose), stack.ready, site, surroundings)
        case StackKind.PROCESS:
            process = _given(stack.process, kind)
            return open_processes(process, _target(stack, process), stack.ready, site)
        case StackKind.EXTERNAL:
            return open_external(_target(stack, _given(stack.external, kind)), stack.ready, say=site.say)


def check_stack(stack: settings.Stack, kind: StackKind, *, folder: Path, environ: Mapping[str, str], say: Say) -> None:
    """All that can be known without starting anything. Raises `StackError` for the first thing that is missing."""
    match kind:
        case StackKind.COMPOSE:
            _check_compose(stack, _given(stack.compose, kind), folder, environ, say)
        case StackKind.PROCESS:
            _check_process(stack, _given(stack.process, kind), folder, environ, say)
        case StackKind.EXTERNAL:
            soon = stack.ready.model_copy(update={"within": min(stack.ready.within, CHECKED_WITHIN)})
            with open_external(_target(stack, _given(stack.external, kind)), soon, say=say):
                pass


def _check_compose(
    stack: settings.Stack, compose: settings.Compose, folder: Path, environ: Mapping[str, str], say: Say
) -> None:
    target = _target(stack, compose)
    site = Site(folder, key="check", logs=folder, environ=environ, say=say)
    with compose_project(compose, site) as project, connect(environ):
        resolved = resolve(project, target, site)
    services = counted(len(resolved.isolated.model["services"]), "service")
    say(f"stack: compose, {services}; the host of {target.url} is one of them")


def _check_process(
    stack: settings.Stack, process: settings.Process, folder: Path, environ: Mapping[str, str], say: Say
) -> None:
    target = _target(stack, process)
    for name, command in process.commands.items():
        program = find_program(name, command, folder, environ)
        say(f"stack: process {name} runs {program}")
    refuse_taken(target, resolve_name(target))


def _given(part: Part | None, kind: StackKind) -> Part:
    if part is None:
        raise StackError(
            f"perfgate.yml describes no stack of kind {kind.value}",
            remedy=f"add `stack.{kind.value}`, or choose another kind",
        )
    return part


def _target(stack: settings.Stack, part: settings.Compose | settings.Process | settings.External) -> Target:
    return parse_target(part.target or stack.target)

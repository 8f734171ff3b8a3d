"""A second stack of processes or URLs beside the first: other ports, wherever they are named."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping

from perfgate.errors import SettingsError
from perfgate.records.stack import StackKind
from perfgate.settings import stack as settings


def moved_aside(
    stack: settings.Stack, kind: StackKind, free_port: Callable[[], int], *, head: settings.Stack
) -> settings.Stack:
    """The description of a base that can run beside the head; what must differ the head says, where the base does not.

    Compose stacks are kept apart by names and published ports anyhow. Raises `SettingsError` where the file does not
    say what must differ.
    """
    match kind:
        case StackKind.COMPOSE:
            return stack
        case StackKind.PROCESS:
            return _other_ports(stack, free_port, head.process)
        case StackKind.EXTERNAL:
            return _other_url(head)


def free_port() -> int:
    """One that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _other_ports(stack: settings.Stack, free: Callable[[], int], head: settings.Process | None) -> settings.Stack:
    process = stack.process or head
    ports = (process.ports if process else ()) or (head.ports if head else ())
    if process is None or not ports:
        raise SettingsError(
            "base and head cannot run side by side: `stack.process.ports` does not name the ports they listen on",
            remedy="list there every port of `commands` and `target`; the base gets free ones in their place",
        )
    new: dict[str, str] = {}
    for port in ports:
        number = free()
        while str(number) in new.values() or number in ports:
            number = free()
        new[str(port)] = str(number)
    commands = {
        name: command.model_copy(
            update={
                "run": tuple(_replaced(each, new) for each in command.run),
                "env": {key: _replaced(value, new) for key, value in command.env.items()},
            }
        )
        for name, command in process.commands.items()
    }
    target = process.target or stack.target
    moved = process.model_copy(
        update={
            "commands": commands,
            "target": _replaced(target, new) if target is not None else None,
            "ports": tuple(int(new[str(port)]) for port in ports),
        }
    )
    return stack.model_copy(update={"process": moved})


def _replaced(text: str, new: Mapping[str, str]) -> str:
    """Whole numbers only: 8080 does not change 18080."""
    return re.sub(r"\d+", lambda found: new.get(found[0], found[0]), text)


def _other_url(stack: settings.Stack) -> settings.Stack:
    external = stack.external
    if external is None or external.base is None:
        raise SettingsError(
            "base and head cannot be compared side by side: `stack.external.base` is missing",
            remedy="give there the base URL at which the base answers",
        )
    return stack.model_copy(update={"external": external.model_copy(update={"target": external.base})})

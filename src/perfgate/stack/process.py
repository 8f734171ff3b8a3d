"""A stack of local processes: started in order, each in a process group of its own, ended with all their offspring."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from perfgate.errors import StackError
from perfgate.records.stack import Service, StackFault, StackKind
from perfgate.report.numbers import counted
from perfgate.settings import stack as settings
from perfgate.stack.children import Child, Children, without_tokens
from perfgate.stack.digest import digest
from perfgate.stack.faults import Faults
from perfgate.stack.readiness import Address, Deadline, refuse_taken, resolve, wait_for_answer
from perfgate.stack.site import Site
from perfgate.stack.tails import keep_end, log_name
from perfgate.stack.target import Target
from perfgate.stack.usage import Usage, of_sessions

GRACE: Final = 5.0  # seconds from SIGTERM to SIGKILL


@dataclass(frozen=True)
class ProcessStack:
    target: str
    services: tuple[Service, ...]
    digest: str
    seconds_to_ready: float
    children: tuple[Child, ...]
    found: Faults
    kind: StackKind = StackKind.PROCESS
    hosts: Mapping[str, str] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    containers: Mapping[str, str] = field(default_factory=dict)
    engine_api: None = None

    @property
    def processes(self) -> Mapping[int, str]:
        return {child.pid: child.name for child in self.children}

    def load_started(self) -> None:
        self.found.load_started()

    def faults(self) -> tuple[StackFault, ...]:
        """Looks when asked: a process that ended cannot come back, so nothing is missed in between."""
        for child in self.children:
            if (code := child.exit_code()) is not None and not self.found.has(child.name, "exited"):
                self.found.add(child.name, child.name, "exited", f"it {ending(code)}", child.tail())
        return self.found.all()

    def usage(self) -> Usage | None:
        return of_sessions(child.pid for child in self.children)

    def save_logs(self, folder: Path) -> None:
        save_logs(self.children, folder)


@contextmanager
def open_processes(
    stack: settings.Process, target: Target, ready: settings.Ready, site: Site
) -> Iterator[ProcessStack]:
    address = resolve(target)
    refuse_taken(target, address)
    deadline = Deadline(ready.within)
    children = Children(grace=GRACE)
    started = children.started
    with (
        tempfile.TemporaryDirectory(prefix="perfgate-") as scratch,
        saved_afterwards(started, site),
        children,
    ):
        for name, command in stack.commands.items():
            site.say(f"starting {name}")
            output = Path(scratch) / log_name(name, [child.output.name for child in started])
            _start(children, name, command, folder=site.folder, environ=site.environ, output=output)
            if command.ready is not None:
                _wait(target, command.ready, address, Deadline(command.ready.within), started)
        _wait(target, ready, address, deadline, started)
        seconds = deadline.used
        site.say(f"{counted(len(started), 'process', 'processes')} ready after {seconds:.1f} s: {target.url}")
        yield ProcessStack(
            target=target.url,
            services=tuple(Service(name=child.name[:256]) for child in started),
            digest=digest(stack.model_dump(mode="json"), generated={str(site.folder): "<folder>"}),
            seconds_to_ready=seconds,
            children=tuple(started),
            found=Faults(),
        )


@contextmanager
def saved_afterwards(children: Sequence[Child], site: Site) -> Iterator[None]:
    """Also after a failed start. What went wrong before must stay what is told, so a lost log is only said."""
    try:
        yield
    finally:
        try:
            save_logs(children, site.logs)
        except OSError as error:
            site.say(f"the processes' output could not be saved: {error}")


def save_logs(children: Sequence[Child], folder: Path) -> None:
    """One file for each command: `<name>.log`."""
    folder.mkdir(parents=True, exist_ok=True)
    for child in children:
        with child.output.open("rb") as file:
            keep_end(iter(partial(file.read, 2**16), b""), folder / child.output.name)


def ending(code: int) -> str:
    if code >= 0:
        return f"ended with {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    return f"was ended by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")


def find_program(name: str, command: settings.Command, folder: Path, environ: Mapping[str, str]) -> Path:
    """Raises `StackError` if the command's folder or program is not there."""
    working_folder = folder / command.folder
    if not working_folder.is_dir():
        raise StackError(
            f"stack.process.commands.{name}.folder: there is no folder {working_folder}",
            remedy="mend the path in perfgate.yml; it is relative to perfgate.yml",
        )
    program = command.run[0]
    path = {**environ, **command.env}.get("PATH")
    found = shutil.which(working_folder / program if "/" in program else program, path=path)
    if found is None:
        raise StackError(
            f"stack.process.commands.{name}: the program {program!r} is not there",
            remedy="install it, or mend `run` in perfgate.yml; a path with a slash is relative to the command's folder",
        )
    return Path(found)


def _start(
    children: Children,
    name: str,
    command: settings.Command,
    *,
    folder: Path,
    environ: Mapping[str, str],
    output: Path,
) -> None:
    program = find_program(name, command, folder, environ)
    try:
        children.start(
            name,
            [str(program), *command.run[1:]],
            environ={**without_tokens(environ), **command.env},
            folder=folder / command.folder,
            output=output,
        )
    except OSError as error:
        raise StackError(
            f"stack.process.commands.{name}: {program} cannot be started: {error.strerror}",
            remedy="make it a program that this machine can run",
        ) from error


def _wait(target: Target, ready: settings.Ready, address: Address, deadline: Deadline, started: list[Child]) -> None:
    def raise_if_ended() -> None:
        for child in started:
            if (code := child.exit_code()) is not None:
                raise StackError(
                    f"{child.name} {ending(code)} while the stack was starting",
                    remedy="see its last lines; a command must stay in the foreground",
                    evidence=child.tail(),
                )

    wait_for_answer(
        target,
        ready,
        address=address,
        deadline=deadline,
        meanwhile=raise_if_ended,
        evidence=lambda: "\n".join(f"--- {child.name}\n{child.tail()}" for child in started),
    )
    raise_if_ended()  # what answered may have been something else

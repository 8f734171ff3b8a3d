"""`init`, `check` and `schema`: what surrounds a run."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path

from perfgate.checkout import commit_of
from perfgate.cli.loading import load_interface, load_settings, read_openapi
from perfgate.cli.stores import open_baselines
from perfgate.console import Console
from perfgate.errors import ExitCode, PerfGateError, SettingsError
from perfgate.load.order import secrets_of
from perfgate.output import OutputFolder
from perfgate.records.criteria import Interface
from perfgate.records.stack import StackKind
from perfgate.report.numbers import counted
from perfgate.report.tables import judgement_schema
from perfgate.settings.model import File
from perfgate.settings.schema import json_schema
from perfgate.settings.starter import starter
from perfgate.settings.workflow import workflow
from perfgate.stack.opening import check_stack, choose_kind

WORKFLOW = Path(".github") / "workflows" / "perfgate.yml"
COMPOSE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")


def schema(arguments: Namespace, _console: Console) -> int:
    described = judgement_schema() if arguments.of == "judgement" else json_schema()
    sys.stdout.write(json.dumps(described, indent=2) + "\n")
    return ExitCode.PASS


def init(arguments: Namespace, console: Console) -> int:
    target: Path = arguments.config
    if target.exists() and not arguments.force:
        raise SettingsError(f"{target} is there already", remedy="give --force to overwrite it, or another --config")
    place = target.resolve()  # a link stays one
    folder = place.parent
    compose = next((folder / name for name in COMPOSE_FILES if (folder / name).is_file()), None)
    text = starter(
        compose_name=compose.name if compose else None,
        compose_text=_compose_text(compose) if compose else None,
        interface=_interface(arguments.openapi, folder),
    )
    OutputFolder(folder).write(place.name, text, instead="give another place with --config")
    console.line(f"wrote {target} from {compose.name if compose else 'nothing found here'}; next: perfgate check")
    if not arguments.no_workflow:
        _write_workflow(place, console)
    console.line("what runs leave is none of git's: perfgate-out/ and .perfgate/ belong into .gitignore")
    return ExitCode.PASS


def _write_workflow(config: Path, console: Console) -> None:
    """Beside those that are there; one of that name is somebody's work and stays as it is."""
    top = next((each for each in config.parents if (each / ".git").exists()), None)
    if top is None:
        console.line("no workflow is written, since this is no git repository")
        return
    target = top / WORKFLOW
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(workflow(config.relative_to(top).as_posix()))
    except FileExistsError:
        console.line(f"{target} is there already and stays as it is")
    except OSError as error:
        raise SettingsError(
            f"{target} cannot be written: {error.strerror}", remedy="make it writable, or give --no-workflow"
        ) from error
    else:
        console.line(
            f"wrote {os.path.relpath(target)}: set OWNER to where the action is kept; more: PerfGate's docs/workflows"
        )


def _compose_text(path: Path) -> str | None:
    """Only for a guess; what is wrong with it, compose itself will say."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def check(arguments: Namespace, console: Console) -> int:
    """Says all that is missing, not only the first."""
    file = load_settings(arguments.config)
    folder = arguments.config.resolve().parent
    console.line(f"{arguments.config}: {counted(len(file.scenarios), 'scenario')}, no mistakes")
    problems = 0
    kind = StackKind(arguments.stack) if arguments.stack else choose_kind(file.stack)
    looks: tuple[Callable[[], None], ...] = (
        partial(check_stack, file.stack, kind, folder=folder, environ=os.environ, say=console.line),
        partial(_check_telemetry, file, kind, console),
        partial(_check_locustfiles, file, folder, console),
        partial(_check_secrets, file, console),
        partial(_check_interface, file, folder, console),
        partial(_check_store, file, folder, console),
        partial(_check_reference, file, arguments.config, console),
    )
    for look in looks:
        try:
            look()
        except PerfGateError as error:
            console.error(error)
            problems += 1
    if problems:
        return ExitCode.SETTINGS
    console.line("ready to run")
    return ExitCode.PASS


def _check_telemetry(file: File, kind: StackKind, console: Console) -> None:
    """What a stack of processes cannot answer is known before it runs; of a container, only once it is there."""
    asked = file.telemetry
    pages = [page.called for page in asked.prometheus if page.stack in {None, kind}]
    probes = {name: probe for name, probe in asked.probes.items() if probe.stack in {None, kind}}
    commands = file.stack.process.commands if file.stack.process and kind is StackKind.PROCESS else None
    for name, probe in probes.items():
        if kind is not StackKind.COMPOSE and probe.service and probe.service not in (commands or {}):
            raise SettingsError(
                f"telemetry.probes.{name}: the stack ({kind.value}) has no {probe.service!r} to run a command in",
                remedy=f"name one of its commands, or say `stack: {StackKind.COMPOSE.value}` in the probe",
            )
    what = [
        *(["containers" if kind is StackKind.COMPOSE else "processes"] if asked.containers else []),
        *pages,
        *probes,
    ]
    console.line(f"telemetry: {', '.join(what) or 'nothing is watched'}")


def _check_locustfiles(file: File, folder: Path, console: Console) -> None:
    for name, scenario in file.scenarios.items():
        if scenario.locustfile is None:
            continue
        if not (folder / scenario.locustfile).is_file():
            raise SettingsError(
                f"scenarios.{name}.locustfile: there is no file {folder / scenario.locustfile}",
                remedy="the path is relative to perfgate.yml",
            )
        console.line(f"scenario {name}: {scenario.locustfile} is there")


def _check_secrets(file: File, console: Console) -> None:
    names = [name for scenario in file.scenarios.values() for name in secrets_of(scenario, os.environ)]
    if names:
        console.line(f"secrets: {', '.join(dict.fromkeys(names))}")


def _check_interface(file: File, folder: Path, console: Console) -> None:
    interface = load_interface(file, folder)
    if interface is not None:
        console.line(
            f"coverage.openapi: {interface.document} describes {counted(len(interface.operations), 'operation')}"
        )


def _check_store(file: File, folder: Path, console: Console) -> None:
    store = open_baselines(file.baseline.store, folder=folder, environ=os.environ)
    for name in file.scenarios:
        console.line(f"scenario {name}: {counted(len(store.read(name)), 'stored run')}")


def _check_reference(file: File, config: Path, console: Console) -> None:
    if file.baseline.reference is not None:
        commit = commit_of(config, file.baseline.reference, os.environ)
        console.line(f"baseline.reference: {file.baseline.reference} is {commit[:12]}")


def _interface(path: Path | None, folder: Path) -> Interface | None:
    """Named in the file as seen from there."""
    if path is None:
        return None
    return read_openapi(path, Path(os.path.relpath(path.resolve(), folder)).as_posix())

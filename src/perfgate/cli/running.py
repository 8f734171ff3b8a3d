"""`run`, `judge` and `compare`: arguments become an order, the gate does the work, the verdict is printed."""

from __future__ import annotations

import os
import secrets
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from perfgate import gate
from perfgate.baselines.steps import can_look, steps_before
from perfgate.baselines.store import Store
from perfgate.checkout import check_out_base, check_out_reference
from perfgate.cli.loading import load_history, load_interface, load_measurement, load_settings
from perfgate.cli.options import if_given, variables
from perfgate.cli.stores import open_baselines
from perfgate.console import Console
from perfgate.doors import Doors, Order
from perfgate.errors import ExitCode, SettingsError
from perfgate.load.driving import drive
from perfgate.load.live.page import LivePage, serve
from perfgate.load.pairing import drive_pairs
from perfgate.machine import read_machine, read_subject
from perfgate.output import OutputFolder
from perfgate.records.baseline import StoredRuns, baseline_of
from perfgate.records.judgement import Judgement
from perfgate.records.measurement import Measurement
from perfgate.records.pairs import Side
from perfgate.records.stack import StackKind
from perfgate.records.verdict import Verdict
from perfgate.report.terminal import final_table
from perfgate.settings.model import File
from perfgate.settings.policy import Overrides, RunPolicy, judging_policy, resolve_policy
from perfgate.settings.rules import Ruled
from perfgate.settings.units import parse_duration
from perfgate.stack.opening import choose_kind, open_stack
from perfgate.stack.ports import free_port
from perfgate.stack.usage import available_memory
from perfgate.telemetry.watching import watch


def run(arguments: Namespace, console: Console) -> int:
    order, doors = prepare(arguments, console, environ=os.environ)
    with _shown_live(doors, arguments, console) as watched:
        return _say(gate.run(order, watched), arguments, console)


@contextmanager
def _shown_live(doors: Doors, arguments: Namespace, console: Console) -> Iterator[Doors]:
    """The same doors, with a page of metrics about the load that runs, where one was asked for."""
    if arguments.metrics_port is None:
        yield doors
        return
    page = LivePage()
    with serve(page, arguments.metrics_host, arguments.metrics_port) as port:
        console.line(f"live metrics: http://{arguments.metrics_host}:{port}/metrics")
        yield replace(
            doors,
            drive=page.around(doors.drive),
            drive_pairs=page.around_pairs(doors.drive_pairs),
            watch=page.around_watch(doors.watch),
        )


def prepare(
    arguments: Namespace, console: Console, *, environ: Mapping[str, str], rule: Callable[[File], Ruled] = Ruled
) -> tuple[Order, Doors]:
    """`rule` may hold other settings against the file's own: a proposed change does not judge itself."""
    ruled = rule(load_settings(arguments.config))
    file = _with_target(ruled.file, arguments.target)
    folder = arguments.config.resolve().parent
    subject = read_subject(folder, environ)
    order = Order(
        file=file,
        folder=folder,
        policy=_policy(file, arguments, arguments.branch or subject.branch),
        judging=judging_policy(file, load_interface(file, folder), ruled.acceptances),
        rules=ruled.rules,
        stack_kind=StackKind(arguments.stack) if arguments.stack else choose_kind(file.stack),
        duration=if_given(arguments.duration, "--duration", parse_duration),
        out=OutputFolder(arguments.out),
        side_environ={
            Side.BASE: variables(arguments.base_env, "--base-env"),
            Side.HEAD: variables(arguments.head_env, "--head-env"),
        },
    )
    doors = Doors(
        open_stack=open_stack,
        drive=drive,
        drive_pairs=drive_pairs,
        watch=watch,
        open_base=lambda: check_out_base(
            arguments.config, arguments.base or file.side_by_side.base, beside=arguments.out, environ=environ
        ),
        open_reference=lambda ref: check_out_reference(arguments.config, ref, beside=arguments.out, environ=environ),
        free_port=free_port,
        random_seed=lambda: secrets.randbits(32),
        available_memory=available_memory,
        steps_before=steps_before if can_look() else None,
        store=_store(file, folder, arguments.baseline_store, environ),
        console=console,
        now=_now,
        machine=read_machine(),
        subject=subject,
        environ=environ,
    )
    return order, doors


def judge(arguments: Namespace, console: Console) -> int:
    file = load_settings(arguments.config)
    measurements = [load_measurement(path) for path in arguments.measurements]
    histories = {
        measurement.id: _history(measurement, path, file, arguments)
        for measurement, path in zip(measurements, arguments.measurements, strict=True)
    }
    return _say(_judged(measurements, histories, file, arguments), arguments, console)


def judge_again(measurement: Measurement, path: Path, arguments: Namespace) -> Judgement:
    """With this file's policy, and what the run itself compared with; writes nothing."""
    file = load_settings(arguments.config)
    history = _history(measurement, path, file, arguments)
    return _decided([measurement], {measurement.id: history}, file, arguments)


def compare(arguments: Namespace, console: Console) -> int:
    file = load_settings(arguments.config)
    store = _store(file, arguments.config.resolve().parent, None, os.environ)
    baseline, candidate = (_measurement(each, store) for each in (arguments.baseline, arguments.candidate))
    _refuse_disorder(baseline, candidate)
    stored = baseline_of(baseline, baseline.started_at, "accepted")
    history = StoredRuns(runs=(stored,))
    return _say(_judged([candidate], {candidate.id: history}, file, arguments), arguments, console)


def _refuse_disorder(baseline: Measurement, candidate: Measurement) -> None:
    """A run is compared with older ones only; anything else would be told as `no baseline`."""
    if baseline.id == candidate.id:
        raise SettingsError(f"both are the same run, {candidate.id}", remedy="give two runs")
    if baseline.started_at > candidate.started_at:
        raise SettingsError(
            f"{baseline.id} is newer than {candidate.id}, which is to be compared with it",
            remedy="give the older run first",
        )


def _judged(
    measurements: list[Measurement], histories: dict[str, StoredRuns], file: File, arguments: Namespace
) -> Judgement:
    judgement = _decided(measurements, histories, file, arguments)
    out = OutputFolder(arguments.out)
    out.prepare()
    gate.write_documents(judgement, out)
    return judgement


def _decided(
    measurements: list[Measurement], histories: dict[str, StoredRuns], file: File, arguments: Namespace
) -> Judgement:
    folder = arguments.config.resolve().parent
    order = Order(
        file=file,
        folder=folder,
        policy=_policy(file, arguments, arguments.branch or measurements[0].subject.branch),
        judging=judging_policy(file, load_interface(file, folder)),
        stack_kind=measurements[0].stack.kind,
        duration=None,
        out=OutputFolder(arguments.out),
    )
    return gate.decide(measurements, histories, order, judged_at=_now(), begun=None)


def _say(judgement: Judgement, arguments: Namespace, console: Console) -> int:
    console.final(final_table(judgement), judgement.verdict)
    console.line(f"report: {arguments.out / 'report.html'}")
    if arguments.json:
        sys.stdout.write(judgement.model_dump_json(indent=1) + "\n")
    return exit_code(judgement)


def exit_code(judgement: Judgement) -> ExitCode:
    if not judgement.blocks:
        return ExitCode.PASS
    return ExitCode.FAIL if judgement.verdict is Verdict.FAIL else ExitCode.CONDITIONAL


def _history(measurement: Measurement, path: Path, file: File, arguments: Namespace) -> StoredRuns:
    """What the run itself compared with, if that was saved; else what is stored and older than the measurement."""
    saved = arguments.baselines or path.with_name("baselines.json")
    if saved.exists() or arguments.baselines:
        return load_history(saved)
    store = _store(file, arguments.config.resolve().parent, None, os.environ)
    stored = store.read(measurement.scenario.name)
    runs = tuple(each for each in stored if each.measurement.started_at < measurement.started_at)
    return StoredRuns(runs=runs, steps=steps_before(measurement, runs) if can_look() else ())


def _measurement(named: str, store: Store) -> Measurement:
    path = Path(named)
    return load_measurement(path) if path.exists() else store.find(named).measurement


def _policy(file: File, arguments: Namespace, branch: str | None) -> RunPolicy:
    overrides = Overrides(
        scenarios=tuple(arguments.scenario) if getattr(arguments, "scenario", None) else None,
        block_on=arguments.block_on,
        time_limit=if_given(getattr(arguments, "time_limit", None), "--time-limit", parse_duration),
        compare=getattr(arguments, "compare", None),
        store={"always": True, "never": False}.get(getattr(arguments, "store_baseline", "never")),
    )
    return resolve_policy(
        file,
        event=arguments.event,
        branch=branch,
        overrides=overrides,
        default_branch=getattr(arguments, "default_branch", None),
    )


def _with_target(file: File, target: str | None) -> File:
    if target is None:
        return file
    kinds = {
        kind: part.model_copy(update={"target": target})
        for kind in ("compose", "process", "external")
        if (part := getattr(file.stack, kind)) is not None
    }
    return file.model_copy(update={"stack": file.stack.model_copy(update={"target": target, **kinds})})


def _store(file: File, folder: Path, override: str | None, environ: Mapping[str, str]) -> Store:
    where = override or file.baseline.store
    return open_baselines(where, folder=Path.cwd() if override else folder, environ=environ)


def _now() -> datetime:
    return datetime.now(UTC)

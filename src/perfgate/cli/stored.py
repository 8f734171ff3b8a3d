"""`baselines list · show · history · accept · prune · export`."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from perfgate.baselines.steps import can_look, steps
from perfgate.baselines.store import Store
from perfgate.cli.loading import load_measurement, load_settings
from perfgate.cli.stores import open_baselines
from perfgate.console import Console
from perfgate.errors import ExitCode, SettingsError
from perfgate.output import OutputFolder
from perfgate.records.baseline import Baseline, baseline_of
from perfgate.records.endpoint import TOTAL
from perfgate.records.metric import Metric
from perfgate.report.history import baseline_list, baseline_summary, history_table
from perfgate.report.history_plot import history_svg
from perfgate.report.openmetrics import openmetrics
from perfgate.report.wording.steps import NOT_LOOKED_FOR


def baselines(arguments: Namespace, console: Console) -> int:
    file = load_settings(arguments.config)
    folder = Path.cwd() if arguments.baseline_store else arguments.config.resolve().parent
    store = open_baselines(arguments.baseline_store or file.baseline.store, folder=folder, environ=os.environ)
    ACTIONS[arguments.action](store, arguments, console)
    return ExitCode.PASS


def _list(store: Store, arguments: Namespace, console: Console) -> None:
    runs = [run for scenario in store.scenarios() for run in store.read(scenario)]
    if arguments.json:
        sys.stdout.write(json.dumps([_facts(run) for run in runs], indent=1) + "\n")
    else:
        console.line(baseline_list(runs))


def _show(store: Store, arguments: Namespace, console: Console) -> None:
    run = store.find(arguments.id)
    if arguments.json:
        sys.stdout.write(run.model_dump_json(indent=1) + "\n")
    else:
        console.line(baseline_summary(run))


def _history(store: Store, arguments: Namespace, console: Console) -> None:
    try:
        metric = Metric(arguments.metric)
    except ValueError as error:
        raise SettingsError(
            f"--metric {arguments.metric}: there is no such metric",
            remedy=f"choose one of {', '.join(Metric)}",
        ) from error
    runs = store.read(arguments.scenario)
    if not runs:
        raise SettingsError(
            f"no run of a scenario {arguments.scenario!r} is stored",
            remedy=f"stored are: {', '.join(store.scenarios()) or 'none at all'}",
        )
    if arguments.endpoint != TOTAL and not any(run.measurement.statistics(arguments.endpoint) for run in runs):
        known = sorted({each.label for run in runs for each in run.measurement.endpoints})
        raise SettingsError(
            f"no stored run of {arguments.scenario} has an endpoint {arguments.endpoint!r}",
            remedy=f"there are: {', '.join(known)}",
        )
    found = steps(runs, metric, arguments.endpoint) if can_look() else ()
    console.line(history_table(runs, metric, arguments.endpoint, found))
    if not can_look():
        console.line(NOT_LOOKED_FOR)
    if arguments.plot is not None:
        picture = history_svg(runs, metric, arguments.endpoint, found)
        OutputFolder(arguments.plot.parent).write(arguments.plot.name, picture, instead="give another --plot")
        console.line(f"drawn: {arguments.plot}")


def _accept(store: Store, arguments: Namespace, console: Console) -> None:
    measurement = load_measurement(arguments.measurement)
    accepted = baseline_of(measurement, datetime.now(UTC), "accepted", arguments.reason[:500])
    address = store.write(accepted)
    console.line(
        f"accepted {measurement.id} as the state that later runs of {measurement.scenario.name} are compared with\n"
        f"kept at {address}"
    )


def _prune(store: Store, arguments: Namespace, console: Console) -> None:
    if arguments.keep < 0:
        raise SettingsError(f"--keep is {arguments.keep}", remedy="give 0 or more")
    removed = store.prune(arguments.scenario, arguments.keep)
    console.line("\n".join([f"removed {len(removed)} of {arguments.scenario}", *removed]))


def _export(store: Store, arguments: Namespace, _console: Console) -> None:
    scenarios = store.scenarios() if arguments.scenario is None else (arguments.scenario,)
    runs = [run for scenario in scenarios for run in store.read(scenario)]
    if not runs:
        raise SettingsError(
            "no run is stored that could be exported",
            remedy=f"stored are: {', '.join(store.scenarios()) or 'none at all'}",
        )
    sys.stdout.write(openmetrics(runs))


def _facts(run: Baseline) -> dict[str, object]:
    measurement = run.measurement
    return {
        "id": run.id,
        "scenario": measurement.scenario.name,
        "started_at": measurement.started_at.isoformat(),
        "commit": measurement.subject.commit,
        "requests": measurement.total.requests,
        "why": run.why,
        "note": run.note,
    }


ACTIONS: dict[str, Callable[[Store, Namespace, Console], None]] = {
    "list": _list,
    "show": _show,
    "history": _history,
    "accept": _accept,
    "prune": _prune,
    "export": _export,
}

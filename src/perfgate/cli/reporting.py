"""`perfgate report`: the page again from saved files, or one page for several runs."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from perfgate.baselines.steps import WATCHED, can_look, steps
from perfgate.cli.loading import load_history, load_judgement, load_measurement, load_settings, read_text
from perfgate.cli.running import judge_again
from perfgate.cli.stores import open_baselines
from perfgate.console import Console
from perfgate.errors import ExitCode, SettingsError
from perfgate.output import OutputFolder
from perfgate.records.baseline import Baseline
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Judgement
from perfgate.records.measurement import Measurement
from perfgate.records.step import Step
from perfgate.report.page import render_page, render_runs
from perfgate.report.runs_page import Run

STEPS_LOOKED_FOR = 40  # endpoints
REMEDY = "give files that `perfgate run` wrote: measurement.json, judgement.json or baselines.json"


@dataclass(frozen=True)
class Given:
    """What the named files hold."""

    measurements: tuple[Measurement, ...]
    stored: tuple[Baseline, ...]
    judgements: tuple[Judgement, ...]


def report(arguments: Namespace, console: Console) -> int:
    """Gives no verdict by its exit code: what was judged has been told by the run that judged it."""
    given = _read(arguments.files)
    runs = [*(Run(each) for each in given.measurements), *map(_stored_run, (*given.stored, *_history(arguments)))]
    out: Path = arguments.out
    if out.is_dir() or out.suffix.lower() not in {".html", ".htm"}:  # a folder, as other commands take
        out = out / "report.html"
    page = _page(given, runs, arguments, out.parent)
    folder = OutputFolder(out.parent)
    folder.prepare()
    console.line(f"report: {folder.write(out.name, page)}")
    return ExitCode.PASS


def _page(given: Given, runs: Sequence[Run], arguments: Namespace, out: Path) -> str:
    if given.judgements:
        if len(given.judgements) > 1 or runs:
            raise SettingsError(
                "a judgement has a page of its own, and is not laid beside others",
                remedy="give one judgement.json alone, or the measurement.json of every run to be compared",
            )
        return render_page(given.judgements[0], folder=_way(arguments.files[0].parent, out))
    if not runs:
        raise SettingsError("there is nothing to report on", remedy=REMEDY + ", or --history SCENARIO")
    if len(runs) == 1 and given.measurements:
        path: Path = arguments.files[0]
        judgement = judge_again(given.measurements[0], path, arguments)
        run = path.parents[2] if path.parent.name == "beside" else path.parents[1]
        return render_page(judgement, folder=_way(run, out))
    return render_runs(runs, _steps(runs) if can_look() else (), made_at=datetime.now(UTC))


def _steps(runs: Sequence[Run]) -> list[Step]:
    """Changes of level of each scenario that always put the same load on; of all together, and of its endpoints."""
    found: list[Step] = []
    known = {run.measurement.id: run.measurement for run in runs}.values()
    for name in sorted({each.scenario.name for each in known}):
        group = [each for each in known if each.scenario.name == name]
        if len({each.scenario.digest for each in group}) > 1:
            continue
        stored = [Baseline(stored_at=each.started_at, why="run", measurement=each) for each in group]
        labels = sorted({each.label for measurement in group for each in measurement.endpoints})
        for label in [TOTAL, *labels[:STEPS_LOOKED_FOR]]:
            found += [step for metric in WATCHED for step in steps(stored, metric, label)]
    return found


def _way(run: Path, page: Path) -> str:
    """From the page to the folder of the run, as its links have it."""
    return Path(os.path.relpath(run.absolute(), page.absolute())).as_posix()


def _stored_run(baseline: Baseline) -> Run:
    return Run(baseline.measurement, baseline.note if baseline.why == "accepted" else "")


def _history(arguments: Namespace) -> tuple[Baseline, ...]:
    if arguments.history is None:
        return ()
    file = load_settings(arguments.config)
    folder = Path.cwd() if arguments.baseline_store else arguments.config.resolve().parent
    store = open_baselines(arguments.baseline_store or file.baseline.store, folder=folder, environ=os.environ)
    runs = store.read(arguments.history)
    if not runs:
        raise SettingsError(
            f"no run of a scenario {arguments.history!r} is stored",
            remedy=f"stored are: {', '.join(store.scenarios()) or 'none at all'}",
        )
    return runs


def _read(files: Sequence[Path]) -> Given:
    """A file is known by what it holds, whatever its name."""
    measurements: list[Measurement] = []
    stored: list[Baseline] = []
    judgements: list[Judgement] = []
    for path in files:
        held = _held(path)
        if "runs" in held:
            stored += load_history(path).runs
        elif "verdict" in held:
            judgements.append(load_judgement(path))
        elif "measurement" in held:
            stored.append(_baseline(path))
        else:
            measurements.append(load_measurement(path))
    return Given(tuple(measurements), tuple(stored), tuple(judgements))


def _held(path: Path) -> dict[str, object]:
    try:
        held = json.loads(read_text(path, REMEDY))
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} is no JSON: {error}", remedy=REMEDY) from error
    if not isinstance(held, dict):
        raise SettingsError(f"{path} holds no run", remedy=REMEDY)
    return held


def _baseline(path: Path) -> Baseline:
    try:
        return Baseline.model_validate_json(read_text(path, REMEDY))
    except ValidationError as error:
        raise SettingsError(f"{path} is no stored run that this version of PerfGate reads", remedy=REMEDY) from error

"""`perfgate plan`: what a load could show, before it is run."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from perfgate.cli.loading import load_settings
from perfgate.cli.options import if_given
from perfgate.cli.stores import open_baselines
from perfgate.console import Console
from perfgate.errors import ExitCode
from perfgate.planning import Asked, forecast
from perfgate.records.forecast import Forecast
from perfgate.report.forecast import forecast_text
from perfgate.settings.policy import Overrides, judging_policy, resolve_policy
from perfgate.settings.units import parse_duration, parse_percentage, parse_rate


def plan(arguments: Namespace, console: Console) -> int:
    file = load_settings(arguments.config)
    folder = Path.cwd() if arguments.baseline_store else arguments.config.resolve().parent
    store = open_baselines(arguments.baseline_store or file.baseline.store, folder=folder, environ=os.environ)
    asked = Asked(
        duration=if_given(arguments.duration, "--duration", parse_duration),
        rate=if_given(arguments.rate, "--rate", parse_rate),
        tolerance=if_given(arguments.tolerance, "--tolerance", parse_percentage),
    )
    chosen = tuple(arguments.scenario) if arguments.scenario else tuple(file.scenarios)
    names = resolve_policy(file, event="local", branch=None, overrides=Overrides(scenarios=chosen)).scenarios
    policy = judging_policy(file)
    found = Forecast(scenarios=tuple(forecast(name, file, policy, store, asked) for name in names))
    if arguments.json:
        sys.stdout.write(found.model_dump_json(indent=1) + "\n")
    else:
        console.line(forecast_text(found))
    return ExitCode.PASS

"""`perfgate self-test`: does this gate bite, here and with these settings?"""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from perfgate.cli.options import above_nothing, if_given, variables
from perfgate.cli.running import prepare
from perfgate.console import Console
from perfgate.doors import Doors, Order
from perfgate.errors import ExitCode, SettingsError
from perfgate.records.self_test import SelfTest
from perfgate.report.wording.self_test import say_self_test
from perfgate.self_test import Asked, self_test
from perfgate.settings.units import parse_duration, parse_percentage


def run_self_test(arguments: Namespace, console: Console) -> int:
    """Ends with 11 where it cries wolf, or does not bite at all."""
    found = tested(arguments, *prepare(arguments, console, environ=os.environ))
    console.line(say_self_test(found))
    if arguments.json:
        sys.stdout.write(found.model_dump_json(indent=1) + "\n")
    return exit_code(found)


def tested(arguments: Namespace, order: Order, doors: Doors) -> SelfTest:
    if arguments.runs < 1 or arguments.slower_runs < 0:
        raise SettingsError("at least one run of the same code is needed", remedy="give --runs 1 or more")
    return self_test(_asked(arguments, order.policy.scenarios), order, doors)


def exit_code(found: SelfTest) -> ExitCode:
    return ExitCode.PASS if found.bites else ExitCode.FAIL


def _asked(arguments: Namespace, scenarios: tuple[str, ...]) -> Asked:
    return Asked(
        scenario=scenarios[0],
        same_runs=arguments.runs,
        slower_runs=arguments.slower_runs,
        slower=above_nothing(arguments.slower, "--slower", parse_percentage),
        delay=if_given(arguments.delay, "--delay", parse_duration),
        environ=variables(arguments.slower_env, "--slower-env"),
        keep=arguments.store_baseline != "never",
    )

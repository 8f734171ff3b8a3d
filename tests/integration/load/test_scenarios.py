"""The scenarios are Locust files that plain Locust runs, and say the same as the built-in profiles."""

from __future__ import annotations

import ast
import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from perfgate.load.order import declared_endpoints, scenario_file
from perfgate.settings.profiles import PROFILES
from perfgate.settings.scenario import Scenario
from tests.integration.cli.conftest import until
from tests.integration.load.serving import CountingServer
from tests.interrupts import interrupted

PRINT_DEFAULTS = """
import json, sys
import locust, locust.main
from locust.argument_parser import get_parser
from locust.util.load_locustfile import load_locustfile
def described(path):
    locust.events.init_command_line_parser._handlers.clear()
    users, shapes = load_locustfile(path)
    options = get_parser().parse_args([])
    return {
        "users": options.num_users, "spawn_rate": options.spawn_rate, "run_time": options.run_time,
        "shapes": len(shapes), "names": sorted(users),
        "waits": [user.wait_time(None) for user in users.values() for _ in range(1000)],
    }
print(json.dumps([described(path) for path in sys.argv[1:]]))
"""


@pytest.mark.parametrize("name", PROFILES)
def test_plain_locust_runs_it(name: str, server: CountingServer, tmp_path: Path) -> None:
    """Cut short by SIGINT where it has a shape, which knows no run time."""
    command = [sys.executable, "-m", "locust", "-f", str(scenario_file(name)), "--headless", "--host", server.url]
    limits = [] if PROFILES[name].stages else ["-u", "5", "-r", "10", "-t", "4s"]
    with subprocess.Popen(
        [*command, *limits, "--csv", str(tmp_path / "run")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    ) as process:
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if not limits and "All users spawned" in line:
                # Not while it still says so: an exception that strikes in what spawns users counts as its failure.
                until(lambda wanted=server.total + 20: server.total >= wanted, "users make requests")
                said += interrupted(process)
                break
        process.wait(timeout=20)
    assert process.returncode == 0, said
    assert server.total > 0
    known = {each.label for each in declared_endpoints(Scenario(profile=name))}
    assert set(server.counts) <= known
    with (tmp_path / "run_stats.csv").open() as file:
        rows = {row["Name"]: row for row in csv.DictReader(file)}
    assert int(rows["Aggregated"]["Request Count"]) <= server.total
    assert int(rows["Aggregated"]["Failure Count"]) == 0


def test_they_say_what_the_profiles_say() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", PRINT_DEFAULTS, *(str(scenario_file(name)) for name in PROFILES)],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    ).stdout
    for (name, profile), told in zip(PROFILES.items(), json.loads(printed), strict=True):
        assert told["names"] == ["Visitor"]
        assert 3 <= min(told["waits"]) < 3.2
        assert 6.8 < max(told["waits"]) <= 7
        if profile.stages:
            stages = tuple((each.duration, each.users, each.spawn_rate) for each in profile.stages)
            assert told["shapes"] == 1
            assert _constant(scenario_file(name), "STAGES") == stages
        else:
            assert told["shapes"] == 0
            assert (told["users"], told["spawn_rate"]) == (profile.users, profile.spawn_rate)
            assert told["run_time"] == profile.duration


def _constant(path: Path, name: str) -> object:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{path} has no {name}")


def test_the_weights_of_the_built_in_traffic() -> None:
    tree = ast.parse(scenario_file("visitor").read_text())
    weights = {
        node.name: decorator.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.args[0], ast.Constant)
    }
    assert weights == {"health": 10, "metrics": 5, "api_health": 2}

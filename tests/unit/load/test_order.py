"""What Locust's process is told: arguments, environment, plan; and what is known of the traffic beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfgate.errors import SettingsError
from perfgate.load.order import (
    LoadOrder,
    declared_endpoints,
    locust_arguments,
    locust_environment,
    locustfile_of,
    plan_for,
    scenario_file,
    secrets_of,
)
from perfgate.load.plan import Plan
from perfgate.settings.profiles import BURST_STAGES, PROFILES, Profile
from perfgate.settings.scenario import Scenario
from perfgate.settings.traffic import Traffic

TRAFFIC = Traffic.model_validate(
    {
        "wait": "1s..2s",
        "requests": [
            {"path": "/tickets/{id}", "values": {"id": "1..5"}},
            {"method": "POST", "path": "/hook", "name": "hook", "json": {"a": 1}},
            {"method": "POST", "path": "/hook/2", "name": "hook"},
        ],
    }
)


def order(scenario: Scenario, tmp_path: Path, profile: Profile | None = None) -> LoadOrder:
    return LoadOrder(
        scenario, profile or Profile(10, 2, 300.5), "http://api:8000", {"api": "10.0.0.2"}, tmp_path, tmp_path / "out"
    )


def following(name: str, arguments: list[str]) -> str:
    return arguments[arguments.index(name) + 1]


def test_arguments_say_the_profile_and_keep_locusts_reports(tmp_path: Path) -> None:
    scenario = Scenario(tags=("a", "b"), exclude_tags=("c",), user_classes=("Reader", "Writer"))
    arguments = locust_arguments(order(scenario, tmp_path), Path("/x/load.py"))
    assert following("-f", arguments) == "/x/load.py"
    assert following("--host", arguments) == "http://api:8000"
    assert [following(name, arguments) for name in ("-u", "-r", "-t")] == ["10", "2", "301s"]
    assert following("--html", arguments) == str(tmp_path / "out" / "locust.html")
    assert following("--csv", arguments) == str(tmp_path / "out" / "locust")
    assert following("--exit-code-on-error", arguments) == "0"
    assert {"--headless", "--csv-full-history"} <= set(arguments)
    tags = arguments.index("--tags")
    assert arguments[tags : tags + 5] == ["--tags", "a", "b", "--exclude-tags", "c"]
    assert arguments[-4:] == ["--processes", "0", "Reader", "Writer"]


@pytest.mark.parametrize(
    ("scenario", "told", "address"),
    [
        (Scenario(workers=3), {"--processes": "3"}, None),
        (Scenario(workers=2, expect_workers=1, bind=("0.0.0.0", 5557)), {"--processes": "2"}, "127.0.0.1"),
        (
            Scenario(expect_workers=4, bind=("10.0.0.1", 5557)),
            {"--processes": "0", "--expect-workers": "4"},
            "10.0.0.1",
        ),
    ],
    ids=["here", "both", "elsewhere"],
)
def test_arguments_say_who_shares_the_load(
    scenario: Scenario, told: dict[str, str], address: str | None, tmp_path: Path
) -> None:
    arguments = locust_arguments(order(scenario, tmp_path), Path("/x/load.py"))
    assert {name: following(name, arguments) for name in told} == told
    assert following("--expect-workers-max-wait", arguments) == "100"
    assert ("--master" in arguments) is (scenario.workers == 0)
    if address is not None and scenario.bind is not None:
        assert following("--master-bind-host", arguments) == scenario.bind[0]
        assert following("--master-host", arguments) == address
        assert following("--master-port", arguments) == "5557"


def test_the_environment_is_what_is_allowed_and_what_the_scenario_gives(tmp_path: Path) -> None:
    environ = {"PATH": "/bin", "LC_ALL": "C", "GITHUB_TOKEN": "secret", "ACTIONS_ID_TOKEN": "secret", "INPUT_X": "x"}
    told = locust_environment(order(Scenario(env={"KEY": "1", "PATH": "/own"}), tmp_path), environ)
    assert told == {"PATH": "/own", "LC_ALL": "C", "KEY": "1"}


def test_a_plan_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    profile = Profile(200, 50, 300, stages=BURST_STAGES)
    plan = plan_for(order(Scenario(traffic=TRAFFIC), tmp_path, profile), Path("/x.py"))
    assert plan.stages[0] == (60, 20, 10)
    assert plan.traffic is not None
    assert plan.traffic["wait"] == [1.0, 2.0]
    assert plan.traffic["requests"][1]["json"] == {"a": 1}
    plan.write(tmp_path / "plan.json")
    assert Plan.read(tmp_path / "plan.json") == plan


def test_a_locust_file_of_the_users_comes_before_declared_traffic(tmp_path: Path) -> None:
    (tmp_path / "load.py").touch()
    scenario = Scenario(traffic=TRAFFIC, locustfile="load.py")
    assert locustfile_of(order(scenario, tmp_path)) == tmp_path / "load.py"
    plan = plan_for(order(scenario, tmp_path), tmp_path / "load.py")
    assert plan.traffic is None
    assert plan.keep_own_shape
    assert declared_endpoints(scenario) == ()


def test_declared_endpoints_are_named_once() -> None:
    labels = [each.label for each in declared_endpoints(Scenario(traffic=TRAFFIC))]
    assert labels == ["GET /tickets/{id}", "POST hook"]


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_has_its_locust_file(name: str, tmp_path: Path) -> None:
    assert scenario_file(name).is_file()
    assert locustfile_of(order(Scenario(profile=name), tmp_path)) == scenario_file(name)


@pytest.mark.parametrize(
    "name", ["INPUT_GITHUB-TOKEN", "GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "gh_token", "AWS_SECRET_ACCESS_KEY"]
)
def test_no_scenario_gets_the_tokens_of_the_gate_itself(name: str) -> None:
    """Its author may be anybody who opens a pull request."""
    scenario = Scenario.model_validate({"locustfile": "users.py", "secrets": [name]})
    with pytest.raises(SettingsError, match="of the runner's own"):
        secrets_of(scenario, {name: "x"})

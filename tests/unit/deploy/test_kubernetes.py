"""The example for Kubernetes says one thing in several places, which must agree with each other and with PerfGate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from perfgate.cli.arguments import parser
from perfgate.settings.reading import read_file
from tests.e2e.load.test_workers import PERFGATE

FILE = Path(__file__).parents[3] / "deploy" / "kubernetes" / "load.yaml"


def parts() -> dict[tuple[str, str], Any]:
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(FILE.read_text())}


def container(job: Any) -> Any:
    (only,) = job["spec"]["template"]["spec"]["containers"]
    return only


def test_as_many_workers_are_started_as_the_load_waits_for_and_they_find_it() -> None:
    found = parts()
    settings = read_file(found["ConfigMap", "perfgate"]["data"]["perfgate.yml"], "perfgate.yml")
    (scenario,) = settings.scenarios.values()
    workers, service = found["Job", "perfgate-worker"], found["Service", "perfgate"]
    assert scenario.bind is not None
    assert workers["spec"]["parallelism"] == workers["spec"]["completions"] == scenario.expect_workers
    assert [each["port"] for each in service["spec"]["ports"]] == [scenario.bind[1]]
    assert service["spec"]["selector"] == found["Job", "perfgate"]["spec"]["template"]["metadata"]["labels"]
    told = parser().parse_args(container(workers)["args"])
    assert told.master == f"{service['metadata']['name']}:{scenario.bind[1]}"


def test_containers_start_what_the_image_has() -> None:
    """As `tests/e2e/load` starts master and workers of that image."""
    found = parts()
    assert container(found["Job", "perfgate"])["command"] == container(found["Job", "perfgate-worker"])["command"]
    assert container(found["Job", "perfgate"])["command"] == PERFGATE


def test_the_run_is_told_what_perfgate_understands() -> None:
    job = container(parts()["Job", "perfgate"])
    told = parser().parse_args(job["args"])
    mounted = {each["mountPath"] for each in job["volumeMounts"]}
    assert {str(told.config.parent), str(told.out)} == mounted

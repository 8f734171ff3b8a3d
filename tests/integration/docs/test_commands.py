"""The commands of the README and of docs/, run as they stand there, in one project, in this order."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documentation import ROOT, as_written
from tests.integration.cli.conftest import Done, Project, clean
from tests.ports import free_port

LIVE = as_written("perfgate run --metrics-port 9646")
INIT = as_written("perfgate init")
INSTALL = as_written("pip install .")
FROM_GIT = as_written("pip install git+https://github.com/OWNER/perfgate@v1")
EXTRAS = tuple(as_written(f"pip install '.[{each}]'") for each in ("history", "otlp", "s3"))
HERE = {"PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}  # nothing is fetched
SELF_TEST = as_written("perfgate self-test")
COMPARED = as_written("perfgate compare FIRST SECOND")
LISTED = as_written("perfgate baselines list")
IN_ORDER = (
    as_written("perfgate check"),
    as_written("perfgate plan"),
    LIVE,
    as_written("perfgate run"),
    as_written("perfgate judge perfgate-out/baseline/measurement.json"),
    as_written(
        'perfgate baselines accept perfgate-out/baseline/measurement.json --reason "new signature check, see #123"'
    ),
    LISTED,
    as_written("perfgate baselines history baseline --metric p95"),
    COMPARED,
    as_written("perfgate run --event pull_request --block-on fail"),
    SELF_TEST,
)
EXPORTED = as_written("perfgate baselines export --openmetrics > runs.om")
READ_BY_PROMETHEUS = as_written("promtool tsdb create-blocks-from openmetrics runs.om DATA-FOLDER-OF-PROMETHEUS")
NOT_MET = as_written(
    "python -c \"import json; [print(c['status'], c['kind'], c['text']) for s in "
    "json.load(open('perfgate-out/judgement.json'))['scenarios'] for c in s['criteria'] if c['status'] != 'met']\""
)
PROBED = as_written(
    "python -c \"import json; run = json.load(open('perfgate-out/baseline/measurement.json')); "
    "[print(s['key']['subject'], s['min'], s['max']) for s in run['telemetry']['series'] "
    "if s['key']['source'] == 'probe']\""
)
SCHEMAS = {as_written("perfgate schema"): "perfgate", as_written("perfgate schema judgement"): "judgement"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("docs") / "repository"
    folder.mkdir()
    with clean(Project(folder)) as made:
        made.configure(
            side_by_side={"block": "400ms"},
            budgets=["p95 < 10s"],
            tolerances={"p50": "900%", "p95": "900%"},  # the commands are tried here, not how alike two runs are
            coverage={"require": ["GET /items", "DELETE"]},
            telemetry={"probes": {"answer": {"service": "app", "exec": ["echo", "42"], "every": "500ms"}}},
        )
        content = json.loads((folder / "perfgate.yml").read_text())
        content["stack"]["process"]["ports"] = [made.port]
        (folder / "perfgate.yml").write_text(json.dumps(content))
        yield made


@pytest.fixture(scope="module")
def ran(project: Project) -> dict[str, Done]:
    """Code and words of each. What is asked for by its place or port gets one of here."""
    first, second = "first/baseline/measurement.json", "perfgate-out/baseline/measurement.json"
    given = {LIVE: f"perfgate run --metrics-port {free_port()} --out first"}
    given[SELF_TEST] = f"{SELF_TEST} --runs 1 --slower-runs 0 --duration 13s --out tested"
    given[COMPARED] = f"perfgate compare {first} {second}"
    return {command: project.perfgate(*shlex.split(given.get(command, command))[1:]) for command in IN_ORDER}


def by_shell(project: Project, command: str, **more: str) -> str:
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **more}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=project.folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_one_ends_well(ran: dict[str, Done]) -> None:
    assert {command: done.said for command, done in ran.items() if done.code != 0} == {}


def test_what_was_not_tested_is_said(ran: dict[str, Done]) -> None:
    assert "DELETE was not exercised" in " ".join(ran["perfgate run"].said.split())


def test_the_live_page_is_where_it_says(ran: dict[str, Done]) -> None:
    assert re.search(r"http://127\.0\.0\.1:\d+/metrics", ran[LIVE].said)


def test_a_run_that_was_accepted_is_listed_as_that(ran: dict[str, Done]) -> None:
    assert "accepted: new signature check, see #123" in ran[LISTED].out


def test_the_package_that_is_installed_is_whole(project: Project) -> None:
    """Into a folder by itself, with the build backend that is here."""
    folder = project.folder.parent / "installed"
    by_shell(project, f"cd {shlex.quote(str(ROOT))} && {INSTALL}", **HERE, PIP_TARGET=str(folder), PIP_NO_DEPS="1")
    assert (folder / "bin" / "perfgate").exists()
    [license_] = folder.glob("perfgate-*.dist-info/licenses/LICENSE")
    assert license_.read_text() == (ROOT / "LICENSE").read_text()
    for each in (ROOT / "scenarios").glob("*.py"):
        assert (folder / "perfgate" / "scenarios" / each.name).read_text() == each.read_text()


def test_it_is_installed_from_its_repository(project: Project, tmp_path: Path) -> None:
    """This one stands for GitHub's, its last commit for the release."""
    released = tmp_path / "released"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(ROOT), str(released)], check=True)
    subprocess.run(["git", "-C", str(released), "tag", "v1"], check=True)
    instead = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{released.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/OWNER/perfgate",
    }
    by_shell(project, FROM_GIT, **HERE, **instead, PIP_TARGET=str(tmp_path / "installed"), PIP_NO_DEPS="1")
    assert (tmp_path / "installed" / "bin" / "perfgate").exists()


@pytest.mark.parametrize("command", EXTRAS)
def test_what_an_extra_needs_is_what_the_tests_have(project: Project, command: str) -> None:
    """All of it, since nothing but PerfGate itself would still be installed."""
    said = by_shell(project, f"cd {shlex.quote(str(ROOT))} && {command}", **HERE, PIP_DRY_RUN="1")
    assert re.search(r"^Would install perfgate-\S+$", said, re.MULTILINE), said


def test_init_writes_a_file_that_check_reads(project: Project) -> None:
    """Of a compose file, so that `check` alone may want a Docker engine."""
    folder = project.folder.parent / "fresh"
    folder.mkdir()
    fresh = Project(folder)
    (folder / "docker-compose.yml").write_text("services: {api: {image: x, ports: ['8000:8000']}}")
    assert fresh.perfgate(*INIT.split()[1:]).code == 0
    said = fresh.perfgate("check").said
    assert "perfgate.yml: 1 scenario, no mistakes" in said


def test_what_did_not_pass_by_the_one_line_of_the_page(project: Project, ran: dict[str, Done]) -> None:
    told = by_shell(project, NOT_MET).splitlines()
    assert "not-met coverage DELETE" in told
    assert "met" not in {each.split()[0] for each in told}


def test_what_the_probes_counted_by_the_one_line_of_the_page(project: Project, ran: dict[str, Done]) -> None:
    assert by_shell(project, PROBED).splitlines() == ["answer 42.0 42.0"]


@pytest.mark.prometheus
def test_prometheus_takes_the_stored_runs(project: Project, ran: dict[str, Done]) -> None:
    by_shell(project, EXPORTED)
    by_shell(project, READ_BY_PROMETHEUS)
    assert list((project.folder / "DATA-FOLDER-OF-PROMETHEUS").rglob("meta.json"))


@pytest.mark.parametrize("command", SCHEMAS)
def test_the_published_schemas_are_what_the_command_prints(project: Project, command: str) -> None:
    published = ROOT / "docs" / "schema" / f"{SCHEMAS[command]}.schema.json"
    assert project.perfgate(*command.split()[1:]).out == published.read_text()

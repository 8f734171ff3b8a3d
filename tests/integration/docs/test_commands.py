"""The commands of the README and of docs/, run as they stand there, in one project, in this order."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Done, Project, clean

ROOT = Path(__file__).parents[3]
PAGES = ("README.md", "docs/recipes.md", "docs/machine.md", "docs/workers.md")
# What a test elsewhere runs, or what cannot run here; every other command in a block is run below.
ELSEWHERE = {
    "make demo": "takes minutes and fixed ports; tests/unit/docs reads its commands",
    "make test": "is this",
    "pip install .": "made the environment that this runs in",
    "perfgate worker --master 10.0.0.5:5557": "another machine; tests/integration/load runs workers on this one",
}
IN_ORDER = (
    "perfgate check",
    "perfgate run",
    "perfgate judge perfgate-out/baseline/measurement.json",
    'perfgate baselines accept perfgate-out/baseline/measurement.json --reason "new signature check, see #123"',
    "perfgate baselines list",
    "perfgate baselines history baseline --metric p95",
    "perfgate compare FIRST SECOND",
)


def written(page: str) -> list[str]:
    """Commands of a page's indented blocks, without their remarks."""
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = re.findall(r"^ {4}((?:perfgate|make|pip|python) .*)$", text, re.MULTILINE)
    return [re.split(r"\s{2,}#", line)[0].strip() for line in lines]


def test_no_command_is_written_that_is_not_run() -> None:
    known = {*ELSEWHERE, *IN_ORDER, "perfgate init"}
    found = {command for page in PAGES for command in written(page) if not command.startswith("python -c")}
    assert found == known


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("docs") / "repository"
    folder.mkdir()
    with clean(Project(folder)) as made:
        made.configure(budgets=["p95 < 10s"], coverage={"require": ["GET /items", "DELETE"]})
        yield made


@pytest.fixture(scope="module")
def ran(project: Project) -> dict[str, Done]:
    done = {"first": project.perfgate("run", "--out", "first")}
    for command in IN_ORDER:
        words = shlex.split(command)[1:]
        if words[0] == "compare":
            words[1:] = ["first/baseline/measurement.json", "perfgate-out/baseline/measurement.json"]
        done[command] = project.perfgate(*words)
    return done


def test_every_one_ends_well(ran: dict[str, Done]) -> None:
    assert {command: done.said for command, done in ran.items() if done.code != 0} == {}


def test_what_was_not_tested_is_said(ran: dict[str, Done]) -> None:
    assert "DELETE was not exercised" in " ".join(ran["perfgate run"].said.split())


def test_a_run_that_was_accepted_is_listed_as_that(ran: dict[str, Done]) -> None:
    assert "accepted: new signature check, see #123" in ran["perfgate baselines list"].out


def test_init_writes_a_file_that_check_reads(project: Project) -> None:
    """Of a compose file, so that `check` alone may want a Docker engine."""
    folder = project.folder.parent / "fresh"
    folder.mkdir()
    fresh = Project(folder)
    (folder / "docker-compose.yml").write_text("services: {api: {image: x, ports: ['8000:8000']}}")
    assert fresh.perfgate("init").code == 0
    said = fresh.perfgate("check").said
    assert "perfgate.yml: 1 scenarios, no mistakes" in said


def test_what_did_not_pass_by_the_one_line_of_the_page(project: Project, ran: dict[str, Done]) -> None:
    page = (ROOT / "docs" / "machine.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ {4}python -c \"(.*?)\"$", page, re.MULTILINE | re.DOTALL)
    program = " ".join(line.split())
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project.folder, capture_output=True, text=True, check=True, timeout=60
    )
    assert "not-met coverage DELETE" in done.stdout.splitlines()
    assert "met" not in {told.split()[0] for told in done.stdout.splitlines()}


def test_the_published_schemas_are_what_the_command_prints(project: Project) -> None:
    for of, name in (("settings", "perfgate"), ("judgement", "judgement")):
        assert project.perfgate("schema", of).out == (ROOT / f"docs/schema/{name}.schema.json").read_text()

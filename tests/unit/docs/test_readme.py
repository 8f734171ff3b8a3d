"""What the README and the pages under docs/ say, held against the code."""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perfgate.cli.arguments import EXIT_CODES, parser
from perfgate.errors import ExitCode
from perfgate.records.verdict import ReasonCode
from perfgate.report.tables import judgement_schema
from perfgate.settings.reading import read_file
from perfgate.settings.schema import json_schema
from tests.documentation import PAGES, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
TROUBLESHOOTING = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")


def rows(page: str, first: str) -> list[list[str]]:
    """Cells of the table whose first heading is `first`."""
    table = page[re.search(rf"^\| {re.escape(first)} \|.*$", page, re.MULTILINE).start() :]  # type: ignore[union-attr]
    lines = table.split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_exit_code_is_explained() -> None:
    numbers = [int(each) for row in rows(COMMANDS, "exit code") for each in row[0].strip("| ").split(", ")]
    assert numbers == [each.value for each in ExitCode]
    assert {int(each) for each in re.findall(r"^  (\d+)|, (\d+)", EXIT_CODES) for each in each if each} <= set(numbers)
    for code in ExitCode:
        if code is not ExitCode.PASS:
            assert re.search(rf"\*\*[^*]*\b{code.value}\b|and {code.value}\*\*|\*\*{code.value}", TROUBLESHOOTING)


def test_every_room_is_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = {name for row in rows(page, "room") for name in re.findall(r"`([\w/]+)`", row[0])}
    inside = [each for each in (ROOT / "src" / "perfgate").iterdir() if each.is_dir() or each.suffix == ".py"]
    there = {each.stem for each in inside if not each.name.startswith("_")}
    assert named == there | {"load/inside"}


def test_every_reason_is_explained() -> None:
    assert {row[0].strip("| `") for row in rows(TROUBLESHOOTING, "reason")} == {each.value for each in ReasonCode}


@pytest.mark.parametrize(
    ("of", "schema"), [("settings", json_schema), ("judgement", judgement_schema)], ids=["settings", "judgement"]
)
def test_the_published_schemas_are_what_the_code_says(of: str, schema: Callable[[], dict[str, Any]]) -> None:
    name = "perfgate" if of == "settings" else of
    published = json.loads((ROOT / "docs" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(schema())), (
        f"out of date: perfgate schema {of} > docs/schema/{name}.schema.json (make pages writes all of these)"
    )


def test_every_command_is_listed_and_exists() -> None:
    listed = {re.search(r"perfgate ([a-z-]+)", row[0]).group(1) for row in rows(COMMANDS, "command")}  # type: ignore[union-attr]
    actions = next(each for each in parser()._actions if isinstance(each, argparse._SubParsersAction))
    shown = {each.dest for each in actions._choices_actions if each.help != argparse.SUPPRESS}
    assert listed == shown - {"action", "action-post"}  # the runner starts these


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[><=\[ ]", each)[0] for each in project["dependencies"]}
    assert {row[0].strip("| ") for row in rows(README, "package")} == needed


def test_the_example_of_a_file_is_one() -> None:
    text = re.search(r"```yaml\n(version: 1.*?)```", README, re.DOTALL)
    assert text is not None
    file = read_file(text.group(1), "README.md")
    assert list(file.scenarios) == ["baseline"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading that it has."""
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"src(?:set)?=\"([^\"]+)\"", text)
    for link in links:
        if "://" not in link:
            path, _, heading = link.partition("#")
            to = page.parent / path if path else page
            assert to.exists(), link
            assert not heading or heading in headings(to), link


def headings(page: Path) -> set[str]:
    """As GitHub names them in links: small letters, blanks as hyphens, no other signs."""
    told = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in told}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_a_reader_is_told_to_run_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for module in re.findall(r"python -m (benchmarks\.[\w.]+)", text):
        assert (ROOT / Path(*module.split("."))).with_suffix(".py").exists(), module
    for target in re.findall(r"(?:^    |`)make (\w+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), target

"""Every piece of a file and every command in the documentation, held to the code that would read it.

What can be run without Docker or GitHub is run by `tests/integration/docs`; here everything is at least read.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfgate.cli.arguments import parser
from perfgate.report.tables import judgement_schema
from perfgate.settings.model import File
from perfgate.settings.reading import read_file
from perfgate.settings.traffic import Traffic
from tests.documentation import PAGES, ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
# What a piece of perfgate.yml leaves out.
TRAFFIC: dict[str, Any] = {"traffic": {"requests": [{"get": "/health"}]}}
WHOLE: dict[str, Any] = {
    "version": 1,
    "stack": {"target": "http://api:8000", "process": {"commands": {"api": {"run": ["api"]}}}},
    "scenarios": dict.fromkeys(("baseline", "peak", "endurance"), TRAFFIC),
}


def blocks(page: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every block of YAML."""
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield text[: found.start()].count("\n") + 1, found.group(1)


BLOCKS = [pytest.param(text, id=f"{page.relative_to(ROOT)}:{line}") for page in PAGES for line, text in blocks(page)]


@pytest.mark.parametrize("text", BLOCKS)
def test_every_block_of_yaml_is_read_by_what_it_is_for(text: str) -> None:
    content = yaml.safe_load(text)
    if isinstance(content, list):  # requests, or journeys, of a traffic
        content = {"requests": content}
    if "jobs" in content:
        assert_workflow(content)
    elif set(content) <= set(Traffic.model_fields):
        read_file(yaml.safe_dump(whole({"scenarios": {"baseline": {"traffic": content}}})), "perfgate.yml")
    elif set(content) <= set(File.model_fields):
        read_file(yaml.safe_dump(whole(content)), "perfgate.yml")
    else:
        assert_other_system(content)


def whole(piece: Mapping[str, Any]) -> dict[str, Any]:
    """Scenarios that say nothing of their traffic get some."""
    scenarios = {
        name: each if {"traffic", "locustfile"} & set(each) else TRAFFIC | each
        for name, each in piece.get("scenarios", {}).items()
    }
    return {**WHOLE, **piece, "scenarios": {**WHOLE["scenarios"], **scenarios}}


def assert_workflow(workflow: Mapping[Any, Any]) -> None:
    assert True in workflow  # YAML 1.1 takes `on` for a truth value, and GitHub knows that
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if step.get("uses", "").startswith("OWNER/perfgate@v1")]
    assert ours
    for step in ours:
        assert set(step.get("with", {})) <= set(ACTION["inputs"])
    assert set(workflow["permissions"]) <= {"contents", "actions", "pull-requests", "checks"}


def assert_other_system(pipeline: Mapping[str, Any]) -> None:
    """GitLab's: its own keys are not ours to check, the commands are."""
    (job,) = pipeline.values()
    assert any(command.startswith("perfgate run") for command in job["script"])


def commands(page: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every command of ours: in a block, with its continuation, or in a code span."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for found in re.finditer(
        r"^(?: {4}|\s*- )(?:[A-Z_]+=\S+ |TICKETS_DELAY=\"[^\"]+\"\s+)*(perfgate .*)$", text, re.MULTILINE
    ):
        yield text[: found.start()].count("\n") + 1, re.split(r"\s{2,}#", found.group(1))[0]
    for found in re.finditer(r"`(perfgate [a-z][^`\n]*)`", text):
        yield text[: found.start()].count("\n") + 1, found.group(1)


COMMANDS = [
    pytest.param(command, id=f"{page.relative_to(ROOT)}:{line}") for page in PAGES for line, command in commands(page)
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command.split(" > ", maxsplit=1)[0])[1:]
    try:
        parser().parse_args(words)
    except SystemExit as ended:
        said = capsys.readouterr()
        # In running text a command may stand without what it asks for, or with --help.
        named = "the following arguments are required" in said.err and words == words[:2]
        assert ended.code == 0 or named, said.err


def test_the_commands_of_make_demo_are_ones() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    recipes = re.findall(r"perfgate (run [^;\n]*)", makefile)
    assert len(recipes) == 2
    for recipe in recipes:
        given = parser().parse_args(shlex.split(recipe))
        file = read_file((ROOT / given.config).read_text(encoding="utf-8"), str(given.config))
        assert set(given.scenario) <= set(file.scenarios)


def test_every_promised_key_of_the_judgement_is_in_its_schema() -> None:
    page = (ROOT / "docs" / "machine.md").read_text(encoding="utf-8")
    promised = re.findall(r"^\| `([a-z_.\[\]]+)` \|", page, re.MULTILINE)
    assert len(promised) > 20
    schema = judgement_schema()
    for path in promised:
        assert path_in_schema(path, schema), path


def path_in_schema(path: str, schema: Mapping[str, Any]) -> bool:
    nodes = [dict(schema)]
    for part in path.split("."):
        nodes = [inner for node in nodes for inner in following(node, part, schema)]
    return bool(nodes)


def following(node: Mapping[str, Any], part: str, schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = [
        inner["properties"][part.removesuffix("[]")]
        for inner in resolved(node, schema)
        if part.removesuffix("[]") in inner.get("properties", {})
    ]
    return [each["items"] for each in found if "items" in each] if part.endswith("[]") else found


def resolved(node: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in node:
        return resolved(schema["$defs"][node["$ref"].rsplit("/", 1)[-1]], schema)
    return [node, *(each for branch in node.get("anyOf", []) for each in resolved(branch, schema))]

"""The example workflows under docs/workflows, held against the action, their page and `perfgate init`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfgate.settings.workflow import workflow

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
FILES = sorted((ROOT / "docs" / "workflows").glob("*.yml"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
OURS = "OWNER/perfgate@v1"


def steps(file: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def test_init_writes_the_one_for_pull_requests() -> None:
    assert workflow() == (ROOT / "docs" / "workflows" / "pull-request.yml").read_text(encoding="utf-8")
    given = yaml.safe_load(workflow('perf/"gate".yml'))["jobs"]["gate"]["steps"][1]
    assert given["with"] == {"config": 'perf/"gate".yml'}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example(file: Path) -> None:
    """Rights are given by the job, each with its reason; actions of others are pinned by commit; inputs exist."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert document["permissions"] == {}
    assert all("timeout-minutes" in job for job in document["jobs"].values())
    for line in re.findall(r"^      ([a-z-]+: (?:read|write).*)$", file.read_text(encoding="utf-8"), re.MULTILINE):
        assert " # " in line, line
    used = [step["uses"] for step in steps(file) if "uses" in step]
    assert used.count(OURS) == 1
    assert all(PINNED.fullmatch(each) for each in used if each != OURS)
    [ours] = [step for step in steps(file) if step.get("uses") == OURS]
    assert set(ours.get("with", {})) <= set(ACTION["inputs"])
    assert f"](workflows/{file.name})" in PAGE


@pytest.mark.parametrize("name", ["fork-publish", "comments"])
def test_what_runs_with_rights_on_a_strangers_word_checks_nothing_out(name: str) -> None:
    used = [step.get("uses", "") for step in steps(ROOT / "docs" / "workflows" / f"{name}.yml")]
    assert used == [OURS]
    assert not any("run" in step for step in steps(ROOT / "docs" / "workflows" / f"{name}.yml"))


def test_a_fork_is_measured_without_any_right_to_write() -> None:
    [job] = yaml.safe_load((ROOT / "docs" / "workflows" / "fork-measure.yml").read_text())["jobs"].values()
    assert job["permissions"] == {"contents": "read"}


def test_a_release_pulls_what_it_pushed_by_its_digest() -> None:
    """The line that the release workflow replaces is in action.yml, and what it makes of it is an image by digest."""
    script = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    found = re.search(r'sed -i "s\|(\^.*\$)\|(.*)\|" action\.yml', script)
    assert found is not None
    pushed = "registry.example/owner/perfgate@sha256:" + "a" * 64
    line = found[2].replace("$PUSHED", pushed)
    text, many = re.subn(found[1], line, (ROOT / "action.yml").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert many == 1
    released = yaml.safe_load(text)["runs"]
    assert released == {**ACTION["runs"], "image": f"docker://{pushed}"}

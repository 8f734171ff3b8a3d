"""`store: branch`, from a workflow and from home."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perfgate.cli.stores import open_baselines
from perfgate.errors import BaselineError, SettingsError
from tests.fakes.github import REPOSITORY, TOKEN, FakeGitHub
from tests.integration.baselines.runs import ids, run


@pytest.fixture
def home(github: FakeGitHub) -> dict[str, str]:
    github.commit("main", {"app.py": b""})
    return {"GITHUB_REPOSITORY": REPOSITORY, "GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": TOKEN}


def workflow(home: dict[str, str], folder: Path, name: str) -> dict[str, str]:
    sides = {side: {"ref": side, "sha": side[0] * 40, "repo": {"full_name": REPOSITORY}} for side in ("base", "head")}
    sides["head"]["sha"] = "a" * 40
    payload = {"pull_request": {"number": 7, **sides}} if name == "pull_request" else {}
    event = folder / "event.json"
    event.write_text(json.dumps(payload), encoding="utf-8")
    return {
        **home,
        "GITHUB_TOKEN": "",
        "INPUT_GITHUB-TOKEN": TOKEN,
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(event),
    }


@pytest.mark.parametrize(("where", "branch"), [("branch", "perfgate-baselines"), ("branch:perf/runs", "perf/runs")])
def test_a_branch_of_the_repository(
    github: FakeGitHub, home: dict[str, str], tmp_path: Path, where: str, branch: str
) -> None:
    pushed = workflow(home, tmp_path, "push")
    open_baselines(where, folder=tmp_path, environ=pushed).write(run(1))
    assert f"baseline/{run(1).id}.json.gz" in (github.branch(branch) or {})
    assert ids(open_baselines(where, folder=tmp_path, environ=home).read("baseline")) == [run(1).id]


def test_at_home_a_run_can_be_accepted(home: dict[str, str], tmp_path: Path) -> None:
    store = open_baselines("branch", folder=tmp_path, environ=home)
    store.write(run(1))
    assert ids(store.read("baseline")) == [run(1).id]


def test_a_pull_request_reads_and_never_writes(home: dict[str, str], tmp_path: Path) -> None:
    open_baselines("branch", folder=tmp_path, environ=home).write(run(1))
    store = open_baselines("branch", folder=tmp_path, environ=workflow(home, tmp_path, "pull_request"))
    assert ids(store.read("baseline")) == [run(1).id]
    with pytest.raises(BaselineError, match="never stored"):
        store.write(run(2))


@pytest.mark.parametrize("missing", ["GITHUB_TOKEN", "GITHUB_REPOSITORY"])
def test_what_is_missing_is_named(home: dict[str, str], tmp_path: Path, missing: str) -> None:
    del home[missing]
    with pytest.raises(SettingsError) as caught:
        open_baselines("branch", folder=tmp_path, environ=home)
    assert missing in f"{caught.value.message} {caught.value.remedy}"


def test_a_folder_of_that_name_is_still_a_folder(tmp_path: Path) -> None:
    open_baselines("./branch", folder=tmp_path, environ={}).write(run(1))
    assert [each.name for each in tmp_path.iterdir()] == ["branch"]

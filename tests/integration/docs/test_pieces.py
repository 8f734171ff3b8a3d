"""Pieces of perfgate.yml in the documentation, each made whole and given to `perfgate check`; the Locust file, run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfgate.cli import main
from perfgate.settings.model import File
from perfgate.settings.traffic import Traffic
from tests.documentation import PAGES, ROOT
from tests.integration.load.conftest import Loading
from tests.unit.docs.test_examples import blocks, whole

LOCUST_FILE = "from locust import HttpUser\n\n\nclass Buyer(HttpUser):\n    pass\n"
INTERFACE = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {"/health": {"get": {"responses": {}}}},
}


def pieces() -> list[Any]:
    found = []
    for page in PAGES:
        for line, text in blocks(page):
            content = yaml.safe_load(text)
            content = {"requests": content} if isinstance(content, list) else content
            if set(content) <= set(Traffic.model_fields):
                content = {"scenarios": {"baseline": {"traffic": content}}}
            if set(content) <= set(File.model_fields):
                found.append(pytest.param(content, id=f"{page.relative_to(ROOT)}:{line}"))
    return found


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Whatever a piece speaks of and leaves out: files, a secret, a repository with a release and a remote."""
    (tmp_path / "load").mkdir()
    (tmp_path / "load" / "users.py").write_text(LOCUST_FILE)
    (tmp_path / "openapi.json").write_text(json.dumps(INTERFACE))
    monkeypatch.setenv("HOOK_SECRET", "not a secret")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=me", "-c", "user.email=me@localhost"]
    for command in (
        ["init", "--quiet"],
        ["remote", "add", "origin", str(tmp_path)],
        ["commit", "--quiet", "--allow-empty", "--message=a release"],
        ["tag", "v1.2.0"],
    ):
        subprocess.run([*git, *command], check=True)
    return tmp_path


@pytest.mark.parametrize("piece", pieces())
def test_check_takes_it(piece: Mapping[str, Any], surroundings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = surroundings / "perfgate.yml"
    made = whole(piece)
    if "stack" not in piece:
        commands = {name: {"run": [sys.executable, "-c", "pass"]} for name in ("api", "redis", "postgres", "worker")}
        made["stack"] = {"target": "http://127.0.0.1:1", "process": {"commands": commands}}
    file.write_text(yaml.safe_dump(made))
    code = main(["check", "--config", str(file)])
    said = capsys.readouterr()
    assert "no mistakes" in said.out
    missing = [line for line in said.out.splitlines() if line.startswith("error: ")]
    assert bool(missing) == (code != 0), said.out + said.err
    assert not missing or "stack" in piece or "no token to read it with" in missing[0]  # a compose file, a branch


def test_the_locust_file_is_run_by_locust(loading: Loading) -> None:
    """Its users meet a server that knows nothing of desks, so that what they ask for fails, and is recorded."""
    page = (ROOT / "docs" / "traffic.md").read_text(encoding="utf-8")
    [code] = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    scenario = loading.locustfile(code).model_copy(update={"secrets": ["HOOK_SECRET"]})
    driven = loading.drive(loading.order(scenario, duration=1.5), environ={**os.environ, "HOOK_SECRET": "x"})
    asked = {endpoint.label for endpoint in driven.recording.endpoints}
    assert asked >= {"POST /webhooks/desk", "POST /v1/chat/completions"}

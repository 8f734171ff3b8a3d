"""A pull request from a fork: measured and judged without rights, and told by a workflow of the default branch."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.action.conftest import CONCLUSION, HEAD, OPENED, PULL, WORD, StartRunner, conclusions, judgement, well
from tests.fakes.github import EVERYTHING, READ_ONLY, REPOSITORY, TOKEN, FakeGitHub

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]
RUN = 41
FORK = {"full_name": "mallory/shop", "owner": {"login": "mallory"}}
LOCUSTFILE = """
import os
from pathlib import Path
from locust import HttpUser, constant, task

def may(action):
    try:
        action()
    except OSError:
        return "no"
    return "yes"

class Curious(HttpUser):
    wait_time = constant(0.02)

    @task
    def look(self):
        tokens = sorted(name for name in os.environ if name.startswith(("INPUT_", "ACTIONS_", "GITHUB_", "STATE_")))
        found = {
            "tokens": ",".join(tokens) or "none",
            "socket": may(lambda: os.stat("/var/run/docker.sock")),
            "write": may(lambda: Path("evil").write_text("")),
            "read": may(lambda: Path("conf/token").read_text()),
            "events": may(lambda: os.stat("/github/workflow")),
            "root": "yes" if os.geteuid() == 0 else "no",
            "secret": os.environ["FOR_LOCUST"],
        }
        self.client.get("/health", name=" ".join(f"{name}={value}" for name, value in found.items()))
"""


def packed(folder: Path) -> bytes:
    """As actions/upload-artifact packs a folder."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return data.getvalue()


@pytest.fixture
def pull(github: FakeGitHub) -> dict[str, Any]:
    ends = {"head": {"label": "mallory:faster", "ref": "faster", "sha": HEAD, "repo": FORK}}
    ends["base"] = {"ref": "main", "sha": "b" * 40, "repo": {"full_name": REPOSITORY}}
    made = {"number": PULL, "state": "open", "labels": [], **ends}
    github.repository.pulls[PULL] = made
    return made


def test_fork_is_judged_without_rights_and_told_by_another_workflow(
    gated: StartRunner, github: FakeGitHub, pull: dict[str, Any]
) -> None:
    """The Locust file is the fork's: it gets neither the socket nor tokens. A token that may only read changes no
    verdict.
    """
    github.allow(READ_ONLY)
    job = gated(event={**OPENED, "pull_request": pull})
    (job.workspace / "perf").mkdir()
    (job.workspace / "perf" / "curious.py").write_text(LOCUSTFILE)
    settings = job.workspace / "perfgate.yml"
    head, _, tail = settings.read_text().partition("    traffic:\n")
    settings.write_text(
        f"{head}    locustfile: perf/curious.py\n    env: {{FOR_LOCUST: given}}\n{tail[tail.index('tol') :]}"
    )
    job.give_to_owner()
    (job.workspace / "conf" / "token").chmod(0o600)
    step = job.run({})
    assert step.exit_code == 0, step.log
    measured = json.loads((job.workspace / "perfgate-out" / "seen" / "measurement.json").read_text())
    names = [each["endpoint"]["name"] for each in measured["endpoints"]]
    root = "no" if job.owner else "yes"
    assert names == [f"tokens=none socket=no write=no read=yes events=no root={root} secret=given"]
    assert not (job.workspace / "evil").exists()
    assert not list(job.workspace.rglob("__pycache__"))
    verdict = well(judgement(job))
    assert verdict, step.log
    assert (step.outputs["verdict"], step.outputs["comment-url"], github.bodies(PULL)) == (verdict, "", [])
    assert "comment: " in step.log, "it says that it may not"
    assert TOKEN not in step.log
    leaked = [
        path
        for path in (job.workspace / "perfgate-out").rglob("*")
        if path.is_file() and TOKEN.encode() in path.read_bytes()
    ]
    assert leaked == []

    github.allow(EVERYTHING | {"actions": "read"})
    data = packed(job.workspace / "perfgate-out")
    github.repository.artifacts.append({"id": 5, "run": RUN, "name": "perfgate-out", "expired": False, "data": data})
    run = {"id": RUN, "event": "pull_request", "head_sha": HEAD, "head_branch": "faster", "head_repository": FORK}
    job.event_name = "workflow_run"
    job.event = {"action": "completed", "repository": {"full_name": REPOSITORY}, "workflow_run": run}
    job.write_event()
    told = job.run({})
    assert told.exit_code == 0, told.log
    (body,) = github.bodies(PULL)
    assert WORD[verdict] in body
    assert conclusions(github) == [("completed", CONCLUSION[verdict])]

from __future__ import annotations

from pathlib import Path

import pytest

from perfgate.stack.own_container import job_key

RUN = {"GITHUB_RUN_ID": "1", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_JOB": "gate", "GITHUB_ACTION": "__self"}
WORKSPACE = Path("/home/runner/work/shop/shop")


def test_job_key_is_the_same_in_the_step_after_the_job() -> None:
    after = {**RUN, "STATE_container": "abc", "GITHUB_STATE": "/another/file"}
    assert job_key(WORKSPACE, RUN) == job_key(WORKSPACE, after)


@pytest.mark.parametrize("name", list(RUN))
def test_job_key_differs_between_jobs(name: str) -> None:
    assert job_key(WORKSPACE, RUN) != job_key(WORKSPACE, {**RUN, name: "other"})


def test_job_key_differs_between_workspaces_of_one_machine() -> None:
    """As of the jobs of a matrix, which have everything else in common."""
    assert job_key(WORKSPACE, RUN) != job_key(Path("/home/runner-2/work/shop/shop"), RUN)

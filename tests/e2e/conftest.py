from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
IMAGE = "perfgate-action:test"


@pytest.fixture(scope="session")
def image(docker_engine: None) -> str:
    """The action's, built once; layers come from the cache, but for the code."""
    built = subprocess.run(
        ["docker", "build", "--quiet", "--tag", IMAGE, str(TOP)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return IMAGE

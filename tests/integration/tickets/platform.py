"""The example platform as real processes on free ports of 127.0.0.1."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "examples" / "tickets"


@contextmanager
def started(part: str, data: Path, **env: str) -> Iterator[str]:
    """The base URL of `tickets.<part>`. On leaving it is asked to end, and must end well."""
    settings = {"TICKETS_DATA": str(data), "TICKETS_PORT": "0", "TICKETS_WORKER_PORT": "0", "LLM_PORT": "0", **env}
    with (data / f"{part}.log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", f"tickets.{part}"],
            cwd=FOLDER,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **settings},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield _address(process, Path(log.name))
        finally:
            process.terminate()
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
    assert process.returncode == 0, f"{part} ended with {process.returncode}: {Path(log.name).read_text()}"


def _address(process: subprocess.Popen[str], log: Path) -> str:
    """Printed when it is ready. One that ends instead closes its output; one that hangs meets the test's timeout."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"listens on (http://\S+)", line):
            return found[1]
    raise AssertionError(log.read_text())

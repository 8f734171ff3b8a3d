from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from perfgate.cli import main
from perfgate.records.judgement import Judgement
from perfgate.records.measurement import Measurement
from tests.ports import free_port

APPLICATION = Path(__file__).with_name("application.py")
MARK = "TMPDIR"  # in the environment of all that a command starts, the load generator too; each test has its own
LONGEST = 180  # seconds that any command may take; never waited for in full unless something hangs
CODE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that a person sees, without line breaks that a terminal's width put in."""
        return self.out + self.err


@dataclass
class Project:
    """A folder with a `perfgate.yml`, in which the real command is run as a process of its own."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def out(self) -> Path:
        return self.folder / "perfgate-out"

    @property
    def store(self) -> Path:
        return self.folder / ".perfgate" / "baselines"

    def configure(
        self,
        *,
        requests: Sequence[Mapping[str, Any]] = ({"get": "/items"}, {"get": "/orders"}),
        how: str = "",
        scenario: Mapping[str, Any] | None = None,
        within: str = "30s",
        **keys: Any,
    ) -> None:
        """`scenario` replaces keys of the one scenario, `keys` of the file. YAML takes JSON."""
        declared = {"traffic": {"wait": "20ms..60ms", "requests": list(requests)}}
        content = {
            "stack": {
                "target": f"http://127.0.0.1:{self.port}",
                "ready": {"path": "/health", "within": within},
                "process": {
                    "commands": {"app": {"run": [sys.executable, str(APPLICATION), str(self.port), *how.split()]}}
                },
            },
            "scenarios": {
                "baseline": {
                    "users": 8,
                    "spawn_rate": "50/s",
                    "duration": "3s",
                    "warm_up": "500ms",
                    **(declared if scenario is None or "locustfile" not in scenario else {}),
                    **(scenario or {}),
                }
            },
            **keys,
        }
        (self.folder / "perfgate.yml").write_text(json.dumps(content, indent=1))

    @property
    def surroundings(self) -> dict[str, Any]:
        """What every command of this project is started with."""
        return {
            "cwd": self.folder,
            "env": {**os.environ, MARK: str(self.scratch)},
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            "start_new_session": True,
        }

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        with_ours = {**self.surroundings["env"], **environ}
        return subprocess.Popen(
            [sys.executable, "-m", "perfgate", *arguments], **{**self.surroundings, "env": with_ours}
        )

    def perfgate(self, *arguments: str, **environ: str) -> Done:
        return ended(self.start(*arguments, **environ))

    def here(self, *arguments: str, **environ: str) -> Done:
        """As `perfgate`, in this process: for a command that starts nothing, and whose own start is most of its time. A
        bug comes out as the exception that it is.
        """
        with contextlib.chdir(self.folder), pytest.MonkeyPatch.context() as patched:
            for name, value in {MARK: str(self.scratch), **environ}.items():
                patched.setenv(name, value)
            patched.setattr(tempfile, "tempdir", None)
            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
                try:
                    code = main(arguments)
                except SystemExit as ended:  # argparse's way
                    code = int(ended.code or 0)
        return Done(code, CODE.sub("", out.getvalue()), CODE.sub("", err.getvalue()))

    @property
    def scratch(self) -> Path:
        folder = self.folder.parent / f"{self.folder.name}-scratch"
        folder.mkdir(exist_ok=True)
        return folder

    def judgement(self, out: str = "perfgate-out") -> Judgement:
        return Judgement.model_validate_json((self.folder / out / "judgement.json").read_bytes())

    def measurement(self, out: str = "perfgate-out") -> Measurement:
        return Measurement.model_validate_json((self.folder / out / "baseline" / "measurement.json").read_bytes())

    def processes(self) -> list[str]:
        """Command lines of what was started for this project and runs; a zombie has none."""
        return [line for _, line in _marked(self.scratch) if line]

    def left_behind(self) -> list[str]:
        """Processes, scratch files and half-written files that a command ought to have removed."""
        unfinished = [
            str(path) for path in self.folder.rglob("*") if path.name.endswith(".tmp") or path.name == "load-plan.json"
        ]
        return [*self.processes(), *map(str, self.scratch.iterdir()), *unfinished]


def ended(process: subprocess.Popen[str]) -> Done:
    with process:
        try:
            out, err = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            pytest.fail(f"the command did not end; it said:\n{out}\n{err}")
    return Done(process.returncode, CODE.sub("", out), CODE.sub("", err))


def _marked(scratch: Path) -> Iterator[tuple[int, str]]:
    """Process ids and command lines, as Linux tells."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={scratch}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name), (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # ended meanwhile, or another user's


def until(condition: Callable[[], object], what: str, *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"it did not happen that {what}")
        time.sleep(0.02)


@contextmanager
def clean(project: Project) -> Iterator[Project]:
    """Ends what a failed test left, after the test has had its say."""
    try:
        yield project
    finally:
        for process, _ in _marked(project.scratch):
            os.kill(process, signal.SIGKILL)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = tmp_path / "repository"
    folder.mkdir()
    with clean(Project(folder)) as made:
        made.configure()
        yield made

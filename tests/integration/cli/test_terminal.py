"""The real command on a real terminal, and in a GitHub log."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest

from tests.integration.cli.conftest import LONGEST, Project
from tests.integration.cli.test_bad_input import RUN

HIDDEN, SHOWN = b"\x1b[?25l", b"\x1b[?25h"


class OnTerminal:
    """A command whose terminal is ours; `seen` is all that it wrote there."""

    def __init__(self, project: Project, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self.seen = b""
        surroundings = {**project.surroundings, "stdin": theirs, "stdout": theirs, "stderr": theirs, "text": False}
        environ = {**surroundings["env"], "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "perfgate", *arguments], **{**surroundings, "env": environ}
        )
        os.close(theirs)

    def read_until(self, wanted: bytes | None) -> bool:
        """None: until it ends."""
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            if wanted is not None and wanted in self.seen:
                return True
            if not select.select([self._ours], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(self._ours, 2**16)
            except OSError:  # what Linux says once nobody has the other end
                data = b""
            if not data:
                return wanted is None
            self.seen += data
        return False

    def end(self) -> int:
        assert self.read_until(None), self.seen
        os.close(self._ours)
        with self.process:
            return self.process.wait(LONGEST)


def test_a_live_view_and_then_the_table(project: Project) -> None:
    terminal = OnTerminal(project, *RUN)
    assert terminal.read_until(HIDDEN)
    assert terminal.end() == 0
    assert terminal.seen.rindex(SHOWN) > terminal.seen.rindex(HIDDEN)
    text = terminal.seen.decode()
    assert "req/s" in text
    assert text.index("Loading") < text.index("baseline: conditional") < text.index("report: perfgate-out/report.html")
    assert project.left_behind() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_cursor_is_back_after_a_signal(project: Project, number: int) -> None:
    project.configure(scenario={"duration": "60s"})
    terminal = OnTerminal(project, *RUN)
    assert terminal.read_until(b"Loading")
    terminal.process.send_signal(number)
    assert terminal.end() == 128 + number
    assert terminal.seen.rindex(SHOWN) > terminal.seen.rindex(HIDDEN)
    assert b"cancelled" in terminal.seen
    assert b"Traceback" not in terminal.seen
    assert project.left_behind() == []


def test_in_a_github_log_stages_are_groups_and_foreign_text_commands_nothing(project: Project) -> None:
    project.configure(how="commands")
    done = project.perfgate(*RUN, GITHUB_ACTIONS="true")
    assert done.code == 3
    assert "::group::Starting the stack (process)" in done.out
    assert "::set-output name=verdict::pass" in done.out  # it is shown, and is no command where it stands
    assert {command.split(" ")[0].split("::")[1] for command in heard(done.out)} <= {"group", "endgroup", "error"}


def heard(log: str) -> list[str]:
    """The commands that a runner would obey, as it reads a log: those between stop and resume are only shown."""
    commands: list[str] = []
    resume: str | None = None
    for line in map(str.strip, log.splitlines()):
        if resume is not None:
            resume = None if line == resume else resume
        elif line.startswith("::stop-commands::"):
            resume = f"::{line.removeprefix('::stop-commands::')}::"
        elif line.startswith(("::", "##[")):
            commands.append(line)
    return commands

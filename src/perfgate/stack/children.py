"""Child processes in groups of their own: none is lost, whenever a signal comes, and all their offspring ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from perfgate.errors import Cancelled
from perfgate.settings.withheld import opens_a_store
from perfgate.stack.readiness import Deadline
from perfgate.stack.tails import tail_of_file
from perfgate.unbroken import unbroken

KILL_LIMIT: Final = 2.0  # seconds to wait for a killed group; only what nobody reaps can still be there
_WITHHELD: Final = ("ACTIONS_", "INPUT_", "STATE_")
_TOKENS: Final = frozenset({"GITHUB_TOKEN", "GH_TOKEN"})


def without_tokens(environ: Mapping[str, str]) -> dict[str, str]:
    """What the application under test may see of PerfGate's own environment: no inputs, no tokens of the runner, no
    credentials of the store.
    """
    return {
        key: value
        for key, value in environ.items()
        if key not in _TOKENS and not key.startswith(_WITHHELD) and not opens_a_store(key)
    }


class Child:
    """A process that leads a group; its output, both streams, goes to a file."""

    def __init__(self, name: str, arguments: Sequence[str], *, environ: Mapping[str, str], folder: Path, output: Path):
        self.name = name
        self.output = output
        with output.open("ab") as file:
            self._process = subprocess.Popen(
                arguments,
                cwd=folder,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a terminal's Ctrl-C is ours alone to pass on
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None: it runs. Negative: the signal that ended it."""
        return self._process.poll()

    def wait(self, seconds: float) -> int | None:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def tail(self) -> str:
        return tail_of_file(self.output)

    def signal_group(self, number: int) -> bool:
        """False: nothing is left of the group."""
        self._process.poll()  # else its leader stays in the group as a zombie
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return False
        except PermissionError:  # what macOS says of a group of zombies
            return False
        return True


class Children:
    """Starts children and, on leaving, ends every group that was started: SIGTERM, `grace` seconds, SIGKILL."""

    def __init__(self, *, grace: float) -> None:
        self._grace = grace
        self.started: list[Child] = []

    def start(
        self, name: str, arguments: Sequence[str], *, environ: Mapping[str, str], folder: Path, output: Path
    ) -> Child:
        """Raises `OSError` if the program cannot be started."""
        # `Cancelled` must not come between the birth of a process and the note that it is there.
        unbroken(lambda: self.started.append(Child(name, arguments, environ=environ, folder=folder, output=output)))
        return self.started[-1]

    def end(self) -> None:
        """May be called again, and must be if it was interrupted."""
        left = [child for child in self.started if child.signal_group(signal.SIGTERM)]
        left = _wait_for_end(left, self._grace)
        left = [child for child in left if child.signal_group(signal.SIGKILL)]
        _wait_for_end(left, KILL_LIMIT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.end()
        except (Cancelled, KeyboardInterrupt):
            self.end()
            raise


def _wait_for_end(children: Sequence[Child], seconds: float) -> list[Child]:
    """Those of which something is left."""
    deadline = Deadline(seconds)
    left = [child for child in children if child.signal_group(0)]
    while left and not deadline.passed:
        time.sleep(0.02)
        left = [child for child in left if child.signal_group(0)]
    return left

"""How the generating process is started, followed and ended. Another launcher may start it in a container."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from perfgate.load.lines import Pieces

PROGRAM: Final = "perfgate.load.inside"
WORKER_PROGRAM: Final = "perfgate.load.inside.worker"
_POLL: Final = 0.02  # seconds between looks at a process whose output has ended


class Generator(Protocol):
    """A running process that generates load; leaving the context ends it, whatever happened."""

    def lines(self, within: float) -> Sequence[str]:
        """Whole lines said since the last call; waits at most `within` seconds for the first."""

    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""

    def interrupt(self) -> None:
        """Ask it to end in order."""

    def kill(self) -> None:
        """End it at once."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


class Launcher(Protocol):
    def __call__(
        self,
        plan: Path,
        arguments: Sequence[str],
        *,
        folder: Path,
        environ: Mapping[str, str],
        networks: Sequence[str],
    ) -> Generator:
        """`plan` lies in the folder that the process writes into; `networks` are the stack's, by the engine's names."""


def launch_subprocess(
    plan: Path,
    arguments: Sequence[str],
    *,
    folder: Path,
    environ: Mapping[str, str],
    networks: Sequence[str],  # noqa: ARG001 - what reaches the stack from this machine reaches it from its processes
) -> SubprocessGenerator:
    """Start it on this machine, in a process group of its own so that a terminal's Ctrl-C reaches PerfGate alone.

    `-P` keeps the working folder off the path while Python starts: a `random.py` of the user's must not be imported
    in place of the standard library's. Locust itself adds the folder before it loads the Locust file.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", PROGRAM, str(plan), "--", *arguments],
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    return SubprocessGenerator(process)


class SubprocessGenerator:
    def __init__(self, process: subprocess.Popen[bytes], *, grace: float = 3.0) -> None:
        """`grace` is how long, in seconds, it may take to end in order when the context is left early."""
        if process.stdout is None:
            raise ValueError("the output of the process must be a pipe")
        self._process = process
        self._grace = grace
        self._output = process.stdout
        self._pieces = Pieces()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output, selectors.EVENT_READ)

    def lines(self, within: float) -> Sequence[str]:
        if not self._selector.get_map():
            self._await_exit(within)
            return []
        if not self._selector.select(within):
            return []
        data = os.read(self._output.fileno(), 1 << 16)
        if not data:
            self._selector.unregister(self._output)
        return self._pieces.lines(data)

    def exit_code(self) -> int | None:
        """Only once its output has been read to the end, so that no last word is lost."""
        if self._selector.get_map():
            return None
        return self._process.poll()

    def interrupt(self) -> None:
        self._signal_group(signal.SIGINT)

    def kill(self) -> None:
        self._signal_group(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if self._process.poll() is None:
                self.interrupt()
                self._await_exit(self._grace)
        finally:
            self.kill()  # also what the user's code started and left behind
            self._process.wait()
            self._selector.close()
            self._output.close()

    def _await_exit(self, within: float) -> None:
        deadline = time.monotonic() + within
        while self._process.poll() is None and time.monotonic() < deadline:
            time.sleep(_POLL)

    def _signal_group(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return  # nobody of the group is left (macOS says so with PermissionError)

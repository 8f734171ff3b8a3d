"""What a person sees while the gate works: a live view on a terminal, plain lines in a log, groups on GitHub.

It tells stages and figures, and no verdict before the verdict. Text from outside is cleaned: it cannot move the cursor,
and in a GitHub log it cannot issue workflow commands.
"""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol, TextIO

from perfgate.console.logs import GitHubLog, PlainLog
from perfgate.errors import PerfGateError
from perfgate.records.progress import Progress
from perfgate.records.verdict import Verdict


class Console(Protocol):
    def stage(self, title: str) -> None:
        """A new stage begins, as `Starting the stack`; the one before it is over."""

    def line(self, text: str) -> None:
        """A detail, of one line or several; text from outside may be in it."""

    def progress(self, progress: Progress) -> None:
        """About once a second while the load runs."""

    def final(self, text: str, verdict: Verdict) -> None:
        """The final table; no stage goes on after it."""

    def command(self, text: str) -> None:
        """One workflow command, as `::error title=…::…`, its parts escaped; heard by GitHub alone."""

    def error(self, error: PerfGateError) -> None:
        """Why there is no verdict, the foreign text that shows it, and what to do."""


@contextmanager
def open_console(
    stream: TextIO,
    *,
    environ: Mapping[str, str],
    is_terminal: bool,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Console]:
    """The console that fits: groups where GitHub reads the log, a live view on a terminal, else plain lines.

    `clock` gives seconds from any start. However the block is left, the terminal's cursor is shown again.
    """
    if isinstance(stream, io.TextIOWrapper):
        # A picture of bars must not end a run because the log cannot encode it.
        stream.reconfigure(errors="replace")
    if environ.get("GITHUB_ACTIONS") == "true":
        with GitHubLog(stream, clock, token=secrets.token_hex(16)) as log:
            yield log
    elif is_terminal and environ.get("TERM") not in {"dumb", "unknown"}:
        from perfgate.console.terminal import Terminal  # noqa: PLC0415 - rich is heavy, and only a terminal needs it

        with Terminal(stream, clock, environ=environ) as terminal:
            yield terminal
    else:
        yield PlainLog(stream, clock)

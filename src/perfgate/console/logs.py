"""Consoles for logs: lines that are only ever added to, without one escape code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from perfgate.errors import PerfGateError
from perfgate.records.progress import Progress
from perfgate.records.verdict import Verdict
from perfgate.report import numbers
from perfgate.report.prose import lines, one_line

SECONDS_BETWEEN_PROGRESS: Final = 15.0
TITLE_LIMIT: Final = 200  # characters
TEXT_LIMIT: Final = 200_000  # characters; the end of a longer text is shown
INDENT: Final = "  "


def cleaned(text: str) -> str:
    """Without control characters; line breaks stay."""
    return lines(text, TEXT_LIMIT)


def indented(text: str, indent: str) -> str:
    return "\n".join(indent + line for line in cleaned(text).split("\n"))


def told(progress: Progress) -> str:
    """`45 s, 75 s left: 10 users, 2.01/s, p95 59 ms, 0 errors in 90 requests`."""
    left = "" if progress.remaining is None else f", {numbers.span(round(progress.remaining))} left"
    figures = [
        numbers.counted(progress.users, "user"),
        numbers.rate(progress.request_rate),
        f"p95 {numbers.duration(progress.p95)}",
        f"{numbers.counted(progress.failures, 'error')} in {numbers.counted(progress.requests, 'request')}",
    ]
    return f"{numbers.span(round(progress.elapsed))}{left}: {', '.join(figures)}"


class PlainLog:
    """A line a stage, its details below it, and of the progress a line now and then."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._indent = ""
        self._next_progress = 0.0

    def stage(self, title: str) -> None:
        self._end_stage()
        self._begin_stage(one_line(title, TITLE_LIMIT))
        self._indent = INDENT
        self._next_progress = self._clock() + SECONDS_BETWEEN_PROGRESS

    def line(self, text: str) -> None:
        self._write(indented(text, self._indent))

    def progress(self, progress: Progress) -> None:
        now = self._clock()
        if now >= self._next_progress:
            self._next_progress = now + SECONDS_BETWEEN_PROGRESS
            self._write(self._indent + told(progress))

    def final(self, text: str, verdict: Verdict) -> None:  # noqa: ARG002 - the verdict's colour is for terminals
        self._end_stage()
        self._write("\n" + cleaned(text))

    def command(self, text: str) -> None:
        """Nobody here acts on it."""

    def error(self, error: PerfGateError) -> None:
        self._end_stage()
        self._write(f"error: {cleaned(error.message)}")
        if error.evidence:
            self._write(indented(error.evidence, "  | "))
        self._write(f"what to do: {cleaned(error.remedy)}")

    def _begin_stage(self, title: str) -> None:
        self._write(title)

    def _end_stage(self) -> None:
        self._indent = ""

    def _write(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()  # a log that is a pipe would show a run of minutes only at its end


class GitHubLog(PlainLog):
    """The log of a workflow, in groups.

    The runner acts on `::command::` at the start of a line, and on its older form `##[command]` anywhere in one, so a
    log line of the application under test could set masks or annotations. Commands are therefore off all the time,
    but for our own lines: `::stop-commands::TOKEN` until `::TOKEN::`, with a token that nobody can guess.
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float], *, token: str) -> None:
        super().__init__(stream, clock)
        self._token = token
        self._in_group = False

    def __enter__(self) -> GitHubLog:
        self._stop_commands()
        return self

    def __exit__(self, *_: object) -> None:
        self._end_stage()
        self._resume_commands()

    def command(self, text: str) -> None:
        with self._commands():
            self._write(one_line(text, TEXT_LIMIT))

    def _begin_stage(self, title: str) -> None:
        with self._commands():
            self._write(f"::group::{title.replace('%', '%25')}")
        self._in_group = True

    def _end_stage(self) -> None:
        super()._end_stage()
        if self._in_group:
            with self._commands():
                self._write("::endgroup::")
            self._in_group = False

    @contextmanager
    def _commands(self) -> Iterator[None]:
        self._resume_commands()
        try:
            yield
        finally:
            self._stop_commands()

    def _stop_commands(self) -> None:
        self._write(f"::stop-commands::{self._token}")

    def _resume_commands(self) -> None:
        self._write(f"::{self._token}::")

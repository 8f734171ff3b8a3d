"""What a person sees while the gate works: a live view on a terminal, plain lines in a log, groups on GitHub.

It tells stages and figures, never a verdict word before the verdict. Text from outside is quoted: it cannot move the
cursor, and in a GitHub log it cannot issue workflow commands.
"""

from __future__ import annotations

import secrets
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from perfgate.errors import PerfGateError
from perfgate.records.judgement import Verdict
from perfgate.records.progress import Progress

if TYPE_CHECKING:
    from rich.status import Status

SECONDS_BETWEEN_LINES: Final = 15.0
COLOURS: Final = {Verdict.PASS: "green", Verdict.CONDITIONAL: "yellow", Verdict.FAIL: "red"}


class Console(Protocol):
    def stage(self, title: str) -> None:
        """A new stage begins."""

    def line(self, text: str) -> None:
        """One detail; text from outside may be in it."""

    def progress(self, progress: Progress) -> None:
        """About once a second while the load runs."""

    def final(self, text: str, verdict: Verdict) -> None:
        """The final table."""

    def error(self, error: PerfGateError) -> None:
        """Why there is no verdict, what to do, and the foreign text that shows it."""


@contextmanager
def open_console(stream: TextIO, *, environ: Mapping[str, str], is_terminal: bool) -> Iterator[Console]:
    """The console that fits: a live one on a terminal, groups where GitHub reads the log, else plain lines."""
    if environ.get("GITHUB_ACTIONS") == "true":
        with GitHubLog(stream, time.monotonic, secrets.token_hex(16)) as log:
            yield log
    elif is_terminal and environ.get("TERM") != "dumb":
        with Terminal(stream, colour="NO_COLOR" not in environ) as terminal:
            yield terminal
    else:
        yield PlainLog(stream, time.monotonic)


def quoted(text: str) -> str:
    """Foreign text made harmless: control characters other than line breaks and tabs become visible."""
    return "".join(_visible(character) for character in text.replace("\r\n", "\n"))


def _visible(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}:
        return character
    return character.encode("unicode_escape").decode()


def told(progress: Progress) -> str:
    """One line: what is left, the load, the answers."""
    parts = [f"{progress.elapsed:4.0f} s"]
    if progress.remaining is not None:
        parts.append(f"{progress.remaining:.0f} s left")
    parts.append(f"{progress.users} users")
    if progress.request_rate is not None:
        parts.append(f"{progress.request_rate:.1f} requests/s")
    if progress.p95 is not None:
        parts.append(f"p95 {progress.p95 * 1000:.0f} ms")
    parts.append(f"{progress.failures} of {progress.requests} failed" if progress.failures else "no errors")
    return " · ".join(parts)


class PlainLog:
    """A line a stage, and of the progress one now and then."""

    def __init__(self, stream: TextIO, now: Callable[[], float]) -> None:
        self._stream = stream
        self._now = now
        self._last_progress = float("-inf")

    def stage(self, title: str) -> None:
        self._last_progress = float("-inf")
        self._write(f"== {quoted(title)}")

    def line(self, text: str) -> None:
        self._write("\n".join(f"   {line}" for line in quoted(text).splitlines()))

    def progress(self, progress: Progress) -> None:
        if self._now() - self._last_progress >= SECONDS_BETWEEN_LINES:
            self._last_progress = self._now()
            self._write(f"   {told(progress)}")

    def final(self, text: str, verdict: Verdict) -> None:  # noqa: ARG002 - colour is for terminals
        self._write(f"\n{quoted(text)}")

    def error(self, error: PerfGateError) -> None:
        self._write(f"perfgate: {quoted(error.message)}\nwhat to do: {quoted(error.remedy)}")
        if error.evidence:
            self._write("\n".join(f"  | {line}" for line in quoted(error.evidence).splitlines()))

    def _write(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()


class GitHubLog(PlainLog):
    """Plain lines in groups. Workflow commands are off but for our own, so no text from outside can issue one."""

    def __init__(self, stream: TextIO, now: Callable[[], float], token: str) -> None:
        super().__init__(stream, now)
        self._token = token
        self._grouped = False

    def __enter__(self) -> GitHubLog:
        super()._write(f"::stop-commands::{self._token}")
        return self

    def __exit__(self, *_: object) -> None:
        self._end_group()
        super()._write(f"::{self._token}::")

    def stage(self, title: str) -> None:
        self._end_group()
        self._command(f"::group::{quoted(title)}")
        self._grouped = True

    def final(self, text: str, verdict: Verdict) -> None:
        self._end_group()
        super().final(text, verdict)

    def error(self, error: PerfGateError) -> None:
        self._end_group()
        super().error(error)
        message = error.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        self._command(f"::error title=PerfGate::{message}")

    def _end_group(self) -> None:
        if self._grouped:
            self._command("::endgroup::")
            self._grouped = False

    def _command(self, command: str) -> None:
        """Commands on for one line of ours, then off again."""
        super()._write(f"::{self._token}::\n{command}\n::stop-commands::{self._token}")


class Terminal:
    """A status line that changes in place; what is worth keeping scrolls by above it."""

    def __init__(self, stream: TextIO, *, colour: bool) -> None:
        from rich.console import Console as RichConsole  # noqa: PLC0415 - only a terminal needs it

        self._console = RichConsole(file=stream, no_color=not colour, highlight=False, markup=False, emoji=False)
        self._status: Status | None = None
        self._title = ""
        self._since = time.monotonic()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_status()

    def stage(self, title: str) -> None:
        self._end_status()
        self._title = quoted(title)
        self._since = time.monotonic()
        self._status = self._console.status(_plain(self._title))
        self._status.start()

    def line(self, text: str) -> None:
        self._console.print(f"   {quoted(text)}", style="dim")

    def progress(self, progress: Progress) -> None:
        if self._status is not None:
            self._status.update(_plain(f"{self._title} · {told(progress)}"))

    def final(self, text: str, verdict: Verdict) -> None:
        self._end_status()
        head, _, rest = quoted(text).partition("\n")
        self._console.print(f"\n{head}", style=f"bold {COLOURS[verdict]}", soft_wrap=True)
        self._console.print(rest, soft_wrap=True)

    def error(self, error: PerfGateError) -> None:
        self._end_status()
        self._console.print(f"perfgate: {quoted(error.message)}", style="bold red")
        self._console.print(f"what to do: {quoted(error.remedy)}")
        for line in quoted(error.evidence).splitlines():
            self._console.print(f"  | {line}", style="dim")

    def _end_status(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
            self._console.print(f"✓ {self._title} ({time.monotonic() - self._since:.0f} s)")


def _plain(text: str) -> str:
    """For rich's status, which reads square brackets as markup."""
    return text.replace("[", "\\[")

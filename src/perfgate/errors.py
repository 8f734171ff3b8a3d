"""Every way in which PerfGate can fail to judge: what happened, what to do, and the exit code.

A verdict is never an error: `pass`, `conditional` and `fail` are values (see `records.verdict`). An error means
that there is no verdict. Anything that is not a `PerfGateError` is a bug and ends with exit code 1.

    PerfGateError
    ├── SettingsError      2   settings or arguments wrong
    ├── StackError         3   the stack did not come up
    ├── LoadError          4   the load did not run or produced nothing usable
    ├── BaselineError      5   the baseline could not be read or written
    └── PublishError       6   the verdict could not be published anywhere
    Cancelled        130 / 143   SIGINT or SIGTERM; a BaseException, so that no handler for errors swallows it
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process ends with; the table in the README is tested against this."""

    PASS = 0
    BUG = 1
    SETTINGS = 2
    STACK = 3
    LOAD = 4
    BASELINE = 5
    PUBLISH = 6
    CONDITIONAL = 10
    FAIL = 11
    INTERRUPTED = 130
    TERMINATED = 143


class PerfGateError(Exception):
    """No verdict could be reached.

    `message` is one sentence saying what happened; `remedy` says what the reader can do about it; `evidence` is
    foreign text (the last lines of a log, the output of a failed command), shown quoted and never interpreted.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, message: str, *, remedy: str, evidence: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.evidence = evidence


class SettingsError(PerfGateError):
    """`perfgate.yml`, an argument, an input or an environment variable is wrong."""

    exit_code = ExitCode.SETTINGS


class NoBaseError(SettingsError):
    """There is no base to compare with side by side."""


class StackError(PerfGateError):
    """The application under test did not come up, or Docker could not be used."""

    exit_code = ExitCode.STACK


class LoadError(PerfGateError):
    """Locust did not run, or what it recorded cannot be used."""

    exit_code = ExitCode.LOAD


class BaselineError(PerfGateError):
    """A stored baseline could not be read or written."""

    exit_code = ExitCode.BASELINE


class PublishError(PerfGateError):
    """The verdict could be told nowhere: no file, no summary, no comment."""

    exit_code = ExitCode.PUBLISH


class Cancelled(BaseException):
    """SIGINT or SIGTERM arrived; raised once in the main thread, everything is taken down on the way out."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.exit_code = ExitCode(128 + signal_number)

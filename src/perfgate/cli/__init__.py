"""The command line: the door that reads arguments, environment and clock, and ends with an exit code.

Nothing heavy is imported before the command is known: `perfgate --version` costs little more than the interpreter.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from perfgate import __version__
from perfgate.errors import ExitCode


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        sys.stdout.write(f"perfgate {__version__}\n")
        return 0
    try:
        with _ended_by_sigint():
            from perfgate.cli.commands import command  # noqa: PLC0415 - see above

        return command(given)
    except KeyboardInterrupt:  # before the command handles signals itself, so nothing was started
        return _cancelled()


@contextmanager
def _ended_by_sigint() -> Iterator[None]:
    """At once, since nothing was started: an exception that strikes while a compiled module is imported is ignored, or
    comes out as another one (pydantic's SchemaError).
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: os._exit(_cancelled()))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _cancelled() -> int:
    sys.stderr.write("cancelled\n")
    sys.stderr.flush()
    return ExitCode.INTERRUPTED

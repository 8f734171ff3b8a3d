"""The command line: the door that reads arguments, environment and clock, and ends with an exit code.

Nothing heavy is imported before the command is known: `perfgate --version` costs little more than the interpreter.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from perfgate import __version__
from perfgate.errors import ExitCode


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        sys.stdout.write(f"perfgate {__version__}\n")
        return 0
    try:
        from perfgate.cli.commands import command  # noqa: PLC0415 - see above

        return command(given)
    except KeyboardInterrupt:  # before the command handles signals itself, so nothing was started
        sys.stderr.write("cancelled\n")
        return ExitCode.INTERRUPTED

"""From arguments to an exit code; every command is one function."""

from __future__ import annotations

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from perfgate.cli import (
    action,
    after,
    foresight,
    publishing,
    reporting,
    running,
    self_testing,
    stored,
    surroundings,
    working,
)
from perfgate.cli.arguments import parser
from perfgate.console import Console, open_console
from perfgate.errors import Cancelled, PerfGateError

HANDLERS: dict[str, Callable[[Namespace, Console], int]] = {
    "run": running.run,
    "judge": running.judge,
    "compare": running.compare,
    "report": reporting.report,
    "publish": publishing.publish,
    "baselines": stored.baselines,
    "plan": foresight.plan,
    "self-test": self_testing.run_self_test,
    "init": surroundings.init,
    "check": surroundings.check,
    "schema": surroundings.schema,
    "worker": working.worker,
    "action": action.action,
    "action-post": after.action_post,
}


def command(given: Sequence[str]) -> int:
    """Exit code of the command. An exception that is no `PerfGateError` is a bug, and left to the interpreter (1)."""
    arguments = parser().parse_args(given)
    prints_data = (
        getattr(arguments, "json", False) or getattr(arguments, "openmetrics", False) or arguments.command == "schema"
    )
    stream = sys.stderr if prints_data else sys.stdout
    with open_console(stream, environ=os.environ, is_terminal=stream.isatty()) as console:
        try:
            with _cancellable():
                return HANDLERS[arguments.command](arguments, console)
        except PerfGateError as error:
            console.error(error)
            return error.exit_code
        except Cancelled as cancelled:
            console.line("cancelled: what was started has been taken down")
            return cancelled.exit_code


@contextmanager
def _cancellable() -> Iterator[None]:
    """SIGINT and SIGTERM raise `Cancelled` once; further ones must not interrupt the taking down."""

    def cancel(number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Cancelled(number)

    before = {each: signal.signal(each, cancel) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Cancelled:
        before = {}  # the process is about to end, and a second signal must not change what it ends with
        raise
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)

"""`python -m perfgate.load.inside PLAN -- ARGUMENTS`: Locust with these arguments, recorded.

Locust runs as it is, by its own `main`; listeners on its events record, and say on standard output how it goes.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import locust  # first: it replaces the standard library's sockets, before anything else takes hold of them
import locust.main

from perfgate.load.inside.bytecode import leave_none_from_here
from perfgate.load.inside.resolution import Detour, resolve_hosts
from perfgate.load.inside.session import Session
from perfgate.load.inside.voice import take_over_output
from perfgate.load.plan import PLAN_VARIABLE, Plan, Relayed
from perfgate.load.relay import relay

LOOPBACK = "127.0.0.1"
_EVIDENCE = 15  # lines of a traceback


def main(arguments: list[str]) -> None:
    """Ends by Locust's `sys.exit`."""
    leave_none_from_here()
    path, _, *locust_arguments = arguments
    plan = Plan.read(Path(path))
    os.environ[PLAN_VARIABLE] = path
    session = Session(plan, take_over_output(Path(plan.log)))
    with ExitStack() as opened:
        resolve_hosts(plan.hosts, opened.enter_context(before(plan.relay, plan.hosts)) if plan.relay else None)
        session.attach(locust.events)
        sys.argv = ["locust", *locust_arguments, *(own_port() if plan.workers and not plan.expect_workers else ())]
        try:
            locust.main.main()
        except Exception as error:
            if not session.initialised:
                session.say_not_imported(*explain(error, plan.locustfile))
            raise
        finally:
            session.finish()


@contextmanager
def before(relayed: Relayed, hosts: Mapping[str, str]) -> Iterator[Detour]:
    """Beside this process, so that it reaches what this one reaches, and is reached from here."""
    with relay(hosts.get(relayed.host, relayed.host), relayed.port, relayed.delay) as port:
        yield Detour(relayed.host, relayed.port, LOOPBACK, port)


def own_port() -> tuple[str, ...]:
    """Where workers of this machine alone join: a port that is free in this network namespace, on the loopback."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = str(free.getsockname()[1])
    return *("--master-bind-host", LOOPBACK, "--master-bind-port", port), *(
        "--master-host",
        LOOPBACK,
        "--master-port",
        port,
    )


def explain(error: Exception, locustfile: str) -> tuple[str, str]:
    """One line, and the end of the traceback from where the user's own file comes in."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((index for index, frame in enumerate(frames) if frame.filename == locustfile), len(frames))
    told = traceback.format_list(frames[first:]) + traceback.format_exception_only(error)
    lines = "".join(told).rstrip().splitlines()
    return lines[-1].strip(), "\n".join(lines[-_EVIDENCE:])


if __name__ == "__main__":
    main(sys.argv[1:])

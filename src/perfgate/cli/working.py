"""`perfgate worker`: share a load that another machine leads."""

from __future__ import annotations

import subprocess
import sys
from argparse import Namespace

from perfgate.console import Console
from perfgate.errors import LoadError, SettingsError
from perfgate.load.launching import WORKER_PROGRAM
from perfgate.settings.units import parse_address


def worker(arguments: Namespace, console: Console) -> int:
    """Its exit code is Locust's: 0 once the master has ended the load."""
    try:
        host, port = parse_address(arguments.master)
    except ValueError as error:
        raise SettingsError(f"--master: {error}", remedy="give the address that is `bind` of the scenario") from error
    own = [] if arguments.locustfile is None else [str(arguments.locustfile)]
    command = [sys.executable, "-P", "-m", WORKER_PROGRAM, host, str(port), *own]
    process = subprocess.Popen(command)
    try:
        code = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if code != 0:
        raise LoadError(f"the worker ended with exit code {code}", remedy="see its own last lines above")
    console.line("the load is over")
    return code

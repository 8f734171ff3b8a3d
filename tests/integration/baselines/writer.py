"""One job that stores runs: `python writer.py <store> <how many> <suffix> [kill-at-sync]`."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import NoReturn

from perfgate.baselines import store
from perfgate.baselines.opening import open_store
from perfgate.baselines.placing import place
from tests.integration.baselines.runs import run


def die(_descriptor: int) -> NoReturn:
    """The bytes are written, their name is not yet given: the worst moment."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def main(url: str, many: str, suffix: str, *options: str) -> None:
    if "kill-at-sync" in options:
        store.place = partial(place, sync=die)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()  # all writers are let go at once
    kept = open_store(url, folder=Path.cwd())
    for minute in range(int(many)):
        kept.write(run(minute, suffix=suffix, note=suffix))
        if "prune" in options:
            kept.prune("baseline", 30)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""`perfgate action-post`: after the job, whatever became of it. What the action could not take down itself goes now."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Final

from perfgate.cli.inputs import read_token
from perfgate.cli.place import Place, find_place
from perfgate.cli.saved_state import SavedState
from perfgate.console import Console
from perfgate.errors import ExitCode, PerfGateError
from perfgate.github.client import Client
from perfgate.github.event_reading import read_event
from perfgate.github.publishing import CHECK_SECONDS, StartedCheck, cancel_check
from perfgate.stack.engine import ENGINE_ERRORS, Engine
from perfgate.stack.own_container import JOB_LABEL, OwnContainer, is_running, owners
from perfgate.stack.removal import remove_labelled

PATIENCE: Final = 5.0  # seconds for an action whose runner gave it up, and that may be taking its stack down
_POLL: Final = 0.2  # seconds


def action_post(_arguments: Namespace, console: Console) -> int:
    """Never fails the job: its verdict is given."""
    try:
        with find_place(os.environ, Path.cwd()) as place:
            if place.own is not None and place.engine is not None:
                _take_down(place, place.own, place.engine, console)
    except PerfGateError as error:
        console.line(f"nothing could be taken down: {error.message}")
    except (*ENGINE_ERRORS, OSError) as error:
        console.line(f"not everything could be taken down: {error}")
    return ExitCode.PASS


def _take_down(place: Place, own: OwnContainer, engine: Engine, console: Console) -> None:
    state = SavedState.read(place.environ)
    makers = owners(engine, own.job)
    _end((makers | {state.container}) - {"", own.id}, engine)
    left = remove_labelled(engine, f"{JOB_LABEL}={own.job}")
    if makers:
        console.line("what the action had left running is taken down")
    for each in left:
        console.line(f"could not be removed: {each}")
    if state.of_others is not None:
        replace(own.ownership, of_others=state.of_others).give_back()
    _conclude_check(place, state, console)


def _conclude_check(place: Place, state: SavedState, console: Console) -> None:
    """One that waits for ever would block the merge."""
    token = read_token(place.environ)
    if state.check is None or not token:
        return
    event = read_event(place.environ)
    client = Client(event.api_url, token, graphql_url=event.graphql_url)
    mirror = cancel_check(client, event, StartedCheck(state.check), seconds=CHECK_SECONDS)
    console.line(f"the check run that was in progress: {mirror.why or mirror.state.value}")


def _end(containers: set[str], engine: Engine) -> None:
    """The runner gives up after ten seconds, and leaves the container running without anybody to hear it."""
    deadline = time.monotonic() + PATIENCE
    running = {each for each in containers if is_running(engine, each)}
    while running and time.monotonic() < deadline:
        time.sleep(_POLL)
        running = {each for each in running if is_running(engine, each)}
    for each in running:
        engine.api.remove_container(each, force=True)

"""`perfgate action`: the gate as a step of a workflow. Inputs and event in; verdict, comment, check and outputs out."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from perfgate import gate
from perfgate.cli.arguments import parser
from perfgate.cli.inputs import Inputs, read_inputs
from perfgate.cli.place import Place, find_place
from perfgate.cli.running import exit_code, prepare
from perfgate.console import Console
from perfgate.errors import Cancelled, PerfGateError
from perfgate.github.client import Client
from perfgate.github.event import Event, read_event
from perfgate.github.publishing import Published, State, Wishes, cancel_check, publish, start_check
from perfgate.records.judgement import Judgement
from perfgate.report.terminal import final_table

DOCUMENTS = {"report": "report.html", "comment-markdown": "comment.md", "judgement": "judgement.json"}


def action(_arguments: Namespace, console: Console) -> int:
    """Everything is told before the job fails; where there is no verdict, why there is none."""
    with find_place(os.environ, Path.cwd()) as place:
        save_state(place.environ, "container", place.own.id if place.own else "")
        event = read_event(place.environ)
        inputs = read_inputs(place.environ)
        wishes = _wishes(inputs)
        client = Client(event.api_url, inputs.token, graphql_url=event.graphql_url) if inputs.token else None
        started = start_check(client, event, wishes) if inputs.check else None
        save_state(place.environ, "check", str(started.id) if started else "")

        def tell(outcome: Judgement | PerfGateError) -> None:
            published = publish(
                outcome,
                event,
                wishes,
                client=client,
                environ=place.environ,
                command=console.command,
                started=started,
            )
            _say(published, console)

        try:
            judgement = _judgement(inputs, event, place, console)
        except PerfGateError as error:
            tell(error)
            raise
        except Cancelled:
            cancel_check(client, event, started)
            raise
        finally:
            _give_back(place, console)
        console.final(final_table(judgement), judgement.verdict)
        tell(judgement)
        return exit_code(judgement)


def _judgement(inputs: Inputs, event: Event, place: Place, console: Console) -> Judgement:
    branch = [f"--branch={event.branch}"] if event.branch else []
    arguments = parser().parse_args(["run", *inputs.arguments, f"--event={event.name}", *branch])
    order, doors = place.fit(*prepare(arguments, console, environ=place.environ))
    # A pull request is checked out as a merge commit of GitHub's own, which nobody could look up later.
    commit = event.head_sha or doors.subject.commit
    return gate.run(order, replace(doors, subject=doors.subject.model_copy(update={"commit": commit})))


def _wishes(inputs: Inputs) -> Wishes:
    return Wishes(
        key=inputs.comment_key,
        comment=inputs.comment,
        settings_path=inputs.config,
        outputs={name: str(inputs.out / file) for name, file in DOCUMENTS.items()},
    )


def _say(published: Published, console: Console) -> None:
    for mirror in published.mirrors:
        if mirror.state in (State.REFUSED, State.FAILED):
            console.line(f"{mirror.name}: {mirror.why or mirror.state.value}")
    if published.comment.url:
        console.line(f"comment: {published.comment.url}")


def _give_back(place: Place, console: Console) -> None:
    """What containers left in the workspace as root would keep the next checkout there from cleaning up."""
    if place.own is None:
        return
    try:
        place.own.ownership.give_back()
    except OSError as error:
        console.line(f"files in the workspace may now belong to root: {error}")


def save_state(environ: Mapping[str, str], name: str, value: str) -> None:
    """For the step after the job; some runners do not pass it on, and it does without."""
    path = environ.get("GITHUB_STATE")
    if path and value:
        with suppress(OSError), Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{name}={value}\n")

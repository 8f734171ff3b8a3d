"""`perfgate action`: the gate as a step of a workflow. Inputs and event in; verdict, comment, check and outputs out."""

from __future__ import annotations

import os
import textwrap
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from perfgate import gate
from perfgate.checkout import checked_out
from perfgate.cli.arguments import parser
from perfgate.cli.heeding import heed
from perfgate.cli.inputs import Inputs, read_inputs, read_token
from perfgate.cli.loading import load_places
from perfgate.cli.place import Place, find_place
from perfgate.cli.publishing import publish as publish_command
from perfgate.cli.ruling import Ruling
from perfgate.cli.running import exit_code, prepare
from perfgate.cli.saved_state import SavedState, save
from perfgate.cli.self_testing import exit_code as self_test_code
from perfgate.cli.self_testing import tested
from perfgate.console import Console
from perfgate.errors import Cancelled, PerfGateError, PublishError, SettingsError
from perfgate.github.client import Client
from perfgate.github.event import Event
from perfgate.github.event_reading import read_event
from perfgate.github.mirror import Mirror, State
from perfgate.github.publishing import StartedCheck, Wishes, cancel_check, publish, start_check
from perfgate.github.runner_files import add_to_summary
from perfgate.github.section import section_name
from perfgate.records.judgement import Judgement
from perfgate.report.terminal import final_table
from perfgate.report.wording.self_test import say_self_test

DOCUMENTS: Final = {"report": "report.html", "comment-markdown": "comment.md", "judgement": "judgement.json"}

OF_PULL_REQUESTS: Final = ("pull_request", "pull_request_target")


def action(_arguments: Namespace, console: Console) -> int:
    """Everything is told before the job fails; where there is no verdict, why there is none."""
    with find_place(os.environ, Path.cwd()) as place:
        save(place.environ, SavedState.of(place))
        event = read_event(place.environ)
        told = Telling(event, _client(event, read_token(place.environ)), place, console)
        try:
            inputs = read_inputs(place.environ)
        except SettingsError as error:
            told.why_not(error, Wishes(), None)
            raise
        run = event.triggering_run
        if run is not None and run.event in OF_PULL_REQUESTS:
            return _publish_run(inputs, console)
        if event.comment is not None:
            return heed(event, event.comment, told.client, inputs.comment_key, console)
        if inputs.self_test is not None:
            return _self_test(inputs.self_test, told)
        return _gate(inputs, told)


def _self_test(given: Sequence[str], told: Telling) -> int:
    """Told in the log and the summary alone: it is about no change."""
    event, place = told.event, told.place
    never = [] if event.may_store else ["--store-baseline=never"]
    arguments = parser().parse_args(["self-test", *given, *_told_by(event), *never])
    try:
        found = tested(arguments, *place.fit(*prepare(arguments, told.console, environ=place.environ)))
    finally:
        _give_back(place, told.console)
    words = say_self_test(found)
    told.console.line(words)
    if summary := place.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            add_to_summary(Path(summary), textwrap.indent(words, "    ") + "\n")
        except OSError as error:
            told.console.line(f"the job summary could not be written: {error.strerror}")
    return self_test_code(found)


def _publish_run(inputs: Inputs, console: Console) -> int:
    """The second half of a fork's pull request: another run has measured and judged, without rights."""
    options = (
        f"--config={inputs.config}",
        f"--artifact={inputs.artifact}",
        f"--comment={inputs.comment}",
        f"--comment-key={inputs.comment_key}",
    )
    return publish_command(parser().parse_args(["publish", *options]), console)


@dataclass(frozen=True)
class Telling:
    """What started this run, and all that it takes to tell how it went."""

    event: Event
    client: Client | None
    place: Place
    console: Console

    def verdict(self, judgement: Judgement, wishes: Wishes, started: StartedCheck | None) -> None:
        self._publish(judgement, wishes, started)

    def cancelled(self, started: StartedCheck | None) -> None:
        self._say(cancel_check(self.client, self.event, started))

    def why_not(self, error: PerfGateError, wishes: Wishes, started: StartedCheck | None) -> None:
        try:
            self._publish(error, wishes, started)
        except PublishError as unheard:
            self.console.line(f"this could not be told on GitHub: {unheard.message}")

    def _publish(self, outcome: Judgement | PerfGateError, wishes: Wishes, started: StartedCheck | None) -> None:
        published = publish(
            outcome,
            self.event,
            wishes,
            client=self.client,
            environ=self.place.environ,
            command=self.console.command,
            started=started,
        )
        for mirror in published.mirrors:
            self._say(mirror)
        if published.comment.url:
            self.console.line(f"comment: {published.comment.url}")

    def _say(self, mirror: Mirror) -> None:
        if mirror.state in (State.REFUSED, State.FAILED):
            self.console.line(f"{mirror.name}: {mirror.why or mirror.state.value}")
        if mirror.name == "check" and mirror.state is State.DONE:
            save(self.place.environ, SavedState.of(self.place))  # it is concluded, and nobody else need do it


def _gate(inputs: Inputs, told: Telling) -> int:
    wishes, place = _wishes(inputs, told.event), told.place
    try:
        told = replace(told, event=_of_checkout(told.event, inputs, place))
    except SettingsError as error:
        told.why_not(error, wishes, None)
        raise
    started = start_check(told.client, told.event, wishes)
    if started is not None:
        save(place.environ, replace(SavedState.of(place), check=started.id))
    try:
        judgement = _judgement(inputs, told)
        told.console.final(final_table(judgement), judgement.verdict)
        told.verdict(judgement, wishes, started)
    except PerfGateError as error:
        told.why_not(error, wishes, started)
        raise
    except Cancelled:
        told.cancelled(started)
        raise
    finally:
        _give_back(place, told.console)
    return exit_code(judgement)


def _judgement(inputs: Inputs, told: Telling) -> Judgement:
    event, place = told.event, told.place
    base = [] if inputs.base else _base(event)
    never = [] if event.may_store else ["--store-baseline=never"]
    default = [f"--default-branch={event.default_branch}"] if event.default_branch else []
    arguments = parser().parse_args(["run", *inputs.arguments, *_told_by(event), *base, *never, *default])
    rule = Ruling(event, told.client, arguments.config, place.environ, told.console)
    order, doors = place.fit(*prepare(arguments, told.console, environ=place.environ, rule=rule))
    commit = event.head_sha or doors.subject.commit
    return gate.run(order, replace(doors, subject=doors.subject.model_copy(update={"commit": commit})))


def _told_by(event: Event) -> list[str]:
    return [f"--event={event.name}", *([f"--branch={event.branch}"] if event.branch else [])]


def _of_checkout(event: Event, inputs: Inputs, place: Place) -> Event:
    """The event as it is about the commit that is checked out.

    A pull request is checked out as a merge of its head that nobody could look up later, so its head is named. Raises
    `SettingsError` where the checkout holds another: the verdict would be about code that was not run.
    """
    here = checked_out(Path(inputs.config).parent, place.environ)
    if not here or event.head_sha in here:
        return event
    if event.base_ref is None and event.triggering_run is None:
        return replace(event, head_sha=here[0])  # somebody has chosen another, as a nightly run of an older branch
    raise SettingsError(
        f"the checkout is not of {str(event.head_sha)[:12]}, the commit that this run is to judge",
        remedy="let actions/checkout take what the event is about (for `workflow_run` give it "
        "`ref: ${{ github.event.workflow_run.head_sha }}`); a pull request is measured on `pull_request`, "
        "and told by `perfgate publish` where it comes from a fork",
    )


def _base(event: Event) -> list[str]:
    """The tip of the branch that the change goes to; the gate takes the commit at which the two parted."""
    if event.pull_request is not None and event.base_ref:
        return [f"--base=origin/{event.base_ref}"]
    return [f"--base={event.base_sha}"] if event.base_sha else []


def _wishes(inputs: Inputs, event: Event) -> Wishes:
    return Wishes(
        key=inputs.comment_key,
        section=section_name(event.job, inputs.matrix),
        comment=inputs.comment,
        check=inputs.check,
        settings_path=inputs.config,
        places=load_places(Path(inputs.config)),
        outputs={name: str(inputs.out / file) for name, file in DOCUMENTS.items()},
    )


def _client(event: Event, token: str) -> Client | None:
    return Client(event.api_url, token, graphql_url=event.graphql_url) if token else None


def _give_back(place: Place, console: Console) -> None:
    """What containers left in the workspace as root would keep the next checkout there from cleaning up."""
    if place.own is None:
        return
    try:
        place.own.ownership.give_back()
    except OSError as error:
        console.line(f"files in the workspace may now belong to root: {error}")

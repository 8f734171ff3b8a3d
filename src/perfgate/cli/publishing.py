"""`publish`: tell a pull request what another run judged, where that run itself was not allowed to.

For pull requests from forks: their own workflow measures and judges without rights, and this, run by a workflow of the
default branch when theirs has ended, takes nothing from it but the judgement.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from perfgate.cli.foreign import Repository
from perfgate.cli.inputs import read_token
from perfgate.console import Console
from perfgate.errors import ExitCode, PerfGateError, PublishError, SettingsError
from perfgate.github.answers import ApiError
from perfgate.github.artifact import LARGEST_JUDGEMENT, check_judgement, fetch_judgement, parse_judgement
from perfgate.github.client import Client
from perfgate.github.conversation import conversation, has_told
from perfgate.github.event import Event
from perfgate.github.event_reading import read_event
from perfgate.github.mirror import State
from perfgate.github.publishing import Published, Wishes
from perfgate.github.publishing import publish as publish_everywhere
from perfgate.github.pulls import OpenPull, pull_of_run
from perfgate.records.judgement import Judgement


def publish(arguments: Namespace, console: Console) -> int:
    """Its exit code tells whether it was told, not what: the measuring run has ended by the verdict already."""
    event = read_event(os.environ)
    with _client(event, os.environ) as client:
        target = _target(event, client)
        if target is None:
            console.line("nothing to publish: no open pull request has the commit that was judged as its head")
            return ExitCode.PASS
        if _told_itself(event, target, arguments, client):
            console.line("nothing to publish: the run that judged has told the pull request itself")
            return ExitCode.PASS
        try:
            judgement = _judgement(arguments, event, client)
        except PublishError as error:
            # Without a judgement the pull request is told that there is none.
            _tell(error, target, arguments, client, console)
            raise
        if event.triggering_run is not None:
            judgement = Repository(client, target, arguments.config.as_posix(), console).holds(judgement)
        _tell(judgement, target, arguments, client, console)
    return ExitCode.PASS


def _client(event: Event, environ: Mapping[str, str]) -> Client:
    token = read_token(environ) or environ.get("GITHUB_TOKEN", "")
    if not token:
        raise SettingsError(
            "there is no token to publish with",
            remedy="set GITHUB_TOKEN to ${{ github.token }}, with the permission pull-requests: write",
        )
    return Client(event.api_url, token, graphql_url=event.graphql_url)


def _target(event: Event, client: Client) -> Event | None:
    """The event as if the pull request's own run could have published. None: there is no pull request any more."""
    if event.triggering_run is None:
        return event
    pull = pull_of_run(client, event)
    return None if pull is None else _as_pull_request(event, pull)


def _as_pull_request(event: Event, pull: OpenPull) -> Event:
    run = event.triggering_run
    run_id = run.id if run else event.run_id
    return replace(
        event,
        pull_request=pull.number,
        branch=pull.base_ref,
        base_ref=pull.base_ref,
        base_sha=pull.base_sha,
        labels=pull.labels,
        # Which push is newer is told by the runs that judged, not by those that publish.
        run_id=run_id,
        run_url=f"{event.server_url}/{event.repository}/actions/runs/{run_id}",
    )


def _told_itself(event: Event, target: Event, arguments: Namespace, client: Client) -> bool:
    """Where the branch is in the repository itself the run may have had the right; Dependabot's, for one, has not."""
    run, talk = event.triggering_run, conversation(client, target, arguments.comment_key)
    if run is None or talk is None or event.from_fork:
        return False
    try:
        return has_told(talk, run.id)
    except ApiError:
        return False


def _judgement(arguments: Namespace, event: Event, client: Client) -> Judgement:
    path: Path | None = arguments.judgement
    if path is None:
        return fetch_judgement(client, event, arguments.artifact)
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_JUDGEMENT + 1)
    except OSError as error:
        raise PublishError(
            f"{path} cannot be read: {error.strerror}",
            remedy="give the path of a judgement.json, or leave it out to take it from the run's artifact",
        ) from error
    return check_judgement(parse_judgement(text), event)


def _tell(
    outcome: Judgement | PerfGateError, event: Event, arguments: Namespace, client: Client, console: Console
) -> None:
    wishes = Wishes(key=arguments.comment_key, comment=arguments.comment)
    told = publish_everywhere(
        outcome, event, wishes, client=client, environ=os.environ, command=console.command, started=None
    )
    for mirror in told.mirrors:
        if mirror.state in (State.REFUSED, State.FAILED):
            console.line(f"{mirror.name}: {mirror.why or mirror.state.value}")
    if told.comment.url:
        console.line(f"comment: {told.comment.url}")
    if isinstance(outcome, Judgement) and _is_unheard(told):
        raise PublishError(
            f"the pull request could not be told: {told.comment.why}; {told.check.why}",
            remedy="give the publishing job the permissions pull-requests: write and checks: write",
        )


def _is_unheard(told: Published) -> bool:
    """A job's summary is not where the author of a pull request looks."""
    return State.DONE not in (told.comment.state, told.check.state) and told.comment.state is not State.SKIPPED

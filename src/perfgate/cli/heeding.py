"""What a comment on a pull request orders: `/perfgate accept …`, `/perfgate rerun`; heeded if its author may write.

Nothing is measured here, and nothing of the pull request is run. What is accepted is read again by the run that is
started anew, from the comment itself.
"""

from __future__ import annotations

from typing import Final

from perfgate.console import Console
from perfgate.errors import ExitCode, PublishError, SettingsError
from perfgate.github.answers import ApiError
from perfgate.github.client import Client
from perfgate.github.conversation import conversation
from perfgate.github.event import CommentSaid, Event
from perfgate.github.orders import orders_in
from perfgate.github.pulls import OpenPull, may_write, pull
from perfgate.github.reruns import react, rerun
from perfgate.settings.accepting import parse_accepted

DONE: Final = "rocket"
CONFUSED: Final = "confused"
MAY_NOT: Final = "-1"


def heed(event: Event, said: CommentSaid, client: Client | None, key: str, console: Console) -> int:
    """Raises `SettingsError` for words that mean nothing, `PublishError` where GitHub does not let it."""
    orders = orders_in(said.text) if event.action == "created" else ()
    if not orders or event.pull_request is None:
        console.line("nothing to do: no new comment on a pull request begins a line with /perfgate accept or rerun")
        return ExitCode.PASS
    if client is None:
        raise SettingsError(
            "there is no token to heed the comment with",
            remedy="give the action its github-token, with pull-requests: write and actions: write",
        )
    if not _may(client, event, said):
        react(client, event.repository, said.id, MAY_NOT)
        console.line("nothing is done: whoever wrote the comment may not write to the repository")
        return ExitCode.PASS
    try:
        for order in orders:
            if order.word == "accept":
                parse_accepted(order.said)
    except ValueError as error:
        react(client, event.repository, said.id, CONFUSED)
        raise SettingsError(
            f"what the comment accepts is not clear: {error}", remedy="write another comment"
        ) from error
    try:
        runs = _again(client, event, event.pull_request, key)
    except PublishError:
        react(client, event.repository, said.id, CONFUSED)
        raise
    react(client, event.repository, said.id, DONE)
    console.line(f"run again: {', '.join(str(each) for each in runs)}")
    return ExitCode.PASS


def _may(client: Client, event: Event, said: CommentSaid) -> bool:
    try:
        return said.author is not None and may_write(client, event.repository, said.author)
    except ApiError as error:
        raise PublishError(
            f"GitHub does not say whether the comment's author may write: {error}", remedy="run this job again"
        ) from error


def _again(client: Client, event: Event, number: int, key: str) -> list[int]:
    talk = conversation(client, event, key)
    try:
        head: OpenPull | None = pull(client, event.repository, number)
    except ApiError as error:
        raise PublishError(
            f"the pull request {number} cannot be read: {error}", remedy="give the job pull-requests: write"
        ) from error
    if talk is None or head is None:
        raise PublishError(f"there is no pull request {number}", remedy="comment on a pull request")
    return rerun(talk, head)

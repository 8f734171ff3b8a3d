"""Pull requests, and people: what an event does not tell, and what nobody who only commented may decide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from perfgate.errors import PublishError
from perfgate.github.answers import ApiError, MissingError, RefusedError
from perfgate.github.client import Client
from perfgate.github.event import LABELS_LIMIT, Event
from perfgate.github.payload import PullRequest

LOGIN: Final = re.compile(r"[A-Za-z0-9_-]{1,100}(\[bot\])?")
MAY_WRITE: Final = frozenset({"admin", "maintain", "write"})


@dataclass(frozen=True)
class OpenPull:
    """As GitHub knows it now, not as an event or an artifact tells it."""

    number: int
    head_sha: str
    head_repository: str | None  # None: the fork was deleted
    base_ref: str
    base_sha: str
    labels: tuple[str, ...]


def pull_of_run(client: Client, event: Event) -> OpenPull | None:
    """The open pull request whose head is the commit that the run of a `workflow_run` event has judged.

    The run's own list of pull requests is empty for forks, and an artifact could name anybody's. So GitHub is asked
    for those of the branch the run was on, of which only one with just this head commit counts. None: there is none,
    because it was closed, or has moved on since. Raises `PublishError` where GitHub cannot be asked.
    """
    run = event.triggering_run
    if run is None or run.head_branch is None or run.head_repository is None:
        return None
    owner = run.head_repository.split("/", 1)[0]
    try:
        listed = client.pages(f"/repos/{event.repository}/pulls", state="open", head=f"{owner}:{run.head_branch}")
        pulls = [pull for each in listed if (pull := _pull(each)) is not None]
    except ApiError as error:
        raise PublishError(
            f"the pull request of the run {run.id} cannot be looked up: {error}",
            remedy="give the job the permission pull-requests: write, which reading them needs too",
        ) from error
    same = [
        each
        for each in pulls
        if each.head_sha == event.head_sha
        and each.head_repository is not None
        and each.head_repository.lower() == run.head_repository.lower()
    ]
    return min(same, key=lambda each: each.number, default=None)


def pull(client: Client, repository: str, number: int) -> OpenPull | None:
    """For events that only name the number, as `issue_comment`. None: there is none. Raises `ApiError`."""
    try:
        return _pull(client.get(f"/repos/{repository}/pulls/{number}"))
    except MissingError:
        return None


def may_write(client: Client, repository: str, login: str) -> bool:
    """Whether somebody may push to the repository. Who cannot be asked about may not. Raises `ApiError`."""
    if not LOGIN.fullmatch(login):
        return False
    try:
        answer = client.get(f"/repos/{repository}/collaborators/{login}/permission")
    except (MissingError, RefusedError):
        return False
    return isinstance(answer, dict) and answer.get("permission") in MAY_WRITE


def _pull(answer: Any) -> OpenPull | None:
    try:
        read = PullRequest.model_validate(answer)
    except ValidationError:
        return None
    return OpenPull(
        number=read.number,
        head_sha=read.head.sha,
        head_repository=read.head.repo.full_name if read.head.repo else None,
        base_ref=read.base.ref,
        base_sha=read.base.sha,
        labels=tuple(label.name for label in read.labels[:LABELS_LIMIT]),
    )

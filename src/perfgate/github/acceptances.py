"""Costs that people accepted for a change: a label, comments of those who may write, trailers of commits.

Each is told in the verdict, also the ones that do not count and why. What a stranger can write excuses nothing: labels
and comments need rights on the repository, and a commit of a fork is anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, Literal

from perfgate.github.client import Client
from perfgate.github.event import Event
from perfgate.github.orders import orders_in
from perfgate.github.pulls import may_write, pull
from perfgate.records.criteria import Acceptance
from perfgate.report.prose import one_line
from perfgate.settings.accepting import REASON_LIMIT, parse_accepted
from perfgate.settings.model import AcceptanceSettings

MOST: Final = 50  # that are told
Refused = Literal["fork", "may-not-write"]


def read_acceptances(client: Client, event: Event, wanted: AcceptanceSettings) -> tuple[Acceptance, ...]:
    """Of the pull request that the event is about, or of the commits that were pushed. Raises `ApiError`."""
    number = event.proposal
    if number is None:
        return tuple(_of_commits(_pushed(client, event), wanted, None))[:MOST]
    asked = pull(client, event.repository, number)
    home = asked is not None and (asked.head_repository or "").lower() == event.repository.lower()
    labels = event.labels if asked is None else asked.labels
    repository = f"/repos/{event.repository}"
    found = [
        *_of_labels(labels, wanted),
        *_of_comments(client, event.repository, client.pages(f"{repository}/issues/{number}/comments"), wanted),
        *_of_commits(client.pages(f"{repository}/pulls/{number}/commits"), wanted, None if home else "fork"),
    ]
    return tuple(found[:MOST])


def _pushed(client: Client, event: Event) -> Iterable[Any]:
    if event.name != "push" or event.base_sha is None or event.head_sha is None:
        return ()
    path = f"/repos/{event.repository}/compare/{event.base_sha}...{event.head_sha}"
    return client.pages(path, items="commits")


def _of_labels(labels: Iterable[str], wanted: AcceptanceSettings) -> Iterator[Acceptance]:
    if wanted.label and wanted.label in labels:
        yield Acceptance(how="label", by=None, metric=None, endpoint=None, reason=wanted.label)


def _of_comments(
    client: Client, repository: str, comments: Iterable[Any], wanted: AcceptanceSettings
) -> Iterator[Acceptance]:
    @cache
    def refused(login: str) -> Refused | None:
        return None if may_write(client, repository, login) else "may-not-write"

    for comment in comments if wanted.comments else ():
        for order in orders_in(_text(comment, "body")):
            if order.word == "accept":
                author = _text(comment, "user", "login")
                yield _acceptance("comment", author, order.said, refused(author))


def _of_commits(commits: Iterable[Any], wanted: AcceptanceSettings, refused: Refused | None) -> Iterator[Acceptance]:
    if not wanted.trailer:
        return
    trailer = re.compile(rf"^{re.escape(wanted.trailer)}:[ \t]*(.*)$", re.MULTILINE | re.IGNORECASE)
    for each in commits:
        for said in trailer.findall(_text(each, "commit", "message").replace("\r\n", "\n")):
            author = _text(each, "author", "login") or _text(each, "commit", "author", "name")
            yield _acceptance("commit", author, said, refused)


def _acceptance(how: Literal["comment", "commit"], author: str, said: str, refused: Refused | None) -> Acceptance:
    by = one_line(author, 100) if author else None
    try:
        accepted = parse_accepted(said)
    except ValueError:
        return Acceptance(
            how=how,
            by=by,
            metric=None,
            endpoint=None,
            reason=one_line(said, REASON_LIMIT) if said else "",
            refused=refused or "unreadable",
        )
    return Acceptance(
        how=how,
        by=by,
        metric=accepted.metric,
        endpoint=accepted.endpoint,
        up_to=accepted.up_to,
        reason=one_line(accepted.reason, REASON_LIMIT),
        refused=refused,
    )


def _text(answer: Any, *path: str) -> str:
    for name in path:
        answer = answer.get(name) if isinstance(answer, Mapping) else None
    return answer if isinstance(answer, str) else ""

"""The comment in the pull request: found on whatever page, our own only, one for a key, updated in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from perfgate.github.answers import ApiError, ConflictError, MissingError, UnansweredError
from perfgate.github.client import Client
from perfgate.github.comment import compose, merged
from perfgate.github.comment_state import Section, Shared, read_comment
from perfgate.github.event import Event
from perfgate.github.locking import locked
from perfgate.report.comment import marker

TRIES: Final = 8
SETTLED_AFTER: Final = 3.0  # seconds after which, without a lock, it is looked whether another job wrote over us
ACTIONS: Final = "github-actions[bot]"


@dataclass(frozen=True)
class Conversation:
    """Of one pull request."""

    client: Client
    repository: str
    number: int
    key: str

    @property
    def comments(self) -> str:
        return f"/repos/{self.repository}/issues/{self.number}/comments"

    def find(self, author: str) -> list[dict[str, Any]]:
        """All comments of ours with the key, the oldest first; more than one where two jobs began at once."""
        first_line = marker(self.key)
        found = [
            each
            for each in self.client.pages(self.comments)
            if isinstance(each, dict)
            and isinstance(each.get("id"), int)
            and str(each.get("body") or "").replace("\r\n", "\n").split("\n", 1)[0].strip() == first_line
            and isinstance(each.get("user"), dict)
            and each["user"].get("login") == author
        ]
        return sorted(found, key=_id)


def conversation(client: Client, event: Event, key: str) -> Conversation | None:
    """None where the event is about no pull request."""
    if event.pull_request is None:
        return None
    return Conversation(client, event.repository, event.pull_request, key)


def own_login(client: Client) -> str:
    """Who the token speaks as. An installation's token cannot ask `/user`, but it can ask for the viewer."""
    try:
        login = client.graphql("{ viewer { login } }")["viewer"]["login"]
    except UnansweredError:
        raise  # taken for another, it would not find its own comment, and make a second
    except (ApiError, KeyError, TypeError):
        return ACTIONS
    return login if isinstance(login, str) else ACTIONS


def say(talk: Conversation, render: Callable[[int], Section], *, create: bool) -> str | None:
    """The comment's address, or None: there is none, and none was to be made. Raises `ApiError`."""
    author = own_login(talk.client)
    for _ in range(TRIES):
        found = talk.find(author)
        if not found and not create:
            return None
        if not found:
            made = _create(talk, render, author)
            # Another job may have made one at the same moment: the older one stays, and takes the other up. What was
            # made just now may not be listed yet, and must not be made again for that.
            found = sorted([made, *(each for each in talk.find(author) if each["id"] != made["id"])], key=_id)
            if len(found) == 1:
                return _address(made)
        try:
            return _update(talk, found, render)
        except MissingError:
            continue  # somebody has deleted it just now
    raise ConflictError("the comment is deleted again and again")


def has_told(talk: Conversation, run_id: int) -> bool:
    """Whether the jobs of a run have told of themselves here, each under its own name. Raises `ApiError`."""
    author = own_login(talk.client)
    results = [each.result for comment in talk.find(author) for each in read_comment(comment["body"]).sections]
    return any(each.name and each.run_id == run_id for each in results)


def _create(talk: Conversation, render: Callable[[int], Section], author: str) -> dict[str, Any]:
    text = compose(Shared(), render, talk.key)
    return _comment(talk.client.post(talk.comments, {"body": text}, found=partial(_made, talk, author, text)))


def _made(talk: Conversation, author: str, text: str) -> dict[str, Any] | None:
    """What a try made whose answer was lost; another job's at that moment has another text."""
    return next((each for each in talk.find(author) if read_comment(each["body"]) == read_comment(text)), None)


def _id(comment: dict[str, Any]) -> int:
    return int(comment["id"])


def _update(talk: Conversation, found: list[dict[str, Any]], render: Callable[[int], Section]) -> str:
    """Read, add this job's section, write: as one step, if the lock can be had."""
    path = f"/repos/{talk.repository}/issues/comments/{found[0]['id']}"
    with locked(talk.client, path) as alone:
        address = _write(talk, path, found[1:], render)
        for _ in range(0 if alone else TRIES):
            talk.client.wait(SETTLED_AFTER)
            if _has(talk.client.get(path), render):
                break
            address = _write(talk, path, [], render)
    return address


def _write(talk: Conversation, path: str, extras: list[dict[str, Any]], render: Callable[[int], Section]) -> str:
    comment = _comment(talk.client.get(path))
    shared = read_comment(str(comment.get("body") or ""))
    for each in extras:
        shared = merged(shared, read_comment(str(each.get("body") or "")))
    text = compose(shared, render, talk.key)
    if text != comment.get("body"):
        comment = _comment(talk.client.patch(path, {"body": text}))
    for each in extras:
        talk.client.delete(f"/repos/{talk.repository}/issues/comments/{each['id']}")
    return _address(comment)


def _address(comment: dict[str, Any]) -> str:
    return str(comment.get("html_url") or "")


def _has(comment: Any, render: Callable[[int], Section]) -> bool:
    """Whether this job is still told of."""
    own = render(0).result
    shared = read_comment(str(_comment(comment).get("body") or ""))
    return own in [each.result for each in shared.sections] or own in shared.earlier


def _comment(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict) or not isinstance(answer.get("id"), int):
        raise ApiError("the answer is no comment")
    return answer

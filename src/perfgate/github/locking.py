"""One writer at a time for a comment, of which GitHub itself only keeps the last version.

The lock is a reaction to the comment: a user can give one of a kind only once, and GitHub says whether it is new. Jobs
of a workflow are all the same user, so exactly one of them gives it; taking it back opens the lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from perfgate.github.answers import ApiError, MissingError
from perfgate.github.client import Client

REACTION: Final = "eyes"
LOOK_EVERY: Final = 0.5  # seconds
HELD_AT_MOST: Final = 45.0  # seconds that the same holder is waited for; a killed one never gives it back
WAIT_AT_MOST: Final = 180.0  # seconds, for all holders before us
RELEASE_AT_MOST: Final = 3.0  # seconds


@contextmanager
def locked(client: Client, comment: str) -> Iterator[bool]:
    """`comment` is its path. Yields whether the lock is held; where it cannot be had, one goes on without."""
    reaction = _acquired(client, f"{comment}/reactions")
    try:
        yield reaction is not None
    finally:
        if reaction is not None:
            _released(client, f"{comment}/reactions/{reaction}")


def _acquired(client: Client, reactions: str) -> int | None:
    begun = client.now()
    holder, since = 0, begun
    while client.now() - begun < WAIT_AT_MOST:
        try:
            is_new, reaction = client.created(reactions, {"content": REACTION})
            given = int(reaction["id"])
        except MissingError:
            raise  # the comment is gone
        except (ApiError, KeyError, TypeError, ValueError):
            return None  # no reactions here: a token without the right, or a server without the feature
        if is_new:
            return given
        if given != holder:
            holder, since = given, client.now()
        elif client.now() - since > HELD_AT_MOST:
            _released(client, f"{reactions}/{holder}")  # by its id: of two that do so, only one finds it
            continue
        client.wait(LOOK_EVERY)
    return None


def _released(client: Client, reaction: str) -> None:
    """Not for long: it is also on a cancelled run's way out."""
    try:
        with client.within(RELEASE_AT_MOST):
            client.delete(reaction)
    except ApiError:
        return  # whoever waits for it will take it away

"""A place in which the verdict is told, and what became of it there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from perfgate.github.answers import ApiError, MissingError, RefusedError

MirrorName = Literal["comment", "check", "summary", "outputs", "annotations"]


class State(StrEnum):
    DONE = "done"
    REFUSED = "refused"  # the token may not; the verdict stays what it is
    FAILED = "failed"  # GitHub did not answer, or not as it should
    SKIPPED = "skipped"  # not asked for, or there is no place for it in this event


@dataclass(frozen=True)
class Mirror:
    """What became of one place. `why` is one sentence for the log, None where it is done."""

    name: MirrorName
    state: State
    url: str | None = None
    why: str | None = None


def mirrored(name: MirrorName, write: Callable[[], str | None]) -> Mirror:
    try:
        url = write()
    except (RefusedError, MissingError) as error:  # GitHub calls missing what a token may not even see
        return Mirror(name, State.REFUSED, why=f"the token may not: {error}")
    except ApiError as error:
        return Mirror(name, State.FAILED, why=str(error))
    return Mirror(name, State.DONE, url=url)

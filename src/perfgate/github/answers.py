"""What an answer of GitHub means: done, to be tried again and when, or refused. Its words are foreign."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

LIMITED: Final = 60.0  # seconds to wait where GitHub sets a limit without saying until when, as its documentation asks
WORKING_AGAIN: Final = frozenset({408, 500, 502, 503, 504})


class ApiError(Exception):
    """GitHub did not do what was asked; the text says what and why, and holds no secret."""


class RefusedError(ApiError):
    """The token may not."""


class MissingError(ApiError):
    """It is not there, or the token may not see it."""


class ConflictError(ApiError):
    """What was sent does not go with what is there: somebody else was faster, or it is not valid."""


class UnansweredError(ApiError):
    """No usable answer in the time there is; what was asked may have been done or not."""


REFUSALS: Final[Mapping[int, type[ApiError]]] = {
    401: RefusedError,
    403: RefusedError,
    404: MissingError,
    410: MissingError,
    409: ConflictError,
    422: ConflictError,
}


@dataclass(frozen=True)
class Trouble:
    """Why a try is worth repeating. `wait` in seconds, None: as the back-off has it."""

    why: str
    wait: float | None
    perhaps_done: bool


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # by any case
    content: Any  # parsed JSON, or bytes


def understand(
    status: int,
    headers: Mapping[str, str],
    raw: bytes,
    *,
    what: str,
    as_json: bool,
    words: Callable[[Any], str],
    now: float,
) -> Answer | Trouble:
    """`what` was asked; `words` makes foreign words fit to be shown. Raises the `ApiError` that fits a refusal."""
    try:
        content = json.loads(raw) if raw and (as_json or status >= 400) else raw
    except (ValueError, RecursionError):
        content = None
        if status < 400:
            return Trouble("the answer is no JSON, or only half of it", None, perhaps_done=True)
    if status < 400:
        return Answer(status, headers, content)
    said = words(field(content, "message"))
    if (limited := _limited(status, headers, said, now=now)) is not None:
        return limited
    if status in WORKING_AGAIN:
        return Trouble(f"the server is in trouble ({status})", _retry_after(headers), perhaps_done=True)
    raise REFUSALS.get(status, ApiError)(f"{what}: {status} {said}")


def field(content: Any, name: str) -> Any:
    return content.get(name) if isinstance(content, dict) else None


def _limited(status: int, headers: Mapping[str, str], said: str, *, now: float) -> Trouble | None:
    """A rate limit, primary or secondary: nothing was done, and GitHub may say when to come back."""
    after = _retry_after(headers)
    spent = headers.get("x-ratelimit-remaining") == "0"
    if status != 429 and not (status == 403 and (after is not None or spent or "rate limit" in said.lower())):
        return None
    if after is not None:
        return Trouble("GitHub limits how often it may be asked", after, perhaps_done=False)
    reset = headers.get("x-ratelimit-reset", "")
    if spent and re.fullmatch(r"[0-9]{1,12}", reset):
        # A second more, since clocks differ; never less than one, since ours may be ahead.
        return Trouble("the hour's requests are used up", max(1.0, int(reset) - now + 1), perhaps_done=False)
    return Trouble("GitHub limits how often it may be asked", LIMITED, perhaps_done=False)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "")
    return float(text) if re.fullmatch(r"[0-9]{1,9}", text) else None

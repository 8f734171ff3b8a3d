"""GitHub's REST interface: one request at a time, within time limits, repeated only where repeating does no harm.

Answers are foreign: bounded, parsed as JSON, and their words shown on one line. The token is in one header, and in
nothing that is printed.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit

import requests

from perfgate.github.answers import (
    Answer,
    ApiError,
    MissingError,
    Trouble,
    UnansweredError,
    field,
    understand,
)
from perfgate.github.transport import LARGEST_ANSWER, Call, Transport
from perfgate.report.prose import one_line

READ_SECONDS: Final = 30.0  # between two pieces of an answer
ATTEMPTS: Final = 6
WAITING: Final = 120.0  # seconds in all that one request may wait between its tries
BACK_OFF: Final = 0.5  # seconds before the first repetition, doubled each time
PER_PAGE: Final = 100
MOST_PAGES: Final = 100


def nothing_found() -> None:
    """For a creation that may be repeated: doing it twice is as good as once."""


class Client:
    """For one thread. `now` gives seconds since the epoch; `chance` a number from 0 to 1."""

    def __init__(
        self,
        api_url: str,
        token: str,
        *,
        graphql_url: str | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._graphql_url = graphql_url or f"{self._api_url.removesuffix('/v3')}/graphql"
        self._now = now
        self._sleep = sleep
        self._chance = chance
        self._until = math.inf
        self._transport = Transport(token, now=now, read_seconds=read_seconds)

    def __repr__(self) -> str:
        return f"Client({self._api_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

    def now(self) -> float:
        return self._now()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """All requests inside have so long together, repetitions and all; what is not done by then is unanswered."""
        before = self._until
        self._until = min(before, self._now() + seconds)
        try:
            yield
        finally:
            self._until = before

    def wait(self, seconds: float) -> None:
        """About as long: several that wait for the same thing should not all come back at once."""
        self._sleep(seconds * (0.5 + self._chance()))

    def get(self, path: str, **params: str | int) -> Any:
        return self._send(Call("GET", self._url(path), params=params)).content

    def get_bytes(self, path: str, *, limit: int = LARGEST_ANSWER) -> bytes:
        """Something that is not JSON, as an archive. Raises `ApiError` if it is larger than `limit` bytes."""
        content = self._send(Call("GET", self._url(path), as_json=False, limit=limit)).content
        return bytes(content)

    def pages(self, path: str, *, items: str | None = None, **params: str | int) -> Iterator[Any]:
        """All elements of a list, whatever the number of its pages. `items` names the list within each page."""
        answer = self._send(Call("GET", self._url(path), params={**params, "per_page": PER_PAGE}))
        for _ in range(MOST_PAGES):
            listed = answer.content if items is None else field(answer.content, items)
            if not isinstance(listed, list):
                raise ApiError(f"GET {path}: the answer is no list")
            yield from listed
            following = self._next_page(answer.headers)
            if following is None:
                return
            answer = self._send(Call("GET", following))
        raise ApiError(f"GET {path}: there are more than {MOST_PAGES} pages")

    def post(self, path: str, body: Mapping[str, Any], *, found: Callable[[], Any]) -> Any:
        """Create. `found` looks for what an earlier try made whose answer was lost, and gives None if there is none."""
        return self._send(Call("POST", self._url(path), body=body), found).content

    def created(self, path: str, body: Mapping[str, Any]) -> tuple[bool, Any]:
        """For what exists once at most: whether it is new, and what is there now."""
        answer = self._send(Call("POST", self._url(path), body=body), nothing_found)
        return answer.status == 201, answer.content

    def patch(self, path: str, body: Mapping[str, Any], *, found: Callable[[], Any] | None = None) -> Any:
        """Change. `found` only where doing it twice is not as good as once; as with `post`."""
        return self._send(Call("PATCH", self._url(path), body=body), found).content

    def delete(self, path: str) -> None:
        """What is gone already is deleted."""
        try:
            self._send(Call("DELETE", self._url(path)))
        except MissingError:
            return

    def graphql(self, query: str) -> Any:
        """A query, which changes nothing; its `data`."""
        content = self._send(Call("POST", self._graphql_url, body={"query": query}), nothing_found).content
        data = field(content, "data")
        if data is None:
            raise ApiError(f"graphql: {self._words(field(content, 'errors'))}")
        return data

    def _send(self, call: Call, found: Callable[[], Any] | None = None) -> Answer:
        """One request with its repetitions. Every method but POST may be repeated by its nature."""
        what = f"{call.method} {self._shown(call.url)}"
        waited = 0.0
        for attempt in range(1, ATTEMPTS + 1):
            self._in_time(what)
            tried = self._try(call, what)
            if isinstance(tried, Answer):
                return tried
            wait = tried.wait if tried.wait is not None else BACK_OFF * 2**attempt * (0.5 + self._chance() / 2)
            if attempt == ATTEMPTS:
                raise UnansweredError(f"{what}: {tried.why}, {ATTEMPTS} times")
            if waited + wait > WAITING or self._now() + wait > self._until:
                raise UnansweredError(f"{what}: {tried.why}, and waiting {wait:.0f} s for it would be too long")
            self._sleep(wait)
            waited += wait
            if tried.perhaps_done and found is not None:
                made = found()
                if made is not None:
                    return Answer(201, {}, made)
        raise AssertionError("the last attempt returns or raises")

    def _try(self, call: Call, what: str) -> Answer | Trouble:
        """An answer that says yes; trouble that may pass; else raises the `ApiError` that fits."""
        raw = self._transport.send(call, what, until=self._until)
        if isinstance(raw, Trouble):
            return raw
        return understand(
            raw.status, raw.headers, raw.data, what=what, as_json=call.as_json, words=self._words, now=self._now()
        )

    def _in_time(self, what: str) -> None:
        if self._now() >= self._until:
            raise UnansweredError(f"{what}: the time for talking to GitHub is used up")

    def _url(self, path: str) -> str:
        return f"{self._api_url}{quote(path)}"

    def _shown(self, url: str) -> str:
        return one_line(url.removeprefix(self._api_url), 200)

    def _words(self, said: Any) -> str:
        text = said if isinstance(said, str) else "" if said is None else json.dumps(said)
        return one_line(self._transport.without_token(text), 200)

    def _next_page(self, headers: Mapping[str, str]) -> str | None:
        """From the `Link` header; only on the same server, since the token goes along."""
        links = requests.utils.parse_header_links(headers.get("Link", ""))
        url = next((link.get("url") for link in links if link.get("rel") == "next"), None)
        if url is None:
            return None
        if urlsplit(url)[:2] != urlsplit(self._api_url)[:2]:
            raise ApiError("the next page is said to be on another server")
        return str(url)

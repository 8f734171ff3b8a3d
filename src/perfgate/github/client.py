"""GitHub's REST interface: one request at a time, within time limits, repeated only where repeating does no harm.

Answers are foreign: bounded, parsed as JSON, and their words shown on one line. The token is in one header, and in
nothing that is printed.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import NewConnectionError

from perfgate import __version__
from perfgate.report.prose import one_line

API_VERSION: Final = "2022-11-28"
CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0  # between two pieces of an answer
ANSWER_SECONDS: Final = 120.0  # for all of it; a server that drips holds nobody up for ever
LARGEST_ANSWER: Final = 64 * 2**20  # bytes
ATTEMPTS: Final = 6
WAITING: Final = 120.0  # seconds in all that one request may wait between its tries
BACK_OFF: Final = 0.5  # seconds before the first repetition, doubled each time
LIMITED: Final = 60.0  # seconds to wait where GitHub sets a limit without saying until when, as its documentation asks
PER_PAGE: Final = 100
MOST_PAGES: Final = 100
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


@dataclass(frozen=True)
class _Trouble:
    """Why a try is worth repeating. `wait` in seconds, None: as the back-off has it."""

    why: str
    wait: float | None
    perhaps_done: bool


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]  # by any case
    content: Any  # parsed JSON, or bytes


class _Bearer(AuthBase):
    """An object of its own, so that no .netrc takes its place and no `repr` shows the token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __repr__(self) -> str:
        return "_Bearer(***)"


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
        # A token that cannot stand in a header would end up in the error about it.
        self._token = token.strip() if re.fullmatch(r"[\x21-\x7e]+", token.strip()) else ""
        self._now = now
        self._sleep = sleep
        self._chance = chance
        self._read_seconds = read_seconds
        self._session = requests.Session()
        self._session.auth = _Bearer(self._token)
        self._session.headers.update(
            {
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": API_VERSION,
                "User-Agent": f"perfgate/{__version__}",
            }
        )

    def __repr__(self) -> str:
        return f"Client({self._api_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def now(self) -> float:
        return self._now()

    def wait(self, seconds: float) -> None:
        """About as long: several that wait for the same thing should not all come back at once."""
        self._sleep(seconds * (0.5 + self._chance()))

    def get(self, path: str, **params: str | int) -> Any:
        return self._send("GET", self._url(path), params=params).content

    def get_bytes(self, path: str, *, limit: int = LARGEST_ANSWER) -> bytes:
        """Something that is not JSON, as an archive. Raises `ApiError` if it is larger than `limit` bytes."""
        content = self._send("GET", self._url(path), as_json=False, limit=limit).content
        return bytes(content)

    def pages(self, path: str, *, items: str | None = None, **params: str | int) -> Iterator[Any]:
        """All elements of a list, whatever the number of its pages. `items` names the list within each page."""
        answer = self._send("GET", self._url(path), params={**params, "per_page": PER_PAGE})
        for _ in range(MOST_PAGES):
            listed = answer.content if items is None else _field(answer.content, items)
            if not isinstance(listed, list):
                raise ApiError(f"GET {path}: the answer is no list")
            yield from listed
            following = self._next_page(answer.headers)
            if following is None:
                return
            answer = self._send("GET", following)
        raise ApiError(f"GET {path}: there are more than {MOST_PAGES} pages")

    def post(self, path: str, body: Mapping[str, Any], *, found: Callable[[], Any]) -> Any:
        """Create. `found` looks for what an earlier try made whose answer was lost, and gives None if there is none."""
        return self._send("POST", self._url(path), body=body, found=found).content

    def created(self, path: str, body: Mapping[str, Any]) -> tuple[bool, Any]:
        """For what exists once at most: whether it is new, and what is there now."""
        answer = self._send("POST", self._url(path), body=body, found=nothing_found)
        return answer.status == 201, answer.content

    def patch(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        found: Callable[[], Any] | None = None,
        attempts: int = ATTEMPTS,
    ) -> Any:
        """Change. `found` only where doing it twice is not as good as once; as with `post`."""
        return self._send("PATCH", self._url(path), body=body, found=found, attempts=attempts).content

    def delete(self, path: str) -> None:
        """What is gone already is deleted."""
        try:
            self._send("DELETE", self._url(path))
        except MissingError:
            return

    def graphql(self, query: str) -> Any:
        """A query, which changes nothing; its `data`."""
        content = self._send("POST", self._graphql_url, body={"query": query}, found=nothing_found).content
        data = _field(content, "data")
        if data is None:
            raise ApiError(f"graphql: {self._words(_field(content, 'errors'))}")
        return data

    def _send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        found: Callable[[], Any] | None = None,
        as_json: bool = True,
        limit: int = LARGEST_ANSWER,
        attempts: int = ATTEMPTS,
    ) -> _Answer:
        """One request with its repetitions. Every method but POST may be repeated by its nature."""
        what = f"{method} {self._shown(url)}"
        waited = 0.0
        for attempt in range(1, attempts + 1):
            tried = self._try(method, url, what, params=params, body=body, as_json=as_json, limit=limit)
            if isinstance(tried, _Answer):
                return tried
            wait = tried.wait if tried.wait is not None else BACK_OFF * 2**attempt * (0.5 + self._chance() / 2)
            if attempt == attempts:
                raise UnansweredError(f"{what}: {tried.why}, {attempts} times")
            if waited + wait > WAITING:
                raise UnansweredError(f"{what}: {tried.why}, and waiting {wait:.0f} s for it would be too long")
            self._sleep(wait)
            waited += wait
            if tried.perhaps_done and found is not None:
                made = found()
                if made is not None:
                    return _Answer(201, {}, made)
        raise AssertionError("the last attempt returns or raises")

    def _try(
        self,
        method: str,
        url: str,
        what: str,
        *,
        params: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
        as_json: bool,
        limit: int,
    ) -> _Answer | _Trouble:
        """An answer that says yes; trouble that may pass; else raises the `ApiError` that fits."""
        data = None if body is None else json.dumps(body).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        try:
            with self._session.request(
                method,
                url,
                params=params,
                data=data,
                headers=headers,
                timeout=(CONNECT_SECONDS, self._read_seconds),
                stream=True,
            ) as response:
                raw = self._read(response, what, limit)
        except requests.ConnectionError as error:
            return _Trouble(_said(error), None, perhaps_done=not _never_sent(error))
        except (requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            return _Trouble(_said(error), None, perhaps_done=True)
        except requests.exceptions.ContentDecodingError:
            return _Trouble("the answer is damaged", None, perhaps_done=True)
        except requests.RequestException as error:  # an address that is none, too many redirections, …
            raise ApiError(f"{what}: {type(error).__name__}") from None
        return self._judged(response, raw, what, as_json=as_json)

    def _read(self, response: requests.Response, what: str, limit: int) -> bytes:
        begun, read = self._now(), bytearray()
        for piece in response.iter_content(65_536):
            read += piece
            if len(read) > limit:
                raise ApiError(f"{what}: the answer is larger than {limit // 2**20} MiB")
            if self._now() - begun > ANSWER_SECONDS:
                raise requests.Timeout
        return bytes(read)

    def _judged(self, response: requests.Response, raw: bytes, what: str, *, as_json: bool) -> _Answer | _Trouble:
        status = response.status_code
        try:
            content = json.loads(raw) if raw and (as_json or status >= 400) else raw
        except (ValueError, RecursionError):
            content = None
            if status < 400:
                return _Trouble("the answer is no JSON, or only half of it", None, perhaps_done=True)
        if status < 400:
            return _Answer(status, response.headers, content)
        said = self._words(_field(content, "message"))
        if (limited := _limited(status, response.headers, said, now=self._now())) is not None:
            return limited
        if status in WORKING_AGAIN:
            return _Trouble(f"the server is in trouble ({status})", _retry_after(response.headers), perhaps_done=True)
        kinds: dict[int, type[ApiError]] = {
            401: RefusedError,
            403: RefusedError,
            404: MissingError,
            410: MissingError,
            409: ConflictError,
            422: ConflictError,
        }
        raise kinds.get(status, ApiError)(f"{what}: {status} {said}")

    def _url(self, path: str) -> str:
        return f"{self._api_url}{quote(path)}"

    def _shown(self, url: str) -> str:
        return one_line(url.removeprefix(self._api_url), 200)

    def _words(self, said: Any) -> str:
        text = said if isinstance(said, str) else "" if said is None else json.dumps(said)
        return one_line(text.replace(self._token, "***") if self._token else text, 200)

    def _next_page(self, headers: Mapping[str, str]) -> str | None:
        """From the `Link` header; only on the same server, since the token goes along."""
        links = requests.utils.parse_header_links(headers.get("Link", ""))
        url = next((link.get("url") for link in links if link.get("rel") == "next"), None)
        if url is None:
            return None
        if urlsplit(url)[:2] != urlsplit(self._api_url)[:2]:
            raise ApiError("the next page is said to be on another server")
        return str(url)


def _field(content: Any, name: str) -> Any:
    return content.get(name) if isinstance(content, dict) else None


def _limited(status: int, headers: Mapping[str, str], said: str, *, now: float) -> _Trouble | None:
    """A rate limit, primary or secondary: nothing was done, and GitHub may say when to come back."""
    after = _retry_after(headers)
    spent = headers.get("x-ratelimit-remaining") == "0"
    if status != 429 and not (status == 403 and (after is not None or spent or "rate limit" in said.lower())):
        return None
    if after is not None:
        return _Trouble("GitHub limits how often it may be asked", after, perhaps_done=False)
    reset = headers.get("x-ratelimit-reset", "")
    if spent and re.fullmatch(r"[0-9]{1,12}", reset):
        # A second more, since clocks differ; never less than one, since ours may be ahead.
        return _Trouble("the hour's requests are used up", max(1.0, int(reset) - now + 1), perhaps_done=False)
    return _Trouble("GitHub limits how often it may be asked", LIMITED, perhaps_done=False)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "")
    return float(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def _never_sent(error: requests.ConnectionError) -> bool:
    """No connection came about, so the server cannot have done anything."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _said(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the answer broke off"
    return "the server cannot be reached" if isinstance(error, requests.ConnectionError) else type(error).__name__

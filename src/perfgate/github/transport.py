"""One request over the network, within a time limit for the whole of it, and the token in one header alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import requests
import urllib3
from requests.auth import AuthBase
from urllib3.exceptions import NewConnectionError

from perfgate import __version__
from perfgate.github.answers import ApiError, Trouble

API_VERSION: Final = "2022-11-28"
CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 120.0  # for all of it; a server that drips holds nobody up for ever
LARGEST_ANSWER: Final = 64 * 2**20  # bytes
_LEAST: Final = 0.01  # seconds; none at all is no time limit that could be set
_PIECE: Final = 65_536  # bytes read at once


@dataclass(frozen=True)
class Call:
    """What is asked; `body` goes out as JSON, and the answer is JSON where `as_json` says so."""

    method: str
    url: str
    params: Mapping[str, str | int] | None = None
    body: Mapping[str, Any] | None = None
    as_json: bool = True
    limit: int = LARGEST_ANSWER  # bytes of an answer


@dataclass(frozen=True)
class Raw:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class Transport:
    """For one thread. `now` gives seconds; `read_seconds` may pass between two pieces of an answer."""

    def __init__(self, token: str, *, now: Callable[[], float], read_seconds: float) -> None:
        # A token that cannot stand in a header would end up in the error about it.
        self._token = token.strip() if re.fullmatch(r"[\x21-\x7e]+", token.strip()) else ""
        self._now = now
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

    def close(self) -> None:
        self._session.close()

    def without_token(self, text: str) -> str:
        return text.replace(self._token, "***") if self._token else text

    def send(self, call: Call, what: str, *, until: float) -> Raw | Trouble:
        """`until`, as `now` counts, it must be over. Raises `ApiError` where another try would end the same."""
        left = max(_LEAST, until - self._now())
        data = None if call.body is None else json.dumps(call.body).encode()
        try:
            with self._session.request(
                call.method,
                call.url,
                params=call.params,
                data=data,
                headers={} if data is None else {"Content-Type": "application/json"},
                timeout=(min(CONNECT_SECONDS, left), min(self._read_seconds, left)),
                stream=True,
            ) as response:
                read = self._read(response, what, call.limit, until)
        except requests.ConnectionError as error:
            return Trouble(_said(error), None, perhaps_done=not _never_sent(error))
        except requests.Timeout as error:
            return Trouble(_said(error), None, perhaps_done=True)
        except requests.RequestException as error:  # an address that is none, too many redirections, …
            raise ApiError(f"{what}: {type(error).__name__}") from None
        except urllib3.exceptions.DecodeError:
            return Trouble("the answer is damaged", None, perhaps_done=True)
        except urllib3.exceptions.TimeoutError:
            return Trouble("no answer in time", None, perhaps_done=True)
        except urllib3.exceptions.HTTPError:
            return Trouble("the answer broke off", None, perhaps_done=True)
        return Raw(response.status_code, response.headers, read)

    def _read(self, response: requests.Response, what: str, limit: int, until: float) -> bytes:
        """As the pieces come: to wait until one is full would leave the end to the server."""
        until, read = min(until, self._now() + ANSWER_SECONDS), bytearray()
        for piece in iter(partial(response.raw.read1, _PIECE, decode_content=True), b""):
            read += piece
            if len(read) > limit:
                raise ApiError(f"{what}: the answer is larger than {limit // 2**20} MiB")
            if self._now() > until:
                raise requests.Timeout
        return bytes(read)


class _Bearer(AuthBase):
    """An object of its own, so that no .netrc takes its place and no `repr` shows the token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __repr__(self) -> str:
        return "_Bearer(***)"


def _never_sent(error: requests.ConnectionError) -> bool:
    """No connection came about, so the server cannot have done anything."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _said(error: requests.RequestException) -> str:
    return "no answer in time" if isinstance(error, requests.Timeout) else "the server cannot be reached"

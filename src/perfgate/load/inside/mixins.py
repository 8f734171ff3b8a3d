"""What Locust files of users' own may add to their user classes; handed on by `perfgate.users`."""

from __future__ import annotations

import os
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from perfgate.load.inside.exchange import limited
from perfgate.load.inside.journeys import Journey, JourneyFailedError, poll, under_way
from perfgate.load.inside.refusals import answer_of, signature_checks
from perfgate.load.inside.streams import hear_out, record_tokens
from perfgate.load.signing import JsonStyle, Scheme, Signer, SigningMistakeError
from perfgate.load.streams import StreamMeter
from perfgate.records.endpoint import POLL

FIRST_ERROR = 400


class SignedWebhooks:
    """`post_signed` sends a body signed over its exact bytes.

    `signing` and `json_style` say what `sign` and `json_style` say in perfgate.yml:
    `signing = {"like": "github", "secret_env": "HOOK_SECRET"}`.
    """

    signing: ClassVar[Mapping[str, Any]] = {}
    json_style: ClassVar[Mapping[str, bool]] = {}
    _signer: ClassVar[Signer]

    def __init_subclass__(cls, **options: Any) -> None:
        """Here, so that a secret that is not there is said before any load."""
        super().__init_subclass__(**options)
        if not cls.signing:
            return
        name = cls.signing.get("secret_env", "")
        secret = os.environ.get(name, "")
        if not secret:
            raise SigningMistakeError(
                f"the environment variable {name!r} is not set; perfgate.yml needs `secrets: [{name}]`"
            )
        cls._signer = Signer.of(Scheme.of(cls.signing), secret)

    def signature(self, body: bytes) -> dict[str, str]:
        """The headers that sign these bytes now."""
        return self._signer.headers(body, timestamp=int(time.time()), id=f"msg_{uuid.uuid4().hex}")

    def post_signed(
        self,
        path: str,
        *,
        json: Any = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Any:
        """`json`, written in `json_style`, or `body`. `options` go to `self.client.post`, whose answer is returned.

        What the server refuses is looked into once, as with declared traffic.
        """
        user: Any = self
        if json is not None:
            body = JsonStyle(**self.json_style).write(json)
            headers = {"Content-Type": "application/json", **(headers or {})}
        sent = {**(headers or {}), **self.signature(body)}
        response = user.client.post(path, data=body, headers=sent, **options)
        if response.status_code:
            label = f"POST {options.get('name') or path}"
            signature_checks.look_at(user, label, ("POST", path), (self._signer, body, sent), answer_of(response))
        return response


class JourneyOfUser:
    """A journey under way, of a Locust file."""

    def __init__(self, user: Any, journey: Journey) -> None:
        self._user = user
        self._journey = journey

    def fail(self, why: str) -> None:
        """Ends it, as a failure with this message."""
        raise JourneyFailedError(why)

    def poll(
        self, path: str, *, until: Callable[[Any], bool], name: str | None = None, every: float = 0.1, **options: Any
    ) -> Any:
        """GET `path` until the answer is as `until` wants it, and return that answer. Recorded as `POLL name`; only
        statuses from 500 on are failures there. `every` is in seconds.
        """

        def ask() -> Any:
            self._journey.check()
            with self._user.client.get(path, name=name, catch_response=True, **options) as response:
                response.request_meta["request_type"] = POLL
                if 0 < response.status_code < 500:
                    response.success()
                    return response
            return None

        return poll(self._journey, ask, until, every, random.random())  # noqa: S311 - no secret is drawn


class Journeys:
    """`with self.journey("order to delivery", within=20) as journey:` measures what is inside as `JOURNEY …`.

    One that takes longer than `within` seconds, that raises, or that `journey.fail` ends is a failure of that row.
    """

    @contextmanager
    def journey(self, name: str, *, within: float = 60.0) -> Iterator[JourneyOfUser]:
        user: Any = self
        with under_way(user, name, within) as journey:
            yield JourneyOfUser(user, journey)


class StreamedAnswers:
    """`self.stream("/v1/chat/completions", json=…)` measures time to first token and time per token, too."""

    def stream(
        self,
        path: str,
        *,
        kind: str = "openai",
        method: str = "POST",
        within: float = 60.0,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> StreamMeter | None:
        """What was heard; None where there was no whole answer. `kind` as `stream` in perfgate.yml; `within` in
        seconds for the whole answer; `options` go to `self.client.request`.
        """
        user: Any = self
        asked = {"Accept": "text/event-stream", "Accept-Encoding": "identity", **(headers or {})}
        with (
            limited(within) as late,
            user.client.request(method, path, headers=asked, stream=True, catch_response=True, **options) as response,
        ):
            if not response.status_code:
                return None  # leaving the block records the error
            heard = hear_out(response, kind, late)
            if response.status_code >= FIRST_ERROR:
                response.failure(f"status {response.status_code}")
            elif heard.trouble is not None:
                response.failure(heard.trouble)
            else:
                response.success()
                record_tokens(response, heard)
                return heard.meter
        return None

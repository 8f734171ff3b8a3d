"""One declared request sent, answered and recorded."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import gevent
from locust import FastHttpUser
from locust.contrib.fasthttp import LocustBadStatusCode

from perfgate.load.answers import Answer
from perfgate.load.inside.prepared import Prepared
from perfgate.load.inside.recorder import LAG
from perfgate.load.inside.refusals import answer_of, signature_checks
from perfgate.load.inside.streams import hear_out, record_tokens

CUT_OFF: Final = 2  # times the longest exchange of its kind


@dataclass(frozen=True)
class Exchanged:
    """`failure`: as it is recorded. `answer`: None where there was no whole one."""

    answer: Answer | None
    failure: str | None


def exchange(
    user: FastHttpUser,
    request: Prepared,
    values: Mapping[str, object],
    *,
    lag: float = 0.0,
    within: float | None = None,
    recorded_as: str | None = None,
) -> Exchanged:
    """`lag`: seconds since it was to be sent; `within`: seconds that are left, if fewer than its own timeout;
    `recorded_as`: a method other than its own. For those, a status below 500 is no failure.
    """
    limit = request.timeout if within is None else max(min(request.timeout, within), 0.001)
    body = request.body(values)
    headers = {name: text.fill(values) for name, text in request.headers}
    if request.stream is not None:
        headers.setdefault("Accept", "text/event-stream")
        headers["Accept-Encoding"] = "identity"  # packed pieces would come late
    if request.signer is not None:
        headers |= request.signer.headers(body or b"", timestamp=int(time.time()), id=f"msg_{uuid.uuid4().hex}")
    path = request.path.fill_path(values)
    with (
        _told_if_cut_off(user, recorded_as or request.method, request.name, lag),
        limited(limit) as late,
        user.client.request(
            request.method,
            path,
            name=request.name,
            headers=headers,
            data=body,
            catch_response=True,
            stream=request.stream is not None,
            context={LAG: lag},
            allow_redirects=request.follows_redirects,
        ) as response,
    ):
        if recorded_as is not None:
            response.request_meta["request_type"] = recorded_as
        exchanged = _judged(response, request, late, is_poll=recorded_as is not None)
        if exchanged.failure is not None:
            response.failure(exchanged.failure)
        elif exchanged.answer is not None:
            response.success()
    if request.signer is not None and exchanged.answer is not None:
        signed = request.signer, body or b"", headers
        label = f"{request.method} {request.name}"
        signature_checks.look_at(user, label, (request.method, path), signed, exchanged.answer)
    return exchanged


class Longest:
    """The longest exchange of each kind that came to its end, in this process."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str], float] = {}

    def seen(self, method: str, name: str, seconds: float) -> None:
        if seconds > self._seconds.get((method, name), 0.0):
            self._seconds[method, name] = seconds

    def is_far_below(self, method: str, name: str, seconds: float) -> bool:
        """Not of a kind that was never seen: its answers may all take so long."""
        known = self._seconds.get((method, name))
        return known is not None and seconds > CUT_OFF * known


longest = Longest()


@contextmanager
def _told_if_cut_off(user: FastHttpUser, method: str, name: str, lag: float) -> Iterator[None]:
    """A request that the end of the load cuts off, although it had all of Locust's stop timeout and far more than any
    other of its kind needed, is a failure; else an application that hangs would have no errors. Of one that may just
    be slow nothing is known.
    """
    begun, clock = time.time(), time.perf_counter()
    try:
        yield
        longest.seen(method, name, time.perf_counter() - clock)
    except gevent.GreenletExit:
        if not longest.is_far_below(method, name, time.perf_counter() - clock):
            raise
        user.environment.events.request.fire(
            request_type=method,
            name=name,
            response_time=(time.perf_counter() - clock) * 1000,
            response_length=0,
            exception=TimeoutError("no whole answer when the load ended, nor until its users were ended"),
            context={LAG: lag},
            start_time=begun,
            url=None,
            response=None,
        )
        raise


@contextmanager
def limited(seconds: float) -> Iterator[TimeoutError]:
    """Locust's own timeout starts anew with every packet; this one is for the answer as a whole."""
    late = TimeoutError(f"no whole answer within {seconds:.3g} s")
    with gevent.Timeout(seconds, late):
        yield late


def _judged(response: Any, request: Prepared, late: TimeoutError, *, is_poll: bool) -> Exchanged:
    error = response.request_meta["exception"]
    if error is not None and not isinstance(error, LocustBadStatusCode):
        return Exchanged(None, None)  # there is no whole answer to look at; leaving the block records the error
    if request.stream is not None:
        return _streamed(response, request, late)
    answer = answer_of(response)
    lenient = is_poll and not request.statuses and answer.status < 500
    return Exchanged(answer, None if lenient else request.refusal(answer.status, answer.content))


def _streamed(response: Any, request: Prepared, late: TimeoutError) -> Exchanged:
    heard = hear_out(response, request.stream or "sse", late)
    answer = Answer(response.status_code, dict(response.headers.items()), heard.content)
    failure = request.refusal(answer.status, heard.content) or heard.trouble
    if failure is None:
        record_tokens(response, heard)
    return Exchanged(answer, failure)

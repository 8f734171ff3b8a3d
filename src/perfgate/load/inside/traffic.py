"""Traffic that `perfgate.yml` declares, as a Locust user."""

from __future__ import annotations

import itertools
import random
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import gevent
from locust import FastHttpUser, task
from locust.contrib.fasthttp import LocustBadStatusCode

from perfgate.load.filling import Draw, Template, fill_json, generator
from perfgate.load.inside.arrivals import Arrivals
from perfgate.load.inside.recorder import LAG
from perfgate.load.signing import JsonStyle, Scheme, Signer

# Two loads of the same settings draw the same requests in the same order, as far as the users' turns allow.
SEED: Final = 20_251_115


@dataclass(frozen=True)
class Prepared:
    """A declared request with all that does not change from one to the next worked out beforehand."""

    method: str
    path: Template
    name: str
    headers: tuple[tuple[str, Template], ...]
    body: Callable[[Mapping[str, object]], bytes | None]
    signer: Signer | None
    draws: tuple[tuple[str, Draw], ...]
    statuses: frozenset[int]
    text: bytes | None
    timeout: float  # seconds
    follows_redirects: bool

    def refusal(self, status: int, content: bytes | None) -> str | None:
        """Why an answer does not count as a success; None: it does."""
        if self.statuses and status not in self.statuses:
            return f"status {status}, expected {' or '.join(map(str, sorted(self.statuses)))}"
        if not self.statuses and status >= 400:
            return f"status {status}"
        if self.text is not None and self.text not in (content or b""):
            return f"the answer does not contain {self.text.decode()!r}"
        return None


def prepare(request: Mapping[str, Any], chance: random.Random, environ: Mapping[str, str]) -> Prepared:
    """`environ` holds the secrets that the request is signed with."""
    values: Mapping[str, Any] = request["values"]
    headers: dict[str, str] = dict(request["headers"])
    if request["json"] is not None and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"
    return Prepared(
        method=request["method"],
        path=Template.of(request["path"], values),
        name=request["name"] or request["path"],
        headers=tuple((name, Template.of(text, values)) for name, text in headers.items()),
        body=_body(request, values),
        signer=_signer(request["sign"], environ),
        draws=tuple((name, generator(described, chance)) for name, described in values.items()),
        statuses=frozenset(request["expect_status"]),
        text=request["expect_body"].encode() if request["expect_body"] is not None else None,
        timeout=request["timeout"],
        follows_redirects=not any(300 <= status < 400 for status in request["expect_status"]),
    )


def _body(request: Mapping[str, Any], known: Mapping[str, Any]) -> Callable[[Mapping[str, object]], bytes | None]:
    described, style = request["json"], JsonStyle(**request["json_style"])
    if described is not None:
        return lambda values: style.write(fill_json(described, values))
    if request["body"] is not None:
        text = Template.of(request["body"], known)
        return lambda values: text.fill(values).encode()
    return lambda _values: None


def _signer(described: Mapping[str, Any] | None, environ: Mapping[str, str]) -> Signer | None:
    return Signer.of(Scheme.of(described), environ[described["secret_env"]]) if described is not None else None


def declared_user(
    traffic: Mapping[str, Any],
    chance: random.Random,
    environ: Mapping[str, str],
    arrivals: Arrivals | None = None,
) -> type[FastHttpUser]:
    """A user class that sends `traffic` (`settings.model.Traffic` as JSON): a weighted request after each wait, or for
    each of the `arrivals`.
    """
    requests = [prepare(each, chance, environ) for each in traffic["requests"]]
    weights = list(itertools.accumulate(each["weight"] for each in traffic["requests"]))
    shortest, longest = traffic["wait"]
    next_arrival = arrivals.next if arrivals is not None else None

    class DeclaredTraffic(FastHttpUser):
        network_timeout = connection_timeout = max(each.timeout for each in requests)
        _has_begun = False

        def on_start(self) -> None:
            if next_arrival is None:
                self.wait()

        def wait_time(self) -> float:
            """The first is anything up to the longest: users spawned together must not stay in step."""
            if next_arrival is not None:
                return 0.0
            low = shortest if self._has_begun else 0.0
            self._has_begun = True
            return chance.uniform(low, longest)

        @task
        def send(self) -> None:
            due = next_arrival() if next_arrival is not None else None
            request = chance.choices(requests, cum_weights=weights)[0]
            send(self, request, lag=0.0 if due is None else max(0.0, time.time() - due))

    return DeclaredTraffic


def send(user: FastHttpUser, request: Prepared, *, lag: float = 0.0) -> None:
    """`lag`: seconds since it was to be sent."""
    values = {name: draw() for name, draw in request.draws}
    body = request.body(values)
    headers = {name: text.fill(values) for name, text in request.headers}
    if request.signer is not None:
        headers |= request.signer.headers(body or b"", timestamp=int(time.time()), id=f"msg_{uuid.uuid4().hex}")
    late = TimeoutError(f"no whole answer within {request.timeout:g} s")
    # Locust's own timeout starts anew with every packet; this one is for the answer as a whole.
    with (
        gevent.Timeout(request.timeout, late),
        user.client.request(
            request.method,
            request.path.fill_path(values),
            name=request.name,
            headers=headers,
            data=body,
            catch_response=True,
            context={LAG: lag},
            allow_redirects=request.follows_redirects,
        ) as answer,
    ):
        error = answer.request_meta["exception"]
        if error is not None and not isinstance(error, LocustBadStatusCode):
            return  # there is no whole answer to look at; leaving the block records the error
        refusal = request.refusal(answer.status_code, answer.content)
        if refusal is None:
            answer.success()
        else:
            answer.failure(refusal)

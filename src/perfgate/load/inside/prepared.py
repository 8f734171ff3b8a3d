"""Declared requests and journeys with all that does not change from one to the next worked out beforehand."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from perfgate.load.answers import Meets, Take, meeting, taking
from perfgate.load.filling import Draw, Template, fill_json, generator
from perfgate.load.signing import JsonStyle, Scheme, Signer

Values = Mapping[str, object]


@dataclass(frozen=True)
class Prepared:
    method: str
    path: Template
    name: str
    headers: tuple[tuple[str, Template], ...]
    body: Callable[[Values], bytes | None]
    signer: Signer | None
    draws: tuple[tuple[str, Draw], ...]
    statuses: frozenset[int]
    text: bytes | None
    stream: str | None
    timeout: float  # seconds
    follows_redirects: bool

    def draw(self) -> dict[str, object]:
        return {name: draw() for name, draw in self.draws}

    def refusal(self, status: int, content: bytes | None) -> str | None:
        """Why an answer does not count as a success; None: it does."""
        if self.statuses and status not in self.statuses:
            return f"status {status}, expected {' or '.join(map(str, sorted(self.statuses)))}"
        if not self.statuses and status >= 400:
            return f"status {status}"
        if self.text is not None and self.text not in (content or b""):
            return f"the answer does not contain {self.text.decode()!r}"
        return None


@dataclass(frozen=True)
class Polling:
    until: Meets
    every: float  # seconds


@dataclass(frozen=True)
class PreparedStep:
    request: Prepared
    takes: tuple[tuple[str, Take], ...]
    polling: Polling | None
    fails_on: Meets | None


@dataclass(frozen=True)
class PreparedJourney:
    name: str
    within: float  # seconds
    steps: tuple[PreparedStep, ...]

    def draw(self) -> dict[str, object]:
        """All values of all steps at once, so that what another user does meanwhile changes none of them."""
        return {name: value for step in self.steps for name, value in step.request.draw().items()}


def prepare(
    request: Mapping[str, Any], chance: random.Random, environ: Mapping[str, str], known: Iterable[str] = ()
) -> Prepared:
    """`environ` holds the secrets that the request is signed with; `known` are names filled from elsewhere."""
    values: Mapping[str, Any] = request["values"]
    names = frozenset({*values, *known})
    headers: dict[str, str] = dict(request["headers"])
    if request["json"] is not None and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"
    return Prepared(
        method=request["method"],
        path=Template.of(request["path"], names),
        name=request["name"] or request["path"],
        headers=tuple((name, Template.of(text, names)) for name, text in headers.items()),
        body=_body(request, names),
        signer=_signer(request["sign"], environ),
        draws=tuple((name, generator(described, chance)) for name, described in values.items()),
        statuses=frozenset(request["expect_status"]),
        text=request["expect_body"].encode() if request["expect_body"] is not None else None,
        stream=request["stream"],
        timeout=request["timeout"],
        follows_redirects=not any(300 <= status < 400 for status in request["expect_status"]),
    )


def prepare_journey(journey: Mapping[str, Any], chance: random.Random, environ: Mapping[str, str]) -> PreparedJourney:
    steps: list[PreparedStep] = []
    known: set[str] = set()
    for described in journey["steps"]:
        request = prepare(described, chance, environ, known)
        known |= {*described["values"], *described["take"]}
        takes = tuple((name, taking(source)) for name, source in described["take"].items())
        fails_on = meeting(described["fail_on"]) if described["fail_on"] is not None else None
        steps.append(PreparedStep(request, takes, _polling(described), fails_on))
    return PreparedJourney(journey["name"], journey["within"], tuple(steps))


def _polling(step: Mapping[str, Any]) -> Polling | None:
    until = step["until"]
    if until is None:
        return None
    return Polling(meeting(until), step["every"])


def _body(request: Mapping[str, Any], known: Iterable[str]) -> Callable[[Values], bytes | None]:
    described, style = request["json"], JsonStyle(**request["json_style"])
    if described is not None:
        return lambda values: style.write(fill_json(described, values))
    if request["body"] is not None:
        text = Template.of(request["body"], known)
        return lambda values: text.fill(values).encode()
    return lambda _values: None


def _signer(described: Mapping[str, Any] | None, environ: Mapping[str, str]) -> Signer | None:
    return Signer.of(Scheme.of(described), environ[described["secret_env"]]) if described is not None else None

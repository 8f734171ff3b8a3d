"""Servers that are wrong in one way each, and senders, too: who is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from email.utils import formatdate

import pytest

from perfgate.load.answers import Answer
from perfgate.load.refused import Diagnosis, Refused, other_styles
from perfgate.load.signing import JsonStyle, Scheme, Signer
from perfgate.records.load import Finding

NOW = 1_700_000_000.0
SCHEME = Scheme.of({"headers": {"X-Signature": "sha256={signature}"}})
STAMPED = Scheme.of({"like": "stripe"})
BODY = JsonStyle().write({"title": "Café", "at": "2025-11-03T10:00:00+00:00", "a": 1})

Server = Callable[[bytes, Mapping[str, str]], int]


def checking(
    signer: Signer, rewrite: Callable[[bytes], bytes] = bytes, *, then: int = 202, clock: float = NOW
) -> Server:
    """Checks the signature over what `rewrite` makes of the body, and looks for a title afterwards."""

    def answers(body: bytes, headers: Mapping[str, str]) -> int:
        if not signer.verifies(rewrite(body), headers):
            return 401
        if "{timestamp}" in signer.scheme.over:
            stamp = int(headers["Stripe-Signature"].partition(",")[0].removeprefix("t="))
            if abs(stamp - clock) > 300:
                return 401
        return then if b"title" in body else 400

    return answers


def diagnosed(
    server: Server, *, body: bytes = BODY, scheme: Scheme = SCHEME, key: bytes = b"s", clock: float = NOW
) -> Diagnosis:
    signer = Signer(scheme, key)

    def send(body: bytes, headers: Mapping[str, str]) -> Answer:
        return Answer(server(body, headers), {"date": formatdate(clock, usegmt=True)}, b"no")

    headers = {"Content-Type": "application/json", **signer.headers(body, timestamp=int(NOW))}
    first = send(body, headers)
    assert first.status >= 400
    return Refused(signer, body, headers, first, send, lambda: NOW).diagnose()


def restyled(style: JsonStyle) -> Callable[[bytes], bytes]:
    return lambda body: style.write(json.loads(body))


def test_another_secret() -> None:
    found = diagnosed(checking(Signer(SCHEME, b"other")))
    assert (found.finding, found.style) == (Finding.SECRET, None)
    assert found.probes[0] == "{} rightly signed: 401"


@pytest.mark.parametrize(
    ("style", "said"),
    [
        (JsonStyle(spaces=True), "{spaces: true}"),
        (JsonStyle(spaces=True, ascii=False), "{spaces: true, ascii: false}"),
        (JsonStyle(sort_keys=True), "{sort_keys: true}"),
        (JsonStyle(ascii=False), "{ascii: false}"),
    ],
)
def test_a_server_that_writes_the_body_anew(style: JsonStyle, said: str) -> None:
    found = diagnosed(checking(Signer(SCHEME, b"s"), restyled(style)))
    assert (found.finding, found.style) == (Finding.RESERIALISED, said)


def test_a_server_that_writes_dates_anew_is_told_by_the_empty_object_alone() -> None:
    def rewritten(body: bytes) -> bytes:
        return JsonStyle().write(json.loads(body)).replace(b"+00:00", b"Z")

    found = diagnosed(checking(Signer(SCHEME, b"s"), rewritten))
    assert (found.finding, found.style) == (Finding.RESERIALISED, None)


def test_probes_differ_from_the_request_in_what_they_probe_alone() -> None:
    seen: list[Mapping[str, str]] = []

    def refuses(body: bytes, headers: Mapping[str, str]) -> int:
        seen.append(headers)
        return 401

    diagnosed(refuses)
    assert len(seen) > 2
    assert all({"Content-Type", "X-Signature"} <= headers.keys() for headers in seen)


def test_a_server_that_looks_at_the_body_first_is_not_accused_without_evidence() -> None:
    other = checking(Signer(SCHEME, b"other"))
    found = diagnosed(lambda body, headers: other(body, headers) if b"title" in body else 400)
    assert found.finding is Finding.UNCLEAR
    rewriting = checking(Signer(SCHEME, b"s"), restyled(JsonStyle(spaces=True)))
    found = diagnosed(lambda body, headers: rewriting(body, headers) if b"title" in body else 400)
    assert (found.finding, found.style) == (Finding.RESERIALISED, "{spaces: true}")


def test_clocks_that_differ() -> None:
    clock = NOW + 3600
    found = diagnosed(checking(Signer(STAMPED, b"s"), clock=clock), scheme=STAMPED, clock=clock)
    assert found.finding is Finding.CLOCK
    assert found.clock_off == pytest.approx(3600, abs=1)
    found = diagnosed(checking(Signer(STAMPED, b"other"), clock=clock), scheme=STAMPED, clock=clock)
    assert found.finding is Finding.SECRET


def test_a_sender_whose_signature_does_not_fit_its_bytes() -> None:
    signer = Signer(SCHEME, b"s")
    headers = signer.headers(b"another body", timestamp=0)
    sent: list[bytes] = []
    refused = Answer(401, {}, b"")

    def send(body: bytes, headers: Mapping[str, str]) -> Answer:
        sent.append(body)
        return refused

    assert Refused(signer, BODY, headers, refused, send, lambda: NOW).diagnose().finding is Finding.SENDER
    assert sent == []


@pytest.mark.parametrize(("checks_first", "wrongly"), [(True, 401), (False, 500)])
def test_a_server_error_is_told_from_a_refusal(checks_first: bool, wrongly: int) -> None:
    server = checking(Signer(SCHEME, b"s"), then=500) if checks_first else lambda body, headers: 500
    found = diagnosed(server)
    assert (found.finding, found.wrongly) == (Finding.SERVER_ERROR, wrongly)


def test_a_form_that_is_altered_is_told_by_the_empty_object() -> None:
    found = diagnosed(checking(Signer(SCHEME, b"s"), lambda body: body.replace(b"+", b" ")), body=b"title=a+b")
    assert (found.finding, found.style) == (Finding.RESERIALISED, None)
    assert len(found.probes) == 2


def test_styles_are_tried_once_each_and_only_where_they_differ() -> None:
    assert list(other_styles(b'{"a":1}')) == [("{spaces: true}", b'{"a": 1}')]
    assert len(list(other_styles(JsonStyle().write({"b": "é", "a": 1})))) == 7
    assert list(other_styles(b"not json")) == []

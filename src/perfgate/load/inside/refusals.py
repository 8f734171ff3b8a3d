"""Refused signatures of this load: each endpoint is looked into once, beside the load and outside its statistics."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import gevent
from locust import User
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook

from perfgate.load.answers import Answer
from perfgate.load.inside.users_clock import users_clock
from perfgate.load.refused import REFUSED, Refused
from perfgate.load.signing import Signer

PROBE_WITHIN: Final = 10.0  # seconds for an answer
FINISH_WITHIN: Final = 15.0  # seconds for all probes, after the load
SHOWN: Final = 500  # characters of an answer

_log = logging.getLogger("perfgate")


class SignatureChecks:
    def __init__(self) -> None:
        self._seen: set[tuple[str, bool]] = set()
        self._running: list[Any] = []
        self._found: list[dict[str, Any]] = []

    def look_at(
        self,
        user: User,
        label: str,
        target: tuple[str, str],
        signed: tuple[Signer, bytes, Mapping[str, str]],
        answer: Answer,
    ) -> None:
        """`target` is method and path; `signed` are signer, body and all headers as they were sent."""
        key = label, answer.status >= 500
        if (answer.status not in REFUSED and answer.status < 500) or key in self._seen:
            return
        self._seen.add(key)
        self._running.append(gevent.spawn(self._diagnose, user.host, label, target, signed, answer))

    def _diagnose(
        self,
        host: str,
        label: str,
        target: tuple[str, str],
        signed: tuple[Signer, bytes, Mapping[str, str]],
        answer: Answer,
    ) -> None:
        signer, body, headers = signed
        session = FastHttpSession(  # its events go to nobody
            host, EventHook(), None, network_timeout=PROBE_WITHIN, connection_timeout=PROBE_WITHIN
        )
        method, path = target

        def send(body: bytes, headers: Mapping[str, str]) -> Answer | None:
            with session.request(method, path, data=body, headers=dict(headers), catch_response=True) as response:
                response.success()  # whatever it is
                return answer_of(response) if response.status_code else None

        with users_clock.unheld():
            found = Refused(signer, body, headers, answer, send, time.time).diagnose()
        _log.warning("%s was answered %s; probes say: %s (%s)", label, answer.status, found.finding, found.probes)
        text = answer.content[: 4 * SHOWN].decode("utf-8", "replace")[:SHOWN]
        self._found.append({"label": label, "status": answer.status, "answer": text, **asdict(found)})

    def finish(self) -> list[dict[str, Any]]:
        """What was found, as `records.load.SignatureRefusal` has it."""
        gevent.joinall(self._running, timeout=FINISH_WITHIN)
        return self._found


def answer_of(response: Any) -> Answer:
    """Of a whole answer of Locust's clients."""
    return Answer(response.status_code, dict(response.headers.items()), response.content or b"")


signature_checks = SignatureChecks()  # of this process

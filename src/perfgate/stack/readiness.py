"""Whether the target answers. Fail-closed: only an answer below 400 counts, and only within the time limit."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from perfgate.errors import StackError
from perfgate.settings.stack import Ready
from perfgate.stack.target import Target

POLL_EVERY: Final = 0.1  # seconds between two tries
TRY_LIMIT: Final = 5.0  # seconds that one try may take to connect, and to send each piece
LAST_TRY: Final = 1.0  # seconds that even a try just before the end has, so that what is told is no try cut short
SHORT_ANSWER: Final = 65_536  # bytes
Address = tuple[str, int]


class Deadline:
    """A point in time, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._begun = time.monotonic()

    @property
    def used(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._begun

    @property
    def left(self) -> float:
        return self.seconds - self.used

    @property
    def passed(self) -> bool:
        return self.left <= 0


class _ConnectionTo(http.client.HTTPConnection):
    """HTTP to an address that the name in the URL does not resolve to on this machine."""

    def __init__(self, target: Target, address: Address, timeout: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout)
        self._target = target
        self._address = address

    def connect(self) -> None:
        connected = socket.create_connection(self._address, self.timeout)
        if self._target.scheme == "https":
            # This asks whether something answers, and sends nothing secret: as Kubernetes' probes do, it takes any
            # certificate. The load itself verifies as its own settings say.
            context = ssl._create_unverified_context()  # noqa: S323, SLF001 - the documented way (PEP 476)
            connected = context.wrap_socket(connected, server_hostname=self._target.host)
        self.sock = connected


def probe(target: Target, path: str, address: Address, *, timeout: float = TRY_LIMIT) -> str | None:
    """GET `path` once. None: it answered below 400; else what happened instead."""
    connection = _ConnectionTo(target, address, timeout)
    try:
        connection.request("GET", target.path + path, headers={"Host": target.authority, "User-Agent": "PerfGate"})
        answer = connection.getresponse()
        status = answer.status
        _take_rest(answer)
    except TimeoutError:
        return f"no answer within {timeout:g} s"
    except (OSError, http.client.HTTPException) as error:
        return f"no answer: {str(error) or type(error).__name__}"
    finally:
        connection.close()
    return None if status < 400 else f"the answer was HTTP {status}"


def _take_rest(answer: http.client.HTTPResponse) -> None:
    """A connection closed with an answer unread is a reset, which fills the log of the service with tracebacks.

    Only where it is known to be short: the status is what was asked for, and nothing may hold that up.
    """
    if answer.length is not None and answer.length <= SHORT_ANSWER:
        with suppress(OSError, http.client.HTTPException):
            answer.read()


def wait_for_answer(
    target: Target,
    ready: Ready,
    *,
    address: Address,
    deadline: Deadline,
    meanwhile: Callable[[], None],
    evidence: Callable[[], str],
) -> None:
    """Return when the target answers; `meanwhile` is called between tries and raises if waiting is in vain.

    Raises `StackError` after the deadline, with `evidence`.
    """
    problem: str | None = "it was never asked"
    while not deadline.passed:
        problem = probe(target, ready.path, address, timeout=max(LAST_TRY, min(TRY_LIMIT, deadline.left)))
        if problem is None:
            return
        meanwhile()
        time.sleep(POLL_EVERY)
    raise StackError(
        f"{target.url}{ready.path} was not ready within {deadline.seconds:g} s: {problem}",
        remedy="look at the log of the service; mend `target` and `ready.path` in perfgate.yml, "
        "or allow more with `ready.within`",
        evidence=evidence(),
    )


def resolve(target: Target) -> Address:
    """Where the name leads on this machine. Raises `StackError` if nowhere."""
    try:
        socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise StackError(
            f"the target {target.url} leads nowhere: {target.host!r} does not resolve ({error})",
            remedy="mend `target` in perfgate.yml, or the machine's name resolution",
        ) from error
    return target.host, target.port


def something_answers(address: Address) -> bool:
    """Whether a connection to this address is taken."""
    try:
        socket.create_connection(address, timeout=1.0).close()
    except OSError:
        return False
    return True


def refuse_taken(target: Target, address: Address) -> None:
    """Raises `StackError` if something answers there before the stack is started: that would be loaded instead."""
    if something_answers(address):
        raise StackError(
            f"the port is in use: something already answers at {target.url}, before the stack was started",
            remedy=f"end what listens on port {target.port}, or give the stack and its `target` another port",
        )


def is_routed(address: Address) -> bool:
    """Whether packets get there and back: a refusal is an answer too, the service may be about to listen."""
    try:
        socket.create_connection(address, timeout=1.0).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True

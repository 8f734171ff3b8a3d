from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from perfgate.github.client import Client
from tests.fakes.github import TOKEN, FakeGitHub


@dataclass
class Clock:
    """Time that passes only by sleeping."""

    seconds: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


HURRY = 10  # times as long would a client sleep


OpenClient = Callable[..., Client]


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_client(github: FakeGitHub, clock: Clock) -> Iterator[OpenClient]:
    opened: list[Client] = []

    def opening(token: str = TOKEN, **more: float) -> Client:
        client = Client(github.api_url, token, now=clock.now, sleep=clock.sleep, chance=lambda: 0.5, **more)
        opened.append(client)
        return client

    yield opening
    for each in opened:
        each.__exit__()


@pytest.fixture
def hurried(github: FakeGitHub) -> Iterator[Callable[[], Client]]:
    """Clients for threads, each its own, for what only shows between them. They sleep less than they would, but their
    time limits are those of a real clock, so that nobody is given up on a busy machine.
    """
    opened: list[Client] = []

    def opening() -> Client:
        opened.append(Client(github.api_url, TOKEN, sleep=lambda seconds: time.sleep(seconds / HURRY)))
        return opened[-1]

    yield opening
    for each in opened:
        each.__exit__()


@pytest.fixture
def client(open_client: OpenClient) -> Client:
    return open_client()

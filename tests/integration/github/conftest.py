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


@dataclass
class Hurried:
    """Real time that goes faster, for what only shows between threads."""

    factor: float = 10.0

    def now(self) -> float:
        return time.time() * self.factor

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self.factor)


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
    """Clients for threads, each its own."""
    opened: list[Client] = []

    def opening() -> Client:
        clock = Hurried()
        opened.append(Client(github.api_url, TOKEN, now=clock.now, sleep=clock.sleep))
        return opened[-1]

    yield opening
    for each in opened:
        each.__exit__()


@pytest.fixture
def client(open_client: OpenClient) -> Client:
    return open_client()

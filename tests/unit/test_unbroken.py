"""A signal at any moment: what was begun has ended and is noted."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from perfgate.unbroken import unbroken


class InterruptedHereError(Exception):
    pass


@pytest.fixture
def interrupting() -> Iterator[None]:
    def interrupt(*_: object) -> None:
        raise InterruptedHereError

    before = signal.signal(signal.SIGUSR1, interrupt)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("interrupting")
def test_what_is_interrupted_has_ended_all_the_same() -> None:
    """The signal comes while the thread is being started, or while it is waited for; hence so many."""
    for _ in range(300):
        made: list[int] = []

        def make(made: list[int] = made) -> None:
            os.kill(os.getpid(), signal.SIGUSR1)
            threading.Event().wait(0.001)  # as long as an engine might take
            made.append(1)

        with pytest.raises(InterruptedHereError):
            unbroken(make)
        assert made == [1]


@pytest.mark.usefixtures("interrupting")
def test_what_is_interrupted_before_it_begins_never_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def interrupted_start(thread: threading.Thread) -> None:
        started.append(thread)
        signal.raise_signal(signal.SIGUSR1)

    monkeypatch.setattr(threading.Thread, "start", interrupted_start)
    made: list[int] = []
    with pytest.raises(InterruptedHereError):
        unbroken(lambda: made.append(1))
    [late] = started
    start(late)
    late.join()
    assert made == []


def test_what_fails_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        unbroken(lambda: [].append(1 / 0))

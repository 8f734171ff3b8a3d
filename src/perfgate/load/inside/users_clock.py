"""The clock that the users live by: it runs while their side has its turn, and stands still in between.

Waits of users, and requests in the middle of a task, wait for the turn; sessions, counters and whatever else a user
holds stay as they are. What a user's own code does besides (`gevent.sleep`, clients of its own) is not held up.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import gevent
from gevent.event import Event
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession
from locust.exception import StopUser
from locust.user.task import TaskSet

from perfgate.load.turns import Turn, decode_turn

POLL: Final = 0.05  # seconds


class UsersClock:
    def __init__(self) -> None:
        self.unsent = 0  # arrivals whose turn had ended before a user was free
        # For declared traffic alone: Locust draws from the shared one for each task, in whatever order users come by.
        self.chance = random.Random()  # noqa: S311 - no secret is drawn
        self._turn = Turn(math.inf, math.inf, 0)
        self._opened, self._closed, self._ended = Event(), Event(), Event()
        self._free: set[Any] = set()  # greenlets that nothing holds up
        self._has_turns = False

    def open_for_good(self, seed: int) -> None:
        """Where there is one side only."""
        self._begin(Turn(time.time(), math.inf, seed))

    def follow(self, path: Path, on_end: Callable[[], None]) -> None:
        """Turn after turn as the file gives them, then `on_end`."""
        for turn in _turns(path):
            gevent.sleep(max(0.0, turn.opens - time.time()))
            # Locust chooses tasks, and most user files choose data, from the shared generator: both sides alike.
            random.seed(turn.seed)
            self.chance.seed(turn.seed)
            self._begin(turn)
            gevent.sleep(max(0.0, turn.closes - time.time()))
            self._opened.clear()
            self._closed.set()
        on_end()

    def expect_turns(self) -> None:
        self._has_turns = True

    def wait_turn(self) -> None:
        """As `wait_open` where there are turns; else, and under plain Locust, there is nothing to wait for."""
        if self._has_turns:
            self.wait_open()

    def _begin(self, turn: Turn) -> None:
        self._turn = turn
        self._closed.clear()
        self._opened.set()

    def end(self) -> None:
        """The load is over: whoever waits stops, where Locust would let it finish its task."""
        self._ended.set()
        self._opened.set()
        self._closed.set()

    @contextmanager
    def unheld(self) -> Iterator[None]:
        """What is begun is brought to its end, whoever's turn it is and though the load be over: a journey waits for
        what goes on in the stack, and that does not stand still.
        """
        current = gevent.getcurrent()
        entered = current not in self._free
        self._free.add(current)
        try:
            yield
        finally:
            if entered:
                self._free.discard(current)

    def wait_open(self) -> Turn:
        """Raises `StopUser` once the load is over."""
        if gevent.getcurrent() in self._free:
            return self._turn
        self._opened.wait()
        self._stop_if_ended()
        return self._turn

    def wait_closed(self) -> None:
        """Until the turn that is open now has ended."""
        self._closed.wait()
        self._stop_if_ended()

    def pause(self, seconds: float) -> None:
        """Plain seconds."""
        self._ended.wait(max(0.0, seconds))
        self._stop_if_ended()

    def _stop_if_ended(self) -> None:
        if self._ended.is_set():
            raise StopUser

    def sleep(self, seconds: float) -> None:
        """As long on this clock."""
        if gevent.getcurrent() in self._free:
            gevent.sleep(seconds)
            return
        left = seconds
        while True:
            turn = self.wait_open()
            room = max(0.0, turn.closes - time.time())
            gevent.sleep(min(left, room))
            if left <= room:
                return
            left -= room
            self.wait_closed()


def _turns(path: Path) -> Iterator[Turn]:
    rest = ""
    with path.open(encoding="utf-8") as file:
        while True:
            *lines, rest = (rest + file.read()).split("\n")
            for line in lines:
                turn = decode_turn(line)
                if turn is None:
                    return
                yield turn
            gevent.sleep(POLL)


users_clock = UsersClock()  # of this process; the Locust files that PerfGate brings ask it, too


def live_by(clock: UsersClock) -> None:
    """Make all users of this process live by `clock`, whatever Locust file they come from."""
    clock.expect_turns()
    TaskSet._sleep = lambda _self, seconds: clock.sleep(seconds)  # noqa: SLF001 - every wait of Locust's goes here
    for session in (HttpSession, FastHttpSession):
        session.request = _in_turn(session.request, clock)


def _in_turn(request: Callable[..., Any], clock: UsersClock) -> Callable[..., Any]:
    def wait_and_request(*arguments: Any, **options: Any) -> Any:
        clock.wait_open()
        return request(*arguments, **options)

    return wait_and_request

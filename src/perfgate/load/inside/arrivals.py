"""Requests at a rate, whatever the server does (an open model): users serve arrivals instead of waiting.

An arrival that finds no user free is sent late, and its lateness belongs to its response time: what the sender would
have waited is counted from when it wanted to send (Schroeder, Wierman, Harchol-Balter, *Open Versus Closed: A
Cautionary Tale*, NSDI 2006).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from perfgate.load.inside.users_clock import UsersClock
from perfgate.load.share import Share, own_share
from perfgate.load.turns import Turn


class Arrivals:
    """`rate` a second, of which this process sends its `share`; `spacing` is `even` or `poisson`."""

    def __init__(
        self,
        rate: float,
        spacing: str,
        clock: UsersClock,
        *,
        now: Callable[[], float] = time.time,
        share: Share = own_share,
    ) -> None:
        self._rate = rate
        self._spacing = spacing
        self._clock = clock
        self._now = now
        self._share = share
        self._turn: Turn | None = None
        self._due: Iterator[float] = iter(())
        self._next = 0.0

    def next(self) -> float:
        """Waits until an arrival is due that nobody else serves; seconds since the epoch at which it was to be sent."""
        while True:
            turn = self._clock.wait_open()
            if turn is not self._turn:
                self._take_up(turn)
            due = self._next
            if due >= turn.closes:
                self._clock.wait_closed()
                continue
            self._next = next(self._due)
            self._clock.pause(due - self._now())
            return due

    def close(self, **_: object) -> None:
        """Count what the turn that ends now leaves unsent."""
        if self._turn is None:
            return
        end = min(self._turn.closes, self._now())
        while self._next < end:
            self._clock.unsent += 1
            self._next = next(self._due)

    def _take_up(self, turn: Turn) -> None:
        self.close()
        self._turn = turn
        self._due = self._share.due_times(turn, self._rate, self._spacing)
        self._next = next(self._due)

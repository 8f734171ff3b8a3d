"""The figures that a person watching sees, from the last few seconds of the recording."""

from __future__ import annotations

from collections import deque
from typing import Final

from perfgate.load.inside.recorder import Flushed
from perfgate.records.progress import Progress

WINDOW: Final = 5  # flushes, so about as many seconds


class Pace:
    def __init__(self, duration: float) -> None:
        self._duration = duration
        self._recent: deque[tuple[float, Flushed]] = deque(maxlen=WINDOW)
        self._elapsed = 0.0

    def progress(self, flushed: Flushed, *, elapsed: float, users: int, requests: int, failures: int) -> Progress:
        """`flushed` are the requests since the last call; `elapsed` seconds of load; the others are totals."""
        self._recent.append((elapsed - self._elapsed, flushed))
        self._elapsed = elapsed
        seconds = sum(each for each, _ in self._recent)
        count = sum(each.requests for _, each in self._recent)
        times = sorted(time for _, each in self._recent for time in each.response_times)
        return Progress(
            elapsed=elapsed,
            remaining=max(0.0, self._duration - elapsed),
            users=users,
            requests=requests,
            failures=failures,
            request_rate=count / seconds if seconds > 0 else None,
            p95=times[int(0.95 * (len(times) - 1))] if times else None,
        )

"""How well the generating process itself keeps up: its CPU, and how late a timer comes in its event loop."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any, Final

TICK: Final = 0.020  # seconds


def process_cpu() -> float:
    """Seconds of CPU, user and system, that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class HealthSampler:
    """`tick_forever` runs in a greenlet of its own; `sample` is asked for about once a second."""

    def __init__(
        self,
        sleep: Callable[[float], object],
        *,
        monotonic: Callable[[], float] = time.perf_counter,
        cpu: Callable[[], float] = process_cpu,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sleep = sleep
        self._monotonic = monotonic
        self._cpu = cpu
        self._clock = clock
        self._lags: list[float] = []
        self._last = monotonic(), cpu()

    def tick_forever(self) -> None:
        while True:
            self.tick()

    def tick(self) -> None:
        before = self._monotonic()
        self._sleep(TICK)
        self._lags.append(max(0.0, self._monotonic() - before - TICK))

    def sample(self, users: int | None) -> dict[str, Any]:
        """The payload of an 'S' frame, over the time since the last sample; see `records.frames`."""
        now = self._monotonic(), self._cpu()
        elapsed, used = now[0] - self._last[0], now[1] - self._last[1]
        self._last = now
        lags, self._lags = self._lags, []
        return {
            "at": self._clock(),
            "cpu": round(used / elapsed, 4) if elapsed > 0 else 0.0,
            "loop_lags": [round(lag, 6) for lag in lags],
            "users": users,
        }

"""Processor time of both stacks, read at the bounds of blocks by a thread of its own, so that no block waits for it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self

from perfgate.judge.pairing import CpuReading
from perfgate.records.pairs import Side

SAME: Final = 0.2  # seconds: two bounds so near to each other are one
STILL_DUE: Final = 1.0  # seconds by which a reading may be due after the load
_JOIN_WITHIN: Final = 5.0  # seconds

ReadCpu = Callable[[], float | None]  # seconds used so far by all of a stack; None: it cannot be told


class Meter:
    def __init__(self, sides: Mapping[Side, ReadCpu]) -> None:
        self._sides = sides
        self._moments: queue.SimpleQueue[float | None] = queue.SimpleQueue()
        self._asked = -float("inf")
        self._readings: list[CpuReading] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read_on, name="meter", daemon=True)

    @property
    def readings(self) -> tuple[CpuReading, ...]:
        """Of the moments that have passed."""
        return tuple(self._readings)

    def read_at(self, moment: float) -> None:
        """Seconds since the epoch; in ascending order."""
        if self._sides and moment - self._asked > SAME:
            self._asked = moment
            self._moments.put(moment)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._moments.put(None)
        self._thread.join(_JOIN_WITHIN)

    def _read_on(self) -> None:
        while (moment := self._moments.get()) is not None:
            if self._over.wait(max(0.0, moment - time.time())):
                if moment > time.time() + STILL_DUE:
                    return  # the load ended long before its time
                time.sleep(max(0.0, moment - time.time()))
            at = time.time()
            seconds = {side: read() for side, read in self._sides.items()}
            self._readings.append(CpuReading(at, seconds.get(Side.BASE), seconds.get(Side.HEAD)))

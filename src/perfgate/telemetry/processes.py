"""Process trees, for stacks of local processes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import psutil

from perfgate.records.telemetry import SeriesKey
from perfgate.telemetry.samples import CannotSampleError, Sample
from perfgate.telemetry.stats import container_key

LOOK_FOR_CHILDREN: Final = 5.0  # seconds between two looks: each goes through all processes of the machine


@dataclass(frozen=True)
class Spent:
    """By one process since it began; None: the system does not tell."""

    cpu: float  # seconds
    read: int | None  # bytes
    written: int | None


class ProcessTree:
    """A process and all its offspring, as far as they still hang together."""

    def __init__(self, root: int, name: str) -> None:
        self._root = root
        self._name = name
        self._known: dict[psutil.Process, Spent | None] = {}  # None: not seen at work yet
        self._looked: float | None = None
        self._at: float | None = None

    def sample(self) -> Sample:
        """CPU and block IO since the sample before; a child that came and went in between is not seen."""
        now = time.monotonic()
        if self._looked is None or now - self._looked >= LOOK_FOR_CHILDREN:
            self._look(now)
        cpu = read = written = 0.0
        memory = threads = 0
        tells_io = True
        for process, before in list(self._known.items()):
            try:
                with process.oneshot():
                    spent = _spent(process)
                    memory += process.memory_info().rss
                    threads += process.num_threads()
            except psutil.Error:
                del self._known[process]
                continue
            tells_io = tells_io and spent.read is not None
            if before is not None:
                cpu += spent.cpu - before.cpu
                read += (spent.read or 0) - (before.read or 0)
                written += (spent.written or 0) - (before.written or 0)
            self._known[process] = spent
        if not self._known:
            raise CannotSampleError("the process has ended")
        seconds, self._at = (None if self._at is None else now - self._at), now
        values: dict[SeriesKey, float | None] = {
            container_key(self._name, "memory"): float(memory),
            container_key(self._name, "pids"): float(threads),
        }
        if seconds:
            values[container_key(self._name, "cpu")] = cpu / seconds
            if tells_io:
                values[container_key(self._name, "block_read")] = read / seconds
                values[container_key(self._name, "block_write")] = written / seconds
        return Sample(values, {})

    def _look(self, now: float) -> None:
        try:
            root = psutil.Process(self._root)
            found = [root, *root.children(recursive=True)]
        except psutil.Error as error:
            raise CannotSampleError("the process has ended") from error
        first = self._looked is None
        for process in found:
            # What is new since the last look has done all its work since then.
            self._known.setdefault(process, None if first else Spent(0.0, 0, 0))
        self._looked = now


def _spent(process: psutil.Process) -> Spent:
    times = process.cpu_times()
    try:
        counters = process.io_counters()
    except (psutil.AccessDenied, AttributeError, NotImplementedError):  # another user's, or not Linux
        return Spent(times.user + times.system, None, None)
    return Spent(times.user + times.system, counters.read_bytes, counters.write_bytes)

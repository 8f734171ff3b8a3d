"""Something sampled again and again, at even moments."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from perfgate.records.telemetry import Source
from perfgate.telemetry.samples import CannotSampleError, Sample, Samples

BRIEF: Final = 0.2  # seconds that a failed start of a thread's work may at least be apart


class Poller:
    """A sample that comes late costs the moments it missed, never the ones after."""

    def __init__(
        self, samples: Samples, source: Source, subject: str, every: float, sample: Callable[[], Sample]
    ) -> None:
        self._samples = samples
        self._source = source
        self._subject = subject
        self._every = max(every, BRIEF)
        self._sample = sample
        self.name = f"{source} {subject}"

    def run(self, over: threading.Event) -> None:
        due = time.monotonic()
        while not over.is_set():
            at = time.time()
            try:
                self._samples.add(at, self._sample())
            except CannotSampleError as error:
                self._samples.missed(at, self._source, self._subject, str(error))
            due += self._every
            now = time.monotonic()
            if due < now:
                due += (now - due) // self._every * self._every + self._every
            over.wait(due - now)

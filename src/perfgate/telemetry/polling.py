"""Something sampled again and again, in a thread of its own, at even moments."""

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
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._poll, name=f"{source} {subject}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _poll(self) -> None:
        due = time.monotonic()
        while not self._over.is_set():
            at = time.time()
            try:
                self._samples.add(at, self._sample())
            except CannotSampleError as error:
                self._samples.missed(at, self._source, self._subject, str(error))
            due += self._every
            now = time.monotonic()
            if due < now:
                due += (now - due) // self._every * self._every + self._every
            self._over.wait(due - now)

"""Prometheus pages of the stack, read again and again."""

from __future__ import annotations

import time

from perfgate.records.telemetry import Source
from perfgate.settings import telemetry as settings
from perfgate.telemetry.exposition import MOST_OF_A_PAGE, Snapshot, page_values, read_page
from perfgate.telemetry.fetching import Fetcher
from perfgate.telemetry.samples import CannotSampleError, Sample, Samples
from perfgate.telemetry.watched import Watched


class PageReader:
    def __init__(self, page: settings.Page, watched: Watched, samples: Samples) -> None:
        self._samples = samples
        self._name = page.called
        self._wanted = page.metrics
        self._fetcher = Fetcher(page.url, watched.target, watched.hosts, page.within)
        self._before: tuple[float, Snapshot] | None = None

    def sample(self) -> Sample:
        """Raises `CannotSampleError`."""
        at = time.monotonic()
        now = read_page(self._fetcher.fetch(), self._wanted)
        if not (now.gauges or now.counters or now.histograms):
            raise CannotSampleError("the page has none of the metrics that `metrics` names")
        before, seconds = (self._before[1], at - self._before[0]) if self._before else (None, 0.0)
        self._before = at, now
        sample = page_values(self._name, before, now, seconds)
        if len(sample.values) >= MOST_OF_A_PAGE:
            why = f"more than {MOST_OF_A_PAGE} series: only these were kept; choose with `metrics`"
            self._samples.never(Source.PROMETHEUS, self._name, why)
        return sample

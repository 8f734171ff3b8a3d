"""Samples as they come in, from several threads, until they are put on the load's clock."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from perfgate.records.telemetry import (
    MOST_GAPS,
    MOST_SERIES,
    Distribution,
    Gap,
    SamplingCost,
    Series,
    SeriesKey,
    SeriesRef,
    Source,
)

WHY_LIMIT: Final = 500  # characters, as `Gap.why` takes them


class CannotSampleError(Exception):
    """A sample was not to be had; the text says why. It becomes a gap and a doubt, never more."""


@dataclass(frozen=True)
class Buckets:
    """What a histogram counted since the sample before: `counts` has one more than `bounds`."""

    bounds: tuple[float, ...]
    counts: tuple[float, ...]
    total: float


@dataclass(frozen=True)
class Sample:
    values: Mapping[SeriesKey, float | None]
    buckets: Mapping[SeriesKey, Buckets]


class Samples:
    """Moments are seconds since the epoch. Methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[SeriesKey, list[tuple[float, float | None]]] = {}
        self._buckets: dict[SeriesKey, list[tuple[float, Buckets]]] = defaultdict(list)
        self._gaps: dict[tuple[Source, str], str] = {}  # the last reason
        self._missed: dict[tuple[Source, str], list[float]] = defaultdict(list)  # moments
        self._cpu: dict[int, float] = {}
        self._taken = 0
        self._begun = time.monotonic()
        self._ended: float | None = None

    def add(self, at: float, sample: Sample) -> None:
        with self._lock:
            if self._ended is not None:
                return
            self._taken += 1
            for key, value in sample.values.items():
                if key in self._series or len(self._series) < MOST_SERIES:
                    self._series.setdefault(key, []).append((at, value))
            for key, buckets in sample.buckets.items():
                self._buckets[key].append((at, buckets))
            self._spent()

    def missed(self, at: float, source: Source, subject: str, why: str) -> None:
        """All that is known of this subject has a gap now."""
        with self._lock:
            if self._ended is not None:
                return
            for key, points in self._series.items():
                if key.source is source and key.subject == subject:
                    points.append((at, None))
            self._gaps[source, subject] = why[:WHY_LIMIT]
            self._missed[source, subject].append(at)
            self._spent()

    def never(self, source: Source, subject: str, why: str) -> None:
        """It, or some of it, is not sampled at all."""
        with self._lock:
            self._gaps.setdefault((source, subject), why[:WHY_LIMIT])

    def now(self, since: float) -> dict[SeriesKey, float]:
        """The newest value of every series that has one not older than `since`."""
        with self._lock:
            newest = {key: points[-1] for key, points in self._series.items() if points}
        return {key: value for key, (at, value) in newest.items() if value is not None and at >= since}

    def points(self, ref: SeriesRef) -> Sequence[tuple[float, float | None]]:
        with self._lock:
            return next((tuple(points) for key, points in self._series.items() if key.label == ref.label), ())

    def end(self) -> None:
        """What comes later is not kept."""
        with self._lock:
            self._ended = self._ended or time.monotonic()

    def cost(self) -> SamplingCost:
        ended = self._ended or time.monotonic()
        return SamplingCost(cpu=sum(self._cpu.values()), wall=ended - self._begun, samples=self._taken)

    def series(self, zero: float) -> tuple[Series, ...]:
        """In the order of their labels; offsets from `zero`."""
        return tuple(
            Series(
                key=key,
                offsets=tuple(round(at - zero, 3) for at, _ in points),
                values=tuple(value for _, value in points),
            )
            for key, points in sorted(self._series.items(), key=lambda item: item[0].label)
        )

    def gaps(self, opens: float, closes: float) -> tuple[Gap, ...]:
        """What was missed between two moments; before the load a service may not answer yet, which is no doubt."""
        found = []
        for (source, subject), why in sorted(self._gaps.items())[:MOST_GAPS]:
            moments = self._missed.get((source, subject))
            missed = 0 if moments is None else sum(opens <= at <= closes for at in moments)
            if moments is None or missed:
                found.append(Gap(source=source, subject=subject, missed=missed, why=why))
        return tuple(found)

    def distributions(self, opens: float, closes: float) -> tuple[Distribution, ...]:
        """What histograms counted between two moments; one whose buckets changed meanwhile is left out."""
        found = []
        for key, parts in sorted(self._buckets.items(), key=lambda item: item[0].label)[:MOST_SERIES]:
            inside = [buckets for at, buckets in parts if opens < at <= closes]
            if inside and all(each.bounds == inside[0].bounds for each in inside):
                counts = tuple(map(sum, zip(*(each.counts for each in inside), strict=True)))
                total = sum(each.total for each in inside)
                found.append(Distribution(key=key, bounds=inside[0].bounds, counts=counts, total=total))
        return tuple(found)

    def _spent(self) -> None:
        """Processor time of the calling thread, since it began."""
        self._cpu[threading.get_ident()] = time.thread_time()

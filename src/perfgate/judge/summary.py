"""From every single request to the statistics of endpoints: exact percentiles, histograms, blocks, a timeline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perfgate.judge.inference import order_statistics
from perfgate.records.endpoint import (
    Block,
    Endpoint,
    EndpointStatistics,
    FailureCount,
    Histogram,
    Percentile,
    ResponseTimes,
)
from perfgate.records.load import GeneratorHealth
from perfgate.records.measurement import Timeline
from perfgate.records.recording import HealthSample, Recording

GROWTH: Final = 1.01  # of histogram buckets: the middle of a bucket is at most 0.5 % off
CONFIDENCE: Final = 0.95  # of the percentiles' own intervals
BLOCK: Final = 10.0  # seconds
MOST_BLOCKS: Final = 60
MOST_STEPS: Final = 1200
MOST_MESSAGES: Final = 10
BUSY: Final = 0.9  # of a core: a generator above this is late with everything
FASTEST: Final = 1e-7  # seconds; below it a response time is a clock's rounding, and its logarithm means nothing

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Summary:
    """`measured`: seconds of load without the warm-up."""

    total: EndpointStatistics
    endpoints: tuple[EndpointStatistics, ...]
    timeline: Timeline
    generator: GeneratorHealth
    measured: float


def summarise(recording: Recording, *, started_at: float, ended_at: float, warm_up: float) -> Summary:
    """`started_at` and `ended_at` in seconds since the epoch bound the load; its first `warm_up` seconds are left out.

    A request belongs to the moment at which it was to be sent; what was to be sent after `ended_at` is left out too.
    """
    begin = started_at + warm_up
    measured = max(ended_at - begin, 0.0)
    intended = recording.start - recording.lag
    inside = (intended >= begin) & (intended <= ended_at)
    window = _Window(recording, intended, begin, measured)
    counted = recording.counted
    order = np.flatnonzero(inside)
    by_endpoint = order[np.argsort(recording.endpoint[order], kind="stable")]
    edges = np.searchsorted(recording.endpoint[by_endpoint], np.arange(len(recording.endpoints) + 1))
    endpoints = [
        window.statistics(endpoint, by_endpoint[edges[at] : edges[at + 1]])
        for at, endpoint in enumerate(recording.endpoints)
        if edges[at + 1] > edges[at]
    ]
    return Summary(
        total=window.statistics(None, order[counted[order]]),
        endpoints=tuple(sorted(endpoints, key=lambda each: each.label)),
        timeline=_timeline(recording, intended, started_at, ended_at, warm_up),
        generator=_generator([sample for sample in recording.health if begin <= sample.at <= ended_at]),
        measured=measured,
    )


@dataclass(frozen=True)
class _Window:
    recording: Recording
    intended: Floats
    begin: float
    measured: float

    def statistics(self, endpoint: Endpoint | None, chosen: NDArray[np.intp]) -> EndpointStatistics:
        """Of the requests at these positions of the columns."""
        recording = self.recording
        failed = recording.message[chosen] != 0
        succeeded = chosen[~failed]
        # From the intended start: what the request's sender would have waited.
        times = np.maximum(recording.response_time[succeeded].astype(np.float64) + recording.lag[succeeded], FASTEST)
        offsets = self.intended[chosen] - self.begin
        return EndpointStatistics(
            endpoint=endpoint,
            requests=len(chosen),
            failures=int(failed.sum()),
            response_times=_response_times(times),
            throughput=len(succeeded) / self.measured if self.measured else 0.0,
            request_rate=len(chosen) / self.measured if self.measured else 0.0,
            bytes_received=int(recording.size[chosen].sum(dtype=np.int64)),
            statuses=_counted(recording.status[chosen]),
            failure_messages=self._messages(chosen[failed]),
            histogram=_histogram(times),
            blocks=_blocks(offsets, failed, times, self.measured),
        )

    def _messages(self, failed: NDArray[np.intp]) -> tuple[FailureCount, ...]:
        counts = _counted(self.recording.message[failed])
        frequent = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_MESSAGES]
        return tuple(
            FailureCount(message=self.recording.messages[each][:2000], count=count) for each, count in frequent
        )


def percentile_of(ordered: Floats, share: float) -> Percentile:
    """Of sorted values: the smallest that at least `share` of them do not exceed (nearest rank, no interpolation)."""
    count = len(ordered)
    low, high = order_statistics(count, share, CONFIDENCE)
    return Percentile(
        value=float(ordered[rank_of(count, share)]),
        low=float(ordered[low - 1]) if low else None,
        high=float(ordered[high - 1]) if high else None,
        confidence=CONFIDENCE,
    )


def rank_of(count: int, share: float) -> int:
    return max(math.ceil(count * share - 1e-9), 1) - 1


def _response_times(times: Floats) -> ResponseTimes | None:
    if not len(times):
        return None
    ordered = np.sort(times)
    cut = len(ordered) // 20
    return ResponseTimes(
        count=len(ordered),
        mean=float(ordered.mean()),
        trimmed_log_mean=float(np.log(ordered[cut : len(ordered) - cut]).mean()),
        min=float(ordered[0]),
        max=float(ordered[-1]),
        p50=percentile_of(ordered, 0.50),
        p95=percentile_of(ordered, 0.95),
        p99=percentile_of(ordered, 0.99),
    )


def _counted(values: NDArray[Any]) -> dict[int, int]:
    counts = np.bincount(values) if len(values) else np.empty(0, dtype=np.intp)
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}


def _histogram(times: Floats) -> Histogram:
    if not len(times):
        return Histogram(growth=GROWTH, buckets=(), counts=())
    buckets = np.ceil(np.log(times) / math.log(GROWTH)).astype(np.int64)
    lowest = int(buckets.min())
    counts = np.bincount(buckets - lowest)
    filled = np.flatnonzero(counts)
    return Histogram(
        growth=GROWTH,
        buckets=tuple((filled + lowest).tolist()),
        counts=tuple(counts[filled].tolist()),
    )


def _blocks(offsets: Floats, failed: Mask, times: Floats, measured: float) -> tuple[Block, ...]:
    """Equal stretches of about ten seconds, at most sixty; `times` belongs to the requests that did not fail."""
    if not measured:
        return ()
    many = min(max(round(measured / BLOCK), 1), MOST_BLOCKS)
    width = measured / many
    where = np.minimum((offsets / width).astype(np.intp), many - 1)
    requests = np.bincount(where, minlength=many)
    failures = np.bincount(where[failed], minlength=many)
    parts = _split(times, where[~failed], many)
    return tuple(
        _block(at * width, width, int(requests[at]), int(failures[at]), np.sort(parts[at])) for at in range(many)
    )


def _block(start: float, duration: float, requests: int, failures: int, ordered: Floats) -> Block:
    logarithms = np.log(ordered)
    p50, p95, p99 = (_value(ordered, share) for share in (0.50, 0.95, 0.99))
    return Block(
        start=start,
        duration=duration,
        requests=requests,
        failures=failures,
        p50=p50,
        p95=p95,
        p99=p99,
        mean=float(ordered.mean()) if len(ordered) else None,
        log_sum=float(logarithms.sum()),
        log_square_sum=float((logarithms**2).sum()),
    )


def _value(ordered: Floats, share: float) -> float | None:
    return float(ordered[rank_of(len(ordered), share)]) if len(ordered) else None


def _split(values: Floats, where: NDArray[np.intp], many: int) -> list[Floats]:
    order = np.argsort(where, kind="stable")
    return np.split(values[order], np.searchsorted(where[order], np.arange(1, many)))


def _timeline(recording: Recording, intended: Floats, started_at: float, ended_at: float, warm_up: float) -> Timeline:
    length = max(ended_at - started_at, 1.0)
    step = max(1.0, math.ceil(length / MOST_STEPS))
    many = math.ceil(length / step)
    where = np.floor((intended - started_at) / step).astype(np.intp)
    inside = (where >= 0) & (where < many) & recording.counted
    where = where[inside]
    failed = recording.message[inside] != 0
    times = recording.response_time[inside][~failed].astype(np.float64) + recording.lag[inside][~failed]
    parts = [np.sort(part) for part in _split(times, where[~failed], many)]
    users: list[int | None] = [None] * many
    for sample in recording.health:
        at = int((sample.at - started_at) // step)
        if 0 <= at < many and sample.users is not None:
            users[at] = sample.users
    return Timeline(
        step=step,
        warm_up=warm_up,
        users=tuple(users),
        requests=tuple(np.bincount(where, minlength=many).tolist()),
        failures=tuple(np.bincount(where[failed], minlength=many).tolist()),
        p50=tuple(_value(part, 0.50) for part in parts),
        p95=tuple(_value(part, 0.95) for part in parts),
        p99=tuple(_value(part, 0.99) for part in parts),
    )


def _generator(samples: list[HealthSample]) -> GeneratorHealth:
    cpu = [sample.cpu for sample in samples]
    lags = np.sort(np.array([lag for sample in samples for lag in sample.loop_lags]))
    return GeneratorHealth(
        samples=len(samples),
        cpu_mean=min(sum(cpu) / len(cpu), 1.0) if cpu else None,
        cpu_max=max(cpu) if cpu else None,
        busy_share=sum(each > BUSY for each in cpu) / len(cpu) if cpu else None,
        loop_lag_p50=_value(lags, 0.50),
        loop_lag_p90=_value(lags, 0.90),
        loop_lag_p99=_value(lags, 0.99),
    )

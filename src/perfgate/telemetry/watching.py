"""The door of the room: a stack watched for as long as a `with` block lasts, then put on the load's clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from perfgate.records.stack import StackFault
from perfgate.records.telemetry import (
    MOST_EVENTS,
    MOST_SERIES,
    Drain,
    Pool,
    Queue,
    SeriesKey,
    SeriesRef,
    Source,
    Telemetry,
    TelemetryEvent,
)
from perfgate.settings import telemetry as settings
from perfgate.telemetry.containers import ContainerWatch
from perfgate.telemetry.pages import PageReader
from perfgate.telemetry.polling import Poller
from perfgate.telemetry.probes import probe_sampler
from perfgate.telemetry.processes import ProcessTree
from perfgate.telemetry.samples import CannotSampleError, Samples
from perfgate.telemetry.watched import Watched

EVERY: Final = 1.0  # seconds, of process trees; the engine says something of a container as often
LOOK_EVERY: Final = 0.25  # seconds, whether a queue has drained
STOP_WITHIN: Final = 2.0  # seconds for all threads together; who hangs longer is left to itself
NOW: Final = 15.0  # seconds for which a value counts as the present one: some pages are read seldom
FIRST: Final = 1.0  # seconds after the start of the load in which a queue is as it was before
_EVENTS: Final = {"exited": "exit", "restarted": "restart", "oom-killed": "oom"}


class Sampling(Protocol):
    name: str

    def run(self, over: threading.Event) -> None:
        """Samples until `over` is set, in a thread of its own."""


class Watching:
    """What a running watch can be told and asked."""

    def __init__(self, asked: settings.Telemetry, samples: Samples) -> None:
        self._asked = asked
        self._samples = samples
        self._drained: dict[str, float | None] = {}  # queue -> moment

    def now(self) -> dict[SeriesKey, float]:
        """What was sampled last, where that is not long ago."""
        return self._samples.now(time.time() - NOW)

    def wait_for_drain(self, started_at: float, ended_at: float) -> None:
        """After the load, until each queue is as deep as before it, or its limit has passed.

        Moments are seconds since the epoch; by the time of the call the load may have been over for a while.
        """
        left = {name: queue for name, queue in self._asked.queues.items() if queue.drain > 0}
        while left:
            left = {name: each for name, each in left.items() if not self._settled(name, each, started_at, ended_at)}
            if left:
                time.sleep(LOOK_EVERY)

    def _settled(self, name: str, queue: settings.Queue, started_at: float, ended_at: float) -> bool:
        """Whether there is nothing more to wait for: it has drained, its time is over, or nobody tells its depth."""
        points = self._samples.points(queue.depth)
        before = deepest(points, started_at + FIRST) or 0.0
        after = [(at, value) for at, value in points if at >= ended_at and value is not None]
        drained = next((at for at, value in after if value <= before), None)
        waited = time.time() - ended_at
        silent = not after and waited > STOP_WITHIN + queue.drain / 2
        if drained is None and not silent and waited <= queue.drain:
            return False
        self._drained[name] = drained
        return True

    def result(self, started_at: float, ended_at: float, warm_up: float, faults: Sequence[StackFault]) -> Telemetry:
        """Everything, with offsets from `started_at`."""
        self._samples.end()
        return Telemetry(
            started_at=started_at,
            warm_up=warm_up,
            load=max(ended_at - started_at, 0.0),
            series=self._samples.series(started_at),
            events=tuple(map(_event, faults))[:MOST_EVENTS],
            gaps=self._samples.gaps(started_at + warm_up, ended_at),
            drains=tuple(self._drains(started_at, ended_at)),
            distributions=self._samples.distributions(started_at + warm_up, ended_at),
            queues=tuple(_queue(name, each) for name, each in self._asked.queues.items()),
            pools=tuple(_pool(name, each) for name, each in self._asked.pools.items()),
            cost=self._samples.cost(),
        )

    def _drains(self, started_at: float, ended_at: float) -> Iterator[Drain]:
        keys = {each.key.label: each.key for each in self._samples.series(started_at)[:MOST_SERIES]}
        for name, moment in self._drained.items():
            queue = self._asked.queues[name]
            points = self._samples.points(queue.depth)
            if (key := keys.get(queue.depth.label)) is not None:
                yield Drain(
                    key=key,
                    before=deepest(points, started_at + FIRST),
                    at_end=next(
                        (value for at, value in reversed(points) if at <= ended_at and value is not None), None
                    ),
                    seconds=None if moment is None else moment - ended_at,
                    watched=queue.drain,
                )


@contextmanager
def watch(asked: settings.Telemetry, watched: Watched, api: Any) -> Iterator[Watching]:
    """`api`: Docker's low-level client, None where there is no engine. Nothing that fails here ends a run."""
    samples = Samples()
    every = [*_containers(asked, watched, api, samples), *_pages(asked, watched, samples)]
    every += _probes(asked, watched, api, samples)
    over = threading.Event()
    threads = [threading.Thread(target=each.run, args=(over,), name=each.name, daemon=True) for each in every]
    for thread in threads:
        thread.start()
    try:
        yield Watching(asked, samples)
    finally:
        samples.end()
        over.set()
        deadline = time.monotonic() + STOP_WITHIN
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def _containers(asked: settings.Telemetry, watched: Watched, api: Any, samples: Samples) -> Iterator[Sampling]:
    if not asked.containers:
        return
    for container, service in watched.containers.items():
        yield ContainerWatch(samples, api, container, service)
    for process, name in watched.processes.items():
        yield Poller(samples, Source.CONTAINER, name, EVERY, ProcessTree(process, name).sample)


def _pages(asked: settings.Telemetry, watched: Watched, samples: Samples) -> Iterator[Sampling]:
    for page in asked.prometheus:
        if page.stack in {None, watched.kind}:
            reader = PageReader(page, watched, samples)
            yield Poller(samples, Source.PROMETHEUS, page.called, page.every, reader.sample)


def _probes(asked: settings.Telemetry, watched: Watched, api: Any, samples: Samples) -> Iterator[Sampling]:
    for name, probe in asked.probes.items():
        if probe.stack not in {None, watched.kind}:
            continue
        try:
            sampler = probe_sampler(name, probe, watched, api)
        except CannotSampleError as error:
            samples.never(Source.PROBE, name, str(error))
            continue
        yield Poller(samples, Source.PROBE, name, probe.every, sampler)


def deepest(points: Sequence[tuple[float, float | None]], until: float) -> float | None:
    """The largest value up to a moment; None: there is none."""
    return max((value for at, value in points if at <= until and value is not None), default=None)


def _event(fault: StackFault) -> TelemetryEvent:
    kind = _EVENTS.get(fault.kind, fault.kind)
    return TelemetryEvent.model_validate(
        {"at": fault.at, "subject": fault.service, "kind": kind, "detail": fault.detail}
    )


def _queue(name: str, queue: settings.Queue) -> Queue:
    return Queue(name=name, **{key: value for key, value in queue if isinstance(value, SeriesRef)})


def _pool(name: str, pool: settings.Pool) -> Pool:
    return Pool(name=name, used=pool.used, size=pool.size)

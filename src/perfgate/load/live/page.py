"""The page itself: `http://127.0.0.1:PORT/metrics`, in Prometheus' text form or OpenMetrics, as it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar, cast

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from perfgate.errors import SettingsError
from perfgate.load.live.counts import LoadCount, RecordingTail
from perfgate.load.live.families import LoadKey, families, series_families
from perfgate.load.order import LoadOrder
from perfgate.load.pairing import PairedOrder
from perfgate.records.pairs import Side
from perfgate.records.progress import Progress
from perfgate.records.telemetry import SeriesKey

Place = tuple[str, tuple[tuple[str, str], ...]]
OnProgress = Callable[[Progress], None]
AnyDrive = TypeVar("AnyDrive", bound=Callable[..., Any])
AnyWatching = TypeVar("AnyWatching", bound="Sampled")


class Addressed(Protocol):
    @property
    def target(self) -> str: ...

    @property
    def hosts(self) -> Mapping[str, str]: ...


class Sampled(Protocol):
    def now(self) -> Mapping[SeriesKey, float]: ...


def place(stack: Addressed) -> Place:
    return stack.target, tuple(sorted(stack.hosts.items()))


class LivePage(Collector):
    """Shows every load that is driven through it. What it reads is on disk already, so the load is not touched."""

    def __init__(self) -> None:
        self._loads: dict[LoadKey, LoadCount] = {}
        self._places: dict[LoadKey, Place] = {}
        self._watches: dict[Place, Callable[[], Mapping[SeriesKey, float]]] = {}
        self._lock = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            watches = {key: self._watches[at] for key, at in self._places.items() if at in self._watches}
            return iter([*families(self._loads), *series_families({key: now() for key, now in watches.items()})])

    def around(self, drive: AnyDrive) -> AnyDrive:
        """Takes and returns `load.driving.drive` or its like."""

        def drive_and_show(order: LoadOrder, *, on_progress: OnProgress, **more: Any) -> Any:
            with self._showing({(order.name, Side.HEAD.value): order}, order.profile.duration, on_progress) as show:
                return drive(order, on_progress=show, **more)

        return cast("AnyDrive", drive_and_show)

    def around_pairs(self, drive_pairs: AnyDrive) -> AnyDrive:
        """Takes and returns `load.pairing.drive_pairs` or its like."""

        def drive_and_show(order: PairedOrder, *, on_progress: OnProgress, **more: Any) -> Any:
            name = order.head.name
            shown = {(name, Side.BASE.value): order.base, (name, Side.HEAD.value): order.head}
            with self._showing(shown, order.seconds, on_progress) as show:
                return drive_pairs(order, on_progress=show, **more)

        return cast("AnyDrive", drive_and_show)

    def around_watch(
        self, watch: Callable[[Any, Any, Any], AbstractContextManager[AnyWatching]]
    ) -> Callable[[Any, Any, Any], AbstractContextManager[AnyWatching]]:
        """A watch belongs to the load on the same stack, which is known by its address."""

        @contextmanager
        def watch_and_show(asked: Any, watched: Addressed, api: Any, /) -> Iterator[AnyWatching]:
            with watch(asked, watched, api) as watching:
                with self._lock:
                    self._watches[place(watched)] = watching.now
                try:
                    yield watching
                finally:
                    with self._lock:
                        del self._watches[place(watched)]

        return watch_and_show

    @contextmanager
    def _showing(
        self, orders: Mapping[LoadKey, LoadOrder], planned: float, on_progress: Callable[[Progress], None]
    ) -> Iterator[Callable[[Progress], None]]:
        with self._lock:
            self._places = {key: place(order) for key, order in orders.items()}
            loads = {key: self._loads.setdefault(key, LoadCount()) for key in orders}
            for load in loads.values():
                load.planned, load.elapsed, load.running = planned, 0.0, True
                load.generators.clear()
        tails = [RecordingTail(order.out, loads[key]) for key, order in orders.items()]

        def show(progress: Progress) -> None:
            with self._lock:
                for tail in tails:
                    tail.read()
                for load in loads.values():
                    load.elapsed = progress.elapsed
            on_progress(progress)

        try:
            yield show
        finally:
            with self._lock:
                for tail in tails:
                    tail.read()
                for load in loads.values():
                    load.running, load.users = False, 0


@contextmanager
def serve(page: LivePage, host: str, port: int) -> Iterator[int]:
    """The port; one that is free where `port` is 0. Raises `SettingsError` where it cannot be had."""
    registry = CollectorRegistry()
    registry.register(page)
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise SettingsError(
            f"the live metrics cannot be served at {host}:{port}: {error.strerror or error}",
            remedy="choose another --metrics-port; 0 takes one that is free",
        ) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""The page itself: `http://127.0.0.1:PORT/metrics`, in Prometheus' text form or OpenMetrics, as it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from perfgate.errors import SettingsError
from perfgate.load.driving import Driven
from perfgate.load.live.counts import LoadCount, RecordingTail
from perfgate.load.live.families import LoadKey, families
from perfgate.load.order import LoadOrder
from perfgate.load.pairing import Enough, PairedLoad, PairedOrder
from perfgate.records.pairs import Side
from perfgate.records.progress import Progress


class Drive(Protocol):
    def __call__(
        self,
        order: LoadOrder,
        *,
        environ: Mapping[str, str],
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
    ) -> Driven: ...


class DrivePairs(Protocol):
    def __call__(
        self,
        order: PairedOrder,
        *,
        environ: Mapping[str, str],
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        enough: Enough,
    ) -> PairedLoad: ...


class LivePage(Collector):
    """Shows every load that is driven through it. What it reads is on disk already, so the load is not touched."""

    def __init__(self) -> None:
        self._loads: dict[LoadKey, LoadCount] = {}
        self._lock = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            return iter(list(families(self._loads)))

    def around(self, drive: Drive) -> Drive:
        def drive_and_show(
            order: LoadOrder,
            *,
            environ: Mapping[str, str],
            on_progress: Callable[[Progress], None],
            should_stop: Callable[[], bool],
        ) -> Driven:
            shown = {(order.name, Side.HEAD.value): order.out}
            with self._showing(shown, order.profile.duration, on_progress) as show:
                return drive(order, environ=environ, on_progress=show, should_stop=should_stop)

        return drive_and_show

    def around_pairs(self, drive_pairs: DrivePairs) -> DrivePairs:
        def drive_and_show(
            order: PairedOrder,
            *,
            environ: Mapping[str, str],
            on_progress: Callable[[Progress], None],
            should_stop: Callable[[], bool],
            enough: Enough,
        ) -> PairedLoad:
            name = order.head.name
            shown = {(name, Side.BASE.value): order.base.out, (name, Side.HEAD.value): order.head.out}
            with self._showing(shown, order.seconds, on_progress) as show:
                return drive_pairs(order, environ=environ, on_progress=show, should_stop=should_stop, enough=enough)

        return drive_and_show

    @contextmanager
    def _showing(
        self, folders: Mapping[LoadKey, Path], planned: float, on_progress: Callable[[Progress], None]
    ) -> Iterator[Callable[[Progress], None]]:
        with self._lock:
            loads = {key: self._loads.setdefault(key, LoadCount()) for key in folders}
            for load in loads.values():
                load.planned, load.elapsed, load.running = planned, 0.0, True
                load.generators.clear()
        tails = [RecordingTail(folder, loads[key]) for key, folder in folders.items()]

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

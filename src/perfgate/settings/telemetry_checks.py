"""Mistakes in what is to be watched that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from perfgate.records.criteria import TelemetryBudget
from perfgate.records.stack import StackKind
from perfgate.records.telemetry import SeriesRef, Source
from perfgate.settings.criteria import parse_any_budget
from perfgate.settings.nearest import did_you_mean
from perfgate.settings.telemetry import Telemetry

Path = tuple[str | int, ...]
Found = tuple[Path, str]


def telemetry_checks(telemetry: Telemetry) -> Iterator[Found]:
    yield from _probes(telemetry)
    yield from _pages(telemetry)
    yield from _references(telemetry)


def _probes(telemetry: Telemetry) -> Iterator[Found]:
    for name, probe in telemetry.probes.items():
        if bool(probe.exec) == bool(probe.http):
            yield ("telemetry", "probes", name), "give either `service` and `exec`, or `http`"
        elif bool(probe.exec) != bool(probe.service):
            yield ("telemetry", "probes", name), "`service` and `exec` belong together: what runs, and where"


def _pages(telemetry: Telemetry) -> Iterator[Found]:
    taken: set[tuple[str, StackKind]] = set()
    for at, page in enumerate(telemetry.prometheus):
        kinds = {(page.called, kind) for kind in ([page.stack] if page.stack else StackKind)}
        if taken & kinds:
            yield ("telemetry", "prometheus", at), f"another page is called {page.called!r}; give it a `name`"
        taken |= kinds


def _references(telemetry: Telemetry) -> Iterator[Found]:
    for group, parts in (("queues", telemetry.queues), ("pools", telemetry.pools)):
        for name, part in parts.items():
            for key, ref in part:
                if isinstance(ref, SeriesRef):
                    yield from _known(ref, telemetry, ("telemetry", group, name, key))


def telemetry_budget_checks(value: Any, telemetry: Telemetry, path: Path) -> Iterator[Found]:
    for at, text in enumerate(value if isinstance(value, list) else ()):
        try:
            budget = parse_any_budget(text)
        except ValueError:
            continue  # said already
        if isinstance(budget, TelemetryBudget):
            yield from _known(budget, telemetry, (*path, at))
            if budget.source is Source.CONTAINER and not telemetry.containers:
                yield (*path, at), "`telemetry.containers` is false, so there is nothing to hold this against"


def _known(ref: SeriesRef | TelemetryBudget, telemetry: Telemetry, path: Path) -> Iterator[Found]:
    """What stands in the file can be known here; what a page shows and which services there are, only later."""
    pages = tuple(page.called for page in telemetry.prometheus)
    names = {Source.PROBE: tuple(telemetry.probes), Source.PROMETHEUS: pages}.get(ref.source)
    if names is not None and ref.subject not in {*names, "*"}:
        what = "probe" if ref.source is Source.PROBE else "page"
        yield path, f"`telemetry` has no {what} called {ref.subject!r}{did_you_mean(ref.subject, names)}"

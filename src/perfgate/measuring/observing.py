"""The stack watched while it is loaded: what joins the rooms that bring it up, watch it, and sum up what was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from perfgate.doors import Doors, Order, Watching
from perfgate.judge.telemetry_summary import summarise_telemetry
from perfgate.load.pairing import PairedLoad
from perfgate.measuring.stacks import BothStacks, Code
from perfgate.output import OutputFolder
from perfgate.records.criteria import TelemetryBudget
from perfgate.records.pairs import Side
from perfgate.records.telemetry import Telemetry, TelemetrySummary
from perfgate.settings.stack import Stack as StackSettings
from perfgate.settings.telemetry import Page, Probe
from perfgate.settings.telemetry import Telemetry as TelemetrySettings
from perfgate.stack.children import without_tokens
from perfgate.stack.opening import RunningStack
from perfgate.telemetry.watched import Watched


@dataclass(frozen=True)
class Observation:
    stack: RunningStack
    watching: Watching
    doors: Doors
    out: OutputFolder
    budgets: tuple[TelemetryBudget, ...]  # whose series are kept to be drawn

    def finish(self, started_at: float, ended_at: float, warm_up: float) -> Telemetry:
        """Watch on until the queues have drained; saved as `telemetry.json`.

        `started_at` and `ended_at` bound the load, in seconds since the epoch; its first `warm_up` seconds are left
        out of the summaries.
        """
        if not self.stack.faults():  # what broke drains nothing
            self.watching.wait_for_drain(started_at, ended_at)
        telemetry = self.watching.result(started_at, ended_at, warm_up, self.stack.faults())
        self.out.write("telemetry.json", telemetry.model_dump_json())
        return telemetry


@contextmanager
def observe(
    stack: RunningStack, telemetry: TelemetrySettings, order: Order, doors: Doors, out: OutputFolder
) -> Iterator[Observation]:
    watched = Watched(
        kind=stack.kind,
        target=stack.target,
        folder=order.folder,
        environ=without_tokens(doors.environ),
        containers=stack.containers,
        processes=stack.processes,
        hosts=stack.hosts,
    )
    with doors.watch(telemetry, watched, stack.engine_api) as watching:
        yield Observation(stack, watching, doors, out, order.judging.telemetry_budgets)


@contextmanager
def observe_both(
    stacks: BothStacks, sides: Mapping[Side, Code], order: Order, doors: Doors, out: OutputFolder
) -> Iterator[Mapping[Side, Observation]]:
    """Pages and answers of a base of processes are behind other ports than the head's."""
    of = {side: moved_telemetry(order.file.telemetry, order.file.stack, sides[side].stack) for side in Side}
    with (
        observe(stacks.base, of[Side.BASE], order, doors, out.below("base")) as base,
        observe(stacks.head, of[Side.HEAD], order, doors, out) as head,
    ):
        yield {Side.BASE: base, Side.HEAD: head}


def finish_both(observations: Mapping[Side, Observation], load: PairedLoad) -> dict[Side, TelemetrySummary]:
    """Over all turns: each side rests as long as the other works."""
    first = load.turns[0] if load.turns else None
    found = {}
    for side, driven in ((Side.BASE, load.base), (Side.HEAD, load.head)):
        opens = min(first.base.opens, first.head.opens) if first else driven.started_at
        warm_up = max(opens - driven.started_at, 0.0)
        watched = observations[side].finish(driven.started_at, driven.ended_at, warm_up)
        found[side] = summarise_telemetry(watched, observations[side].budgets)
    return found


def moved_telemetry(telemetry: TelemetrySettings, head: StackSettings, moved: StackSettings) -> TelemetrySettings:
    """What is watched of a base of processes: its pages and answers are behind other ports than the head's."""
    old = head.process.ports if head.process else ()
    new = moved.process.ports if moved.process else ()
    ports = {str(a): str(b) for a, b in zip(old, new, strict=False)}
    return telemetry.model_copy(
        update={
            "prometheus": tuple(_moved_page(each, ports) for each in telemetry.prometheus),
            "probes": {name: _moved_probe(each, ports) for name, each in telemetry.probes.items()},
        }
    )


def _moved_page(page: Page, ports: dict[str, str]) -> Page:
    return page.model_copy(update={"url": _at_other_port(page.url, ports), "name": page.called})


def _moved_probe(probe: Probe, ports: dict[str, str]) -> Probe:
    return probe.model_copy(update={"http": _at_other_port(probe.http, ports) if probe.http else None})


def _at_other_port(url: str, ports: dict[str, str]) -> str:
    return re.sub(r"(?<=:)\d+(?=/|$)", lambda found: ports.get(found[0], found[0]), url, count=1)

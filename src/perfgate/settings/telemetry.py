"""What is to be watched while the load runs."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from perfgate.records.stack import StackKind
from perfgate.records.telemetry import SeriesUnit
from perfgate.settings.part import Part
from perfgate.settings.series import Reference
from perfgate.settings.units import Duration

Called = Annotated[str, Field(pattern=r"^[\w.-]{1,60}$")]
Every = Annotated[Duration, Field(ge=0.2)]


class Page(Part):
    """A Prometheus page. Counters are kept as rates, histograms as mean, p95 and rate, gauges as they are."""

    url: str = Field(
        pattern="^(/|https?://)",
        description="as a container on the stack's network would say it, or a path on the target",
        examples=["http://worker:8000/metrics", "/metrics"],
    )
    name: Called | None = Field(default=None, description="what budgets and reports call it; default: the host")
    every: Every = Field(default=2.0, description="between two samples")
    within: Duration = Field(default=2.0, gt=0, description="time limit of a sample")
    metrics: tuple[str, ...] = Field(
        default=("*",), min_length=1, description="names to keep, with `*` and `?`; a page gives at most 150 series"
    )
    stack: StackKind | None = Field(default=None, description="only on this kind of stack; default: on every")

    @property
    def called(self) -> str:
        host = re.match(r"https?://(?:[^/@]*@)?([\w.-]+)", self.url)
        return self.name or (host[1] if host else "target")


class Probe(Part):
    """A number, asked for again and again: either `exec` in a service, or `http`."""

    service: str | None = Field(default=None, description="in whose first container `exec` runs")
    exec: tuple[str, ...] = Field(
        default=(),
        description="program and arguments, no shell; the first word it prints must be a number. SQL goes through the "
        "database's own client: `[psql, -U, app, -Atc, 'select count(*) from jobs']`. On a stack of processes it runs "
        "on this machine, in the folder of perfgate.yml, for the command that `service` names",
    )
    http: str | None = Field(
        default=None, pattern="^(/|https?://)", description="URL, or a path on the target, that answers with the value"
    )
    value: str | None = Field(
        default=None, description="where in a JSON answer it stands, as `queues.0.depth`; default: the answer is it"
    )
    unit: SeriesUnit = Field(default=SeriesUnit.NUMBER, description="for the report")
    every: Every = Field(default=1.0, description="between two samples")
    within: Duration = Field(default=2.0, gt=0, description="time limit of a sample")
    stack: StackKind | None = Field(default=None, description="only on this kind of stack; default: on every")


class Queue(Part):
    """What belongs to a queue, so that its backlog and its draining are judged and told together."""

    depth: Reference = Field(description="how many wait")
    received: Reference | None = Field(default=None, description="put in, a rate")
    done: Reference | None = Field(default=None, description="worked off, a rate")
    waited: Reference | None = Field(default=None, description="time in the queue, a histogram")
    failed: Reference | None = Field(default=None, description="given up, a rate")
    retried: Reference | None = Field(default=None, description="tried again, a rate")
    drain: Duration = Field(
        default=30.0, ge=0, description="how long to watch on after the load until the depth is as before; 0s: not"
    )


class Pool(Part):
    """A pool of connections, threads or the like; it is exhausted while all of it is in use."""

    used: Reference
    size: Reference | int = Field(description="a series, or a number")


class Telemetry(Part):
    """What happens inside the stack while the load runs, on one clock with the requests."""

    containers: bool = Field(
        default=True,
        description="CPU, memory, network, block IO, throttling and processes of every container, once a second; of a "
        "stack of processes, of each process tree",
    )
    prometheus: tuple[Page, ...] = ()
    probes: dict[Called, Probe] = Field(default_factory=dict)
    queues: dict[Called, Queue] = Field(default_factory=dict)
    pools: dict[Called, Pool] = Field(default_factory=dict)

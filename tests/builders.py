"""Short notations for recordings, measurements and stored runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from perfgate.judge.summary import summarise
from perfgate.records.baseline import Baseline
from perfgate.records.endpoint import Endpoint
from perfgate.records.load import GeneratorHealth, Load, Scenario
from perfgate.records.measurement import Fingerprint, Measurement, Subject
from perfgate.records.recording import HealthSample, Recording
from perfgate.records.stack import Stack, StackFault, StackKind

START = 1_700_000_000.0
SECONDS = 60.0


def recording(
    endpoints: Mapping[str, Sequence[float]],
    *,
    failures: Mapping[str, int] | None = None,
    seconds: float = SECONDS,
    cpu: float = 0.1,
    lag: float = 0.0,
) -> Recording:
    """Response times in seconds by label, spread evenly over `seconds`; `failures` more that failed by label."""
    columns: list[tuple[float, float, int, int]] = []  # start, response time, endpoint, message
    labels = tuple(dict.fromkeys((*endpoints, *(failures or {}))))
    for number, label in enumerate(labels):
        times = list(endpoints.get(label, ()))
        failed = (failures or {}).get(label, 0)
        outcomes = [(time, 0) for time in times] + [(0.001, 1)] * failed
        for at, (time, message) in enumerate(outcomes):
            columns.append((START + (at + 0.5) * seconds / len(outcomes), time, number, message))
    start, response_time, endpoint, message = zip(*columns, strict=True) if columns else ((), (), (), ())
    many = len(columns)
    return Recording(
        endpoints=tuple(Endpoint(method=label.split(" ")[0], name=label.split(" ", 1)[1]) for label in labels),
        messages=("", "500 Server Error"),
        start=np.array(start, np.float64),
        lag=np.full(many, lag, np.float32),
        response_time=np.array(response_time, np.float32),
        size=np.full(many, 100, np.uint32),
        endpoint=np.array(endpoint, np.uint16),
        status=np.where(np.array(message, int) == 1, 500, 200).astype(np.uint16),
        message=np.array(message, np.uint16),
        health=tuple(HealthSample(START + second, cpu, (0.0001,) * 10, 10) for second in range(int(seconds))),
        heads=({"schema_version": 1},),
        ends=({"requests": many},),
    )


def measurement(
    endpoints: Mapping[str, Sequence[float]],
    *,
    failures: Mapping[str, int] | None = None,
    day: float = 0,
    users_reached: int = 10,
    complete: bool = True,
    faults: tuple[StackFault, ...] = (),
    declared: Sequence[str] = (),
    digest: str = "load-1",
    cpu_model: str = "cpu-1",
    cpu: float = 0.1,
    generator: GeneratorHealth | None = None,
    warm_up: float = 0.0,
) -> Measurement:
    """`day` tells when; runs of a history have different days."""
    recorded = recording(endpoints, failures=failures, cpu=cpu)
    summary = summarise(recorded, started_at=START, ended_at=START + SECONDS, warm_up=warm_up)
    started = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return Measurement(
        id=f"{started:%Y%m%d-%H%M%S}-000000",
        started_at=started,
        subject=Subject(commit="c" * 40, branch="main", dirty=False),
        scenario=Scenario(
            name="baseline",
            profile="baseline",
            digest=digest,
            users=10,
            spawn_rate=2,
            duration=SECONDS,
            warm_up=warm_up,
            traffic="declared",
            declared=tuple(Endpoint(method=each.split(" ")[0], name=each.split(" ", 1)[1]) for each in declared),
        ),
        fingerprint=Fingerprint(
            cpu_model=cpu_model,
            cores=2,
            memory=2**30,
            system="Linux x86_64",
            kernel="6",
            python="3.11",
            perfgate="0",
            locust="2",
            scenario_digest=digest,
            stack_digest="s",
        ),
        stack=Stack(
            kind=StackKind.PROCESS,
            target="http://127.0.0.1:1",
            digest="s",
            services=(),
            seconds_to_ready=1,
            faults=faults,
        ),
        load=Load(
            locust_version="2",
            started_at=started,
            planned=SECONDS,
            warm_up=warm_up,
            measured=summary.measured,
            users_wanted=10,
            users_reached=users_reached,
            complete=complete,
            ended_because="duration",
            locust_exit_code=0,
            generator=generator or summary.generator,
            requests_lost=0,
        ),
        total=summary.total,
        endpoints=summary.endpoints,
        timeline=summary.timeline,
    )


def stored(each: Measurement, *, why: str = "run") -> Baseline:
    return Baseline.model_validate({"stored_at": each.started_at, "why": why, "measurement": each.model_dump()})


def times(median: float, count: int, *, spread: float = 0.3, seed: int = 1) -> list[float]:
    """Log-normal response times in seconds, the same shape for the same seed."""
    return list(median * np.exp(np.random.default_rng(seed).normal(0, spread, count)))

"""Is the measurement sound? Asked before anything is compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from perfgate.records.judgement import Note, NoteCode, Reason, ReasonCode, Verdict
from perfgate.records.measurement import Measurement
from perfgate.records.pairs import Side

# Shares and limits from trials against a server's own truth (docs/judging.md, "Is the measurement sound?").
BUSY_SHARE: Final = 0.05  # of the seconds may pass with the generator above 90 % of a core
LAG_SHARE: Final = 0.10  # of the median response time may the event loop be late, at its p90 …
LAG_FLOOR: Final = 0.005  # … where that is more than 5 ms
REACHED: Final = 0.95  # of the users wanted
LOST: Final = 0.001  # of the requests that Locust counted may be missing from the recording
SENT: Final = 0.99  # of the requests wanted, where they are sent at a rate

# With one of these, times say more about the generator or the run than about the application.
UNSOUND_TIMES: Final = frozenset({ReasonCode.GENERATOR_SATURATED, ReasonCode.NOISY_RUNNER, ReasonCode.IDLE_SIDE_BUSY})


def validity_reasons(measurement: Measurement) -> Iterator[Reason]:
    yield from _stack(measurement)
    load = measurement.load
    lost = load.requests_lost or 0
    if (not load.complete or lost > LOST * measurement.total.requests) and not measurement.stack.faults:
        yield Reason(
            code=ReasonCode.RECORDING_INCOMPLETE,
            verdict=Verdict.CONDITIONAL,
            facts={"lost": load.requests_lost, "ended_because": load.ended_because},
        )
    if load.users_reached < REACHED * load.users_wanted:
        yield Reason(
            code=ReasonCode.LOAD_NOT_REACHED,
            verdict=Verdict.CONDITIONAL,
            facts={"wanted": load.users_wanted, "reached": load.users_reached},
        )
    if lost_workers := [each for each in load.workers if each.lost_at is not None]:
        first = min(lost_workers, key=lambda each: each.lost_at or 0.0)
        yield Reason(
            code=ReasonCode.LOAD_NOT_REACHED,
            verdict=Verdict.CONDITIONAL,
            facts={
                "workers_lost": len(lost_workers),
                "workers": len(load.workers),
                "worker": first.name,
                "at": first.lost_at,
            },
        )
    wanted = measurement.total.requests + load.arrivals_unsent
    if measurement.total.requests < SENT * wanted:
        yield Reason(
            code=ReasonCode.LOAD_NOT_REACHED,
            verdict=Verdict.CONDITIONAL,
            facts={"unsent": load.arrivals_unsent, "wanted": wanted, "users": load.users_wanted},
        )
    if saturated(measurement):
        health = load.generator
        yield Reason(
            code=ReasonCode.GENERATOR_SATURATED,
            verdict=Verdict.CONDITIONAL,
            facts={
                "cpu_max": health.cpu_max,
                "busy_share": health.busy_share,
                "loop_lag_p90": health.loop_lag_p90,
            },
        )


def spoils_times(reason: Reason) -> bool:
    """Whether times of the whole run accuse nobody; one that names an endpoint speaks of that comparison alone.

    A head that works on in the base's turns makes the base slower, so that what is found of the head is no less true.
    """
    if reason.code is ReasonCode.IDLE_SIDE_BUSY and reason.facts.get("busier") == Side.HEAD:
        return False
    return reason.code in UNSOUND_TIMES and reason.endpoint is None


def saturated(measurement: Measurement) -> bool:
    health, times = measurement.load.generator, measurement.total.response_times
    if health.busy_share is not None and health.busy_share > BUSY_SHARE:
        return True
    if health.loop_lag_p90 is None or times is None:
        return False
    return health.loop_lag_p90 > max(LAG_FLOOR, LAG_SHARE * times.p50.value)


def validity_notes(measurement: Measurement) -> Iterator[Note]:
    if measurement.load.warm_up == 0:
        yield Note(code=NoteCode.NO_WARM_UP)


def _stack(measurement: Measurement) -> Iterator[Reason]:
    for fault in measurement.stack.faults:
        yield Reason(
            code=ReasonCode.STACK_BROKE,
            verdict=Verdict.FAIL,
            facts={"service": fault.service, "kind": fault.kind, "at": fault.at, "detail": fault.detail},
            evidence=fault.log_tail,
        )

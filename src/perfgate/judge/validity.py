"""Is the measurement sound? Asked before anything is compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from perfgate.records.load import Load
from perfgate.records.measurement import Measurement, SideBySide
from perfgate.records.pairs import Side
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict

# Shares and limits from trials against a server's own truth (docs/judging.md, "Is the measurement sound?").
BUSY_SHARE: Final = 0.05  # of the seconds may pass with the generator above 90 % of a core
LAG_SHARE: Final = 0.10  # of the median response time may the event loop be late, at its p90 …
LAG_FLOOR: Final = 0.005  # … where that is more than 5 ms
REACHED: Final = 0.95  # of the users wanted
LOST: Final = 0.001  # of the requests that Locust counted may be missing from the recording
SENT: Final = 0.99  # of the requests wanted, where they are sent at a rate

REFERENCE: Final = "reference"
OTHER_SIDES: Final = frozenset({Side.BASE.value, REFERENCE})

# With one of these, times say more about the generator or the run than about the application.
UNSOUND_TIMES: Final = frozenset({ReasonCode.GENERATOR_SATURATED, ReasonCode.NOISY_RUNNER, ReasonCode.IDLE_SIDE_BUSY})


@dataclass(frozen=True)
class _Loaded:
    """A load, and of the requests that were judged how many, and their p50 (seconds; None: not one success).

    `whose` says which it was where there are several.
    """

    load: Load
    requests: int
    p50: float | None
    whose: dict[str, str | int | float | None] = field(default_factory=dict)


def validity_reasons(measurement: Measurement) -> Iterator[Reason]:
    """In turns every load counts: a base or a reference that was loaded badly hides what a head costs."""
    yield from _stack(measurement)
    beside, _ = _beside(measurement)
    broken = bool(measurement.stack.faults or (beside and beside.stack.faults))
    for loaded in _all_loaded(measurement):
        yield from _load_reasons(loaded, broken=broken)


def _all_loaded(measurement: Measurement) -> Iterator[_Loaded]:
    times = measurement.total.response_times
    yield _Loaded(measurement.load, measurement.total.requests, times.p50.value if times else None)
    beside, name = _beside(measurement)
    for each in beside.loads if beside else ():
        side = name if each.side is Side.BASE else each.side.value
        yield _Loaded(each.load, each.requests, each.p50, {"side": side, "start": each.start})


def _beside(measurement: Measurement) -> tuple[SideBySide | None, str]:
    """And what the other side is called."""
    if measurement.reference is not None:
        return measurement.reference.beside, REFERENCE
    return measurement.side_by_side, Side.BASE.value


def _load_reasons(loaded: _Loaded, *, broken: bool) -> Iterator[Reason]:
    load = loaded.load
    lost = load.requests_lost or 0
    if (not load.complete or lost > LOST * loaded.requests) and not broken:
        yield _doubt(
            ReasonCode.RECORDING_INCOMPLETE,
            loaded,
            lost=load.requests_lost,
            ended_because=load.ended_because,
            workers_lost=sum(each.lost_at is not None for each in load.workers),
        )
    if load.users_reached < REACHED * load.users_wanted:
        yield _doubt(ReasonCode.LOAD_NOT_REACHED, loaded, wanted=load.users_wanted, reached=load.users_reached)
    if lost_workers := [each for each in load.workers if each.lost_at is not None]:
        first = min(lost_workers, key=lambda each: each.lost_at or 0.0)
        yield _doubt(
            ReasonCode.LOAD_NOT_REACHED,
            loaded,
            workers_lost=len(lost_workers),
            workers=len(load.workers),
            worker=first.name,
            at=first.lost_at,
        )
    wanted = loaded.requests + load.arrivals_unsent
    if loaded.requests < SENT * wanted:
        yield _doubt(
            ReasonCode.LOAD_NOT_REACHED, loaded, unsent=load.arrivals_unsent, wanted=wanted, users=load.users_wanted
        )
    if _saturated(loaded):
        health = load.generator
        yield _doubt(
            ReasonCode.GENERATOR_SATURATED,
            loaded,
            cpu_max=health.cpu_max,
            busy_share=health.busy_share,
            loop_lag_p90=health.loop_lag_p90,
        )


def _doubt(code: ReasonCode, loaded: _Loaded, **facts: str | int | float | None) -> Reason:
    return Reason(code=code, verdict=Verdict.CONDITIONAL, facts={**facts, **loaded.whose})


def _saturated(loaded: _Loaded) -> bool:
    health = loaded.load.generator
    if health.busy_share is not None and health.busy_share > BUSY_SHARE:
        return True
    if health.loop_lag_p90 is None or loaded.p50 is None:
        return False
    return health.loop_lag_p90 > max(LAG_FLOOR, LAG_SHARE * loaded.p50)


def spoils_times(reason: Reason) -> bool:
    """Whether times of the whole run accuse nobody; one that names an endpoint speaks of that comparison alone.

    A head that works on in the base's turns makes the base slower, as a late generator of the base does, so that what
    is found of the head is no less true.
    """
    if reason.code is ReasonCode.GENERATOR_SATURATED and reason.facts.get("side") in OTHER_SIDES:
        return False
    if reason.code is ReasonCode.IDLE_SIDE_BUSY and reason.facts.get("busier") == Side.HEAD:
        return False
    return reason.code in UNSOUND_TIMES and reason.endpoint is None


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

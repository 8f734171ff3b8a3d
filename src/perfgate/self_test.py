"""Does this gate bite? The head against itself, as it is and made slower, on this machine and with these settings.

How a head of any kind of stack is made slower: a relay stands before either side (`load.relay`), beside its load
generator, and the head's holds up what is sent by a given time. Or its environment makes it so, where the application
knows how.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from perfgate import gate
from perfgate.checkout import Base
from perfgate.doors import Doors, Order
from perfgate.errors import LoadError, SettingsError, StackError
from perfgate.judge.inference import wilson
from perfgate.judge.start_luck import starts_compared
from perfgate.load.relay import MOST_CONNECTIONS
from perfgate.measuring.beside import measure_beside
from perfgate.records.baseline import StoredRuns
from perfgate.records.endpoint import TOTAL
from perfgate.records.measurement import Measurement
from perfgate.records.metric import Metric
from perfgate.records.pairs import Side
from perfgate.records.self_test import LONGEST, Rate, SelfTest, SelfTestRun
from perfgate.records.verdict import ReasonCode, Verdict
from perfgate.settings.profiles import resolve

CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Asked:
    """`slower`: share of p50; `delay`: seconds instead; `environ`: variables instead of either."""

    scenario: str
    same_runs: int
    slower_runs: int
    slower: float
    delay: float | None
    environ: Mapping[str, str]
    keep: bool  # what runs of the same code tell about the luck of a start


def self_test(asked: Asked, order: Order, doors: Doors) -> SelfTest:
    """Saved as `<out>/self-test.json`. The first run has the same code on both sides; the others are shuffled.

    A later run that comes to no verdict is told and left out. Raises what the first one raises, and what the last of
    the slower ones raises where none of them came to a verdict.
    """
    _refuse_too_many(asked, order)
    order = _on_itself(order)
    order.out.prepare()
    base = Base(order.folder, doors.subject, order.file.stack, "this folder, against itself")
    kinds = [False] * (asked.same_runs - 1) + [True] * asked.slower_runs
    random.Random(doors.random_seed()).shuffle(kinds)  # noqa: S311 - no secret is drawn
    runs: list[SelfTestRun] = []
    without: list[str] = []
    p50: float | None = None
    for number, slower in enumerate([False, *kinds]):
        doors.console.line(f"run {number + 1} of {1 + len(kinds)}: {'a slower head' if slower else 'the same twice'}")
        delay = _delay(asked, p50) if slower else None
        one = replace(order, out=order.out.below(f"{number:02}"))
        try:
            run, measurement = _run(asked, base, one, doors, slower=slower, delay=delay)
        except (StackError, LoadError) as error:
            last_of_its_kind = slower not in kinds[number:] and slower not in [each.slower for each in runs]
            if number == 0 or last_of_its_kind:
                raise
            without.append(error.message[:LONGEST])
            doors.console.line(f"run {number + 1}: no verdict, {error.message}")
            continue
        runs.append(run)
        if not slower:
            p50 = _p50(measurement) or p50
            _keep(asked, measurement, doors)
        doors.console.line(f"run {number + 1}: {run.verdict.value}")
        order.out.write("self-test.json", _result(asked, doors, runs, without).model_dump_json(indent=1))
    result = _result(asked, doors, runs, without)
    order.out.write("self-test.json", result.model_dump_json(indent=1))
    return result


def _refuse_too_many(asked: Asked, order: Order) -> None:
    users = resolve(order.file.scenarios[asked.scenario], duration=order.duration).users
    if asked.slower_runs and not asked.environ and users > MOST_CONNECTIONS:
        raise SettingsError(
            f"scenario {asked.scenario} has {users} users, and a relay bears {MOST_CONNECTIONS} connections",
            remedy="test one with fewer users, or make the head slower by its environment (--slower-env)",
        )


def _on_itself(order: Order) -> Order:
    """What runs already is its own base."""
    external = order.file.stack.external
    if external is None:
        return order
    own = external.model_copy(update={"base": external.target or order.file.stack.target})
    stack = order.file.stack.model_copy(update={"external": own})
    return replace(order, file=order.file.model_copy(update={"stack": stack}))


def _run(
    asked: Asked, base: Base, order: Order, doors: Doors, *, slower: bool, delay: float | None
) -> tuple[SelfTestRun, Measurement]:
    common = order.side_environ.get(Side.BASE, {})
    order = replace(
        order,
        side_environ={Side.BASE: common, Side.HEAD: {**common, **(asked.environ if slower else {})}},
        relays={} if delay is None else {Side.BASE: 0.0, Side.HEAD: delay},
    )
    order.out.prepare()
    begun = doors.now()
    measurement = measure_beside(asked.scenario, base, order, doors)
    ended = doors.now()
    judgement = gate.decide([measurement], {measurement.id: StoredRuns()}, order, judged_at=ended, begun=begun)
    gate.write_documents(judgement, order.out)
    (scenario,) = judgement.scenarios
    changes = [each for row in scenario.rows for each in row.changes if each.metric is Metric.P50]
    run = SelfTestRun(
        slower=slower,
        delay=delay,
        verdict=scenario.verdict,
        regression=any(
            each.code is ReasonCode.REGRESSION and each.verdict is Verdict.FAIL for each in scenario.reasons
        ),
        reasons=tuple(each.code for each in scenario.reasons),
        change=next((each.change for each in changes if each.endpoint == TOTAL), None),
        seconds=(ended - begun).total_seconds(),
    )
    return run, measurement


def _delay(asked: Asked, p50: float | None) -> float | None:
    if asked.environ:
        return None
    if asked.delay is not None:
        return asked.delay
    if p50 is None:
        raise LoadError(
            "the base did not answer one request, so no share of its response time can be added",
            remedy="see its log, or give --delay",
        )
    return asked.slower * p50


def _p50(measurement: Measurement) -> float | None:
    beside = measurement.side_by_side
    times = beside.total.response_times if beside else None
    return times.p50.value if times else None


def _keep(asked: Asked, measurement: Measurement, doors: Doors) -> None:
    beside = measurement.side_by_side
    if not asked.keep or beside is None:
        return
    starts = starts_compared(
        beside.starts[0],
        measurement.fingerprint,
        run=measurement.id,
        at=measurement.started_at,
        why="self-test",
        scenario=asked.scenario,
        commit=measurement.subject.commit,
    )
    if starts is not None:
        doors.store.write_starts(starts)


def _result(asked: Asked, doors: Doors, runs: Sequence[SelfTestRun], without: Sequence[str]) -> SelfTest:
    same = [each.verdict is Verdict.FAIL for each in runs if not each.slower]
    slower = [each.verdict is Verdict.FAIL and each.regression for each in runs if each.slower]
    return SelfTest(
        at=doors.now(),
        scenario=asked.scenario,
        how="environment" if asked.environ else "relay",
        asked=None if asked.environ or asked.delay is not None else asked.slower,
        runs=tuple(runs),
        without_verdict=tuple(without),
        false_alarms=_rate(same),
        detected=_rate(slower),
    )


def _rate(found: Sequence[bool]) -> Rate | None:
    if not found:
        return None
    between = wilson(sum(found), len(found), CONFIDENCE)
    return Rate(count=sum(found), of=len(found), low=between.low, high=between.high)

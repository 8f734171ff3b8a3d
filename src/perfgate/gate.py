"""The story: measure, judge, report. (Publishing is told by the doors that know where: `cli`.)

Effects are handed in as `Doors`; what passes between the stages is a record that can be saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from perfgate import __version__
from perfgate.doors import Doors, Order
from perfgate.errors import NoBaseError
from perfgate.judge.by_reference import looks_slower
from perfgate.judge.history import comparable
from perfgate.judge.verdict import judge, judge_scenario
from perfgate.measuring.alone import measure
from perfgate.measuring.beside import measure_beside
from perfgate.measuring.referenced import measure_referenced
from perfgate.output import OutputFolder
from perfgate.records.baseline import Baseline, StoredRuns, baseline_of
from perfgate.records.judgement import Judgement, ScenarioJudgement
from perfgate.records.measurement import Measurement
from perfgate.records.verdict import ReasonCode, Verdict
from perfgate.report.documents import documents
from perfgate.settings.model import Compare


def run(order: Order, doors: Doors) -> Judgement:
    """The whole gate. Raises a `PerfGateError` where there can be no verdict; files of finished stages stay."""
    begun = doors.now()
    order.out.prepare()
    for name in order.policy.scenarios:  # a damaged one is told before the load, not after it
        _stored(name, order, doors)
    measurements = measure_all(order, doors)
    histories = {each.id: read_history(each, order, doors) for each in measurements}
    judgement = decide(measurements, histories, order, judged_at=doors.now(), begun=begun)
    write_documents(judgement, order.out)
    if order.policy.store:
        store_valid(judgement, measurements, order, doors)
    return judgement


def measure_all(order: Order, doors: Doors) -> list[Measurement]:
    """Each scenario by itself, or beside the base, or both, as the policy says."""
    match order.policy.compare:
        case Compare.STORED:
            return _alone(order, doors)
        case Compare.PAIRED:
            return _beside(order, doors)
        case Compare.BOTH:
            return [*_alone(order, doors), *_beside(order, doors)]
        case Compare.AUTO:
            try:
                return _beside(order, doors)
            except NoBaseError as error:
                doors.console.line(f"compared with stored runs, since there is no base: {error.message}")
                return _alone(order, doors)


def _alone(order: Order, doors: Doors) -> list[Measurement]:
    """By itself, or beside the pinned reference that the file names."""
    name = order.file.baseline.reference
    if name is None:
        return [measure(each, order, doors) for each in order.policy.scenarios]
    with doors.open_reference(name) as reference:
        doors.console.line(f"the reference is {reference.described}")
        return [
            measure_referenced(each, reference, order, doors, partial(_looks_slower, order=order, doors=doors))
            for each in order.policy.scenarios
        ]


def _looks_slower(measurement: Measurement, *, order: Order, doors: Doors) -> bool:
    stored = _history(measurement, order, doors)
    history = comparable(measurement, stored.runs, order.judging.history, stored.steps)
    return looks_slower(measurement, history, order.judging.side_by_side)


def _beside(order: Order, doors: Doors) -> list[Measurement]:
    with doors.open_base() as base:
        doors.console.line(f"the base is {base.described}")
        return [measure_beside(name, base, order, doors) for name in order.policy.scenarios]


def read_history(measurement: Measurement, order: Order, doors: Doors) -> StoredRuns:
    """The stored runs to compare with, saved beside the measurement so that it can be judged again just so."""
    if measurement.side_by_side is not None:
        return StoredRuns()
    history = _history(measurement, order, doors)
    order.out.below(measurement.scenario.name).write("baselines.json", history.model_dump_json())
    return history


def _history(measurement: Measurement, order: Order, doors: Doors) -> StoredRuns:
    stored = _stored(measurement.scenario.name, order, doors)
    runs = tuple(each for each in stored if each.id != measurement.id)
    return StoredRuns(runs=runs, steps=doors.steps_before(measurement, runs) if doors.steps_before else ())


def _stored(name: str, order: Order, doors: Doors) -> tuple[Baseline, ...]:
    return doors.store.read(name, limit=2 * order.judging.history)


def decide(
    measurements: Sequence[Measurement],
    histories: Mapping[str, StoredRuns],
    order: Order,
    *,
    judged_at: datetime,
    begun: datetime | None,
) -> Judgement:
    """Pure: the same measurements, histories and policy give the same judgement."""
    scenarios: list[ScenarioJudgement] = [
        judge_scenario(
            each,
            histories[each.id].runs,
            order.judging,
            today=judged_at.date(),
            elsewhere=[other for other in measurements if other is not each],
            steps=histories[each.id].steps,
        )
        for each in measurements
    ]
    return judge(
        scenarios,
        block_on=order.policy.block_on,
        event=order.policy.event,
        branch=order.policy.branch,
        judged_at=judged_at,
        seconds=(judged_at - begun).total_seconds() if begun else None,
        version=__version__,
        policy=order.judging,
        rules=order.rules,
    )


def write_documents(judgement: Judgement, out: OutputFolder) -> None:
    for name, text in documents(judgement).items():
        out.write(name, text)


def store_valid(judgement: Judgement, measurements: Sequence[Measurement], order: Order, doors: Doors) -> None:
    """Keep what may serve as a baseline: a run that did not fail and whose measurement is sound."""
    for measurement in measurements:
        if measurement.side_by_side is not None:
            continue  # loaded in turns, it is no run that others can be compared with
        if not storable(judgement, measurement.id):
            doors.console.line(f"{measurement.scenario.name}: not stored as a baseline, the run is not sound enough")
            continue
        doors.store.write(baseline_of(measurement, doors.now().astimezone(UTC), "run"))
        doors.store.prune(measurement.scenario.name, order.file.baseline.keep)
        doors.console.line(f"{measurement.scenario.name}: stored as baseline {measurement.id}")


UNSOUND = frozenset(
    {
        ReasonCode.GENERATOR_SATURATED,
        ReasonCode.LOAD_NOT_REACHED,
        ReasonCode.RECORDING_INCOMPLETE,
        ReasonCode.STACK_BROKE,
        ReasonCode.NOISY_RUNNER,
        ReasonCode.IDLE_SIDE_BUSY,
        ReasonCode.BASE_BROKE,
        ReasonCode.ANSWERS_DIFFER,
    }
)


def storable(judgement: Judgement, measurement_id: str) -> bool:
    scenario = next(each for each in judgement.scenarios if each.measurement_id == measurement_id)
    return scenario.verdict is not Verdict.FAIL and not any(reason.code in UNSOUND for reason in scenario.reasons)

"""Base and head up together and loaded in turns; what looks slower is measured again, and the base against itself."""

from __future__ import annotations

from perfgate.checkout import Base
from perfgate.doors import Doors, Order
from perfgate.errors import SettingsError
from perfgate.judge.side_by_side import alarms, confirmed
from perfgate.judge.start_luck import LATEST, learned, starts_compared
from perfgate.measuring.asked import Asked
from perfgate.measuring.described import measurement_of, refuse_useless
from perfgate.measuring.planned import planned
from perfgate.measuring.stacks import DoesNotFitError
from perfgate.measuring.swapped import measure_swapped
from perfgate.measuring.trial import Trial
from perfgate.records.measurement import Measurement
from perfgate.records.stack import StackKind


def measure_beside(name: str, base: Base, order: Order, doors: Doors) -> Measurement:
    """Saved as `<out>/<scenario>/beside/measurement.json`. Fresh starts cost load only where something looks slower,
    the control only where they show it again.
    """
    asked = Asked.of(name, order, doors).beside()
    refuse_workers(asked)
    if order.file.side_by_side.stacks == "swapped" and order.stack_kind is not StackKind.EXTERNAL:
        return measure_swapped(asked, base, order, doors)
    try:
        return _measure_together(asked, base, order, doors)
    except DoesNotFitError as error:
        doors.console.line(
            f"one stack uses {error.used >> 20} MiB and {error.available >> 20} MiB are left: the stacks are swapped"
        )
        return measure_swapped(asked, base, order, doors)


def _measure_together(asked: Asked, base: Base, order: Order, doors: Doors) -> Measurement:
    policy = order.judging.side_by_side
    luck = learned(doors.store.read_starts(asked.name, limit=LATEST))
    trial = Trial(asked, planned(asked, order.file.side_by_side.block, doors.random_seed()), base, luck, order, doors)
    done = trial.first()
    if alarms(done.compared.beside, done.compared.head, policy):
        done = trial.again(done)
    broken = done.head_stack.faults or done.compared.beside.stack.faults
    if not broken and confirmed(done.compared.beside, done.compared.head, policy):
        done = trial.control(done)
    doors.console.stage("Judging")
    measurement = measurement_of(asked, done.load, done.head_stack, done.compared.summary, doors)
    measurement = measurement.model_copy(update={"side_by_side": done.compared.beside, "telemetry": done.telemetry})
    asked.out.write("measurement.json", measurement.model_dump_json(indent=1))
    refuse_useless(measurement)
    _keep_control(measurement, order, doors)
    return measurement


def _keep_control(measurement: Measurement, order: Order, doors: Doors) -> None:
    """What the control tells about the luck of a start, for later runs."""
    beside = measurement.side_by_side
    if not order.policy.store or beside is None or beside.control is None:
        return
    starts = starts_compared(
        beside.control,
        measurement.fingerprint,
        run=measurement.id,
        at=doors.now(),
        why="control",
        scenario=measurement.scenario.name,
        commit=beside.subject.commit,
    )
    if starts is not None:
        doors.store.write_starts(starts)


def refuse_workers(asked: Asked, instead: str = "compare with stored runs (`--compare stored`)") -> None:
    """Raises `SettingsError`; `instead`: what else can be done."""
    if asked.settings.workers or asked.settings.expect_workers:
        raise SettingsError(
            f"scenario {asked.name}: base and head are loaded in turns by one process each, not by workers",
            remedy=f"take out `workers` and `expect_workers`, or {instead}",
        )

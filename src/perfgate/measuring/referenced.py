"""The head beside a pinned reference, in turns, for stored runs to be compared by their ratios to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from perfgate.checkout import Base
from perfgate.doors import Doors, Order
from perfgate.errors import SettingsError
from perfgate.judge.ratios import measured_ratios
from perfgate.judge.start_luck import LATEST, learned
from perfgate.measuring.asked import Asked
from perfgate.measuring.beside import refuse_workers
from perfgate.measuring.described import measurement_of, refuse_useless
from perfgate.measuring.planned import at_full_length, planned
from perfgate.measuring.stacks import DoesNotFitError
from perfgate.measuring.trial import Done, Trial
from perfgate.records.measurement import BesideReference, Measurement
from perfgate.records.pairs import EnoughBecause


def measure_referenced(
    name: str, reference: Base, order: Order, doors: Doors, looks_slower: Callable[[Measurement], bool]
) -> Measurement:
    """Saved as `measuring.alone` does. What `looks_slower` than stored runs is measured again on fresh starts."""
    asked = Asked.of(name, order, doors).in_turns()
    refuse_workers(asked, "`baseline.reference`")
    if order.file.side_by_side.stacks == "swapped":
        raise SettingsError(
            "stacks are to be swapped, and a reference is measured beside the head",
            remedy="take out `baseline.reference`, or `side_by_side.stacks: swapped`",
        )
    trial = Trial(
        asked=asked,
        design=at_full_length(planned(asked, order.file.side_by_side.block, doors.random_seed())),
        base=replace(reference, called="reference"),
        luck=learned(doors.store.read_starts(name, limit=LATEST)),
        order=order,
        doors=doors,
        rule=_to_the_end,
    )
    measurement = _tried(trial, looks_slower)
    doors.console.stage("Judging")
    asked.out.write("measurement.json", measurement.model_dump_json(indent=1))
    refuse_useless(measurement)
    return measurement


def _to_the_end(*_: object) -> EnoughBecause | None:
    return None


def _tried(trial: Trial, looks_slower: Callable[[Measurement], bool]) -> Measurement:
    try:
        done = trial.first()
        measurement = _measured(done, trial)
        broken = done.head_stack.faults or done.compared.beside.stack.faults
        if not broken and looks_slower(measurement):
            measurement = _measured(trial.again(done), trial)
    except DoesNotFitError as error:
        raise SettingsError(
            f"the memory does not hold the reference beside the head: one stack uses {error.used >> 20} MiB and "
            f"{error.available >> 20} MiB are left",
            remedy="use a machine with more memory, or take out `baseline.reference`",
        ) from error
    return measurement


def _measured(done: Done, trial: Trial) -> Measurement:
    beside, name = done.compared.beside, trial.order.file.baseline.reference
    if name is None:
        raise ValueError("the settings name no reference")
    starts = tuple(measured_ratios(start, beside.design) for start in beside.starts)
    measurement = measurement_of(trial.asked, done.load, done.head_stack, done.compared.summary, trial.doors)
    reference = BesideReference(name=name, beside=beside, starts=starts)
    return measurement.model_copy(update={"reference": reference, "telemetry": done.telemetry})

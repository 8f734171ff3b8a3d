"""One stack, loaded: what stored runs are held against, and what becomes one."""

from __future__ import annotations

from perfgate.doors import Doors, Order
from perfgate.judge.summary import summarise
from perfgate.judge.telemetry_summary import summarise_telemetry
from perfgate.measuring.asked import Asked
from perfgate.measuring.described import described_stack, measurement_of, refuse_useless
from perfgate.measuring.observing import observe
from perfgate.measuring.stacks import head_code, open_side
from perfgate.records.measurement import Measurement
from perfgate.records.pairs import Side


def measure(name: str, order: Order, doors: Doors) -> Measurement:
    """On a stack of its own; saved as `<out>/<scenario>/measurement.json` beside its raw columns."""
    asked = Asked.of(name, order, doors)
    with (
        open_side(Side.HEAD, asked, head_code(order), order, doors) as stack,
        observe(stack, order.file.telemetry, order, doors, asked.out) as observation,
    ):
        doors.console.stage(f"Loading: {name}, {asked.profile.users} users, {asked.profile.duration:g} s")
        stack.load_started()
        driven = doors.drive(
            asked.load_on(stack, order, asked.out.path),
            environ=doors.environ,
            on_progress=doors.console.progress,
            should_stop=lambda: bool(stack.faults()),
        )
        described = described_stack(stack)
        watched = observation.finish(driven.started_at, driven.ended_at, asked.profile.warm_up)
        telemetry = summarise_telemetry(watched, observation.budgets)
    doors.console.stage("Judging")
    for note in driven.notes:
        doors.console.line(note)
    summary = summarise(
        driven.recording, started_at=driven.started_at, ended_at=driven.ended_at, warm_up=asked.profile.warm_up
    )
    measurement = measurement_of(asked, driven, described, summary, doors).model_copy(update={"telemetry": telemetry})
    asked.out.write("measurement.json", measurement.model_dump_json(indent=1))
    refuse_useless(measurement)
    return measurement

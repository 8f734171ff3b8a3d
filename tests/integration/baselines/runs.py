"""Stored runs by the handful, small ones, each with an id of its own."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from perfgate.records.baseline import Baseline
from tests.builders import measurement, stored, times


@cache
def _pattern() -> Baseline:
    return stored(measurement({"GET /": times(0.05, 40)}))


def run(minute: int = 0, *, scenario: str = "baseline", suffix: str = "000000", note: str = "") -> Baseline:
    """Of the given minute of 2026; what was measured is the same for all."""
    made = _pattern()
    started = made.measurement.started_at + timedelta(minutes=minute)
    measured = made.measurement.model_copy(
        update={
            "id": f"{started:%Y%m%d-%H%M%S}-{suffix}",
            "started_at": started,
            "scenario": made.measurement.scenario.model_copy(update={"name": scenario}),
        }
    )
    return made.model_copy(update={"measurement": measured, "stored_at": started, "note": note})


def ids(runs: tuple[Baseline, ...]) -> list[str]:
    return [each.id for each in runs]

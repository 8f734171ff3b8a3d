"""Short notations for what was watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from perfgate.judge.telemetry_summary import summarise_telemetry
from perfgate.records.measurement import Measurement
from perfgate.records.telemetry import (
    CONTAINER_SERIES,
    Drain,
    SamplingCost,
    Series,
    SeriesKey,
    SeriesUnit,
    Source,
    Telemetry,
)
from perfgate.settings.series import parse_series

LOAD = 600.0  # seconds
MIB = 2**20


def key(label: str) -> SeriesKey:
    """`container api: memory`, `probe depth`."""
    ref = parse_series(label)
    unit = CONTAINER_SERIES.get(ref.name, SeriesUnit.NUMBER) if ref.source is Source.CONTAINER else SeriesUnit.NUMBER
    return SeriesKey(**ref.model_dump(), unit=unit)


def watched(series: Mapping[str, Sequence[float | None]], *, warm_up: float = 0.0, **more: Any) -> Telemetry:
    """Values by label, spread evenly over the load."""
    return Telemetry(
        started_at=1_700_000_000.0,
        warm_up=warm_up,
        load=LOAD,
        series=tuple(
            Series(
                key=key(label),
                offsets=tuple((at + 0.5) * LOAD / len(values) for at in range(len(values))),
                values=tuple(values),
            )
            for label, values in series.items()
        ),
        **{"events": (), "gaps": (), "drains": (), "cost": SamplingCost(cpu=1, wall=LOAD, samples=600), **more},
    )


def with_telemetry(measurement: Measurement, telemetry: Telemetry) -> Measurement:
    """As if its load had lasted as long as it was watched."""
    load = measurement.load.model_copy(update={"measured": telemetry.load - telemetry.warm_up})
    return measurement.model_copy(update={"telemetry": summarise_telemetry(telemetry), "load": load})


def growing(per_minute: float, *, start: float = 60 * MIB, noise: float = 0.2 * MIB, seed: int = 1) -> list[float]:
    """Memory once a second over the load, with noise that goes on from one second to the next."""
    steps = np.random.default_rng(seed).normal(0, noise, int(LOAD))
    for at in range(1, len(steps)):
        steps[at] += 0.9 * steps[at - 1]
    return list(start + per_minute * np.arange(int(LOAD)) / 60 + steps * 0.44)


def drain(label: str, *, before: float, at_end: float, seconds: float | None, watched: float = 30.0) -> Drain:
    return Drain(key=key(label), before=before, at_end=at_end, seconds=seconds, watched=watched)

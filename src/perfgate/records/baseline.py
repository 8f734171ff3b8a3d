"""An accepted earlier measurement, as it is stored.

History of the schema
1     first
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from perfgate.records.base import Record
from perfgate.records.measurement import Measurement
from perfgate.records.step import Step

SCHEMA_VERSION: Final = 1


class Baseline(Record):
    """One run that later runs are compared with. Only valid runs become one."""

    schema_version: Literal[1] = 1
    stored_at: datetime
    why: Literal["run", "accepted"] = Field(description="stored by a run, or by `perfgate baselines accept`")
    note: str = Field(default="", max_length=500, description="the reason given with `accept`")
    measurement: Measurement

    @property
    def id(self) -> str:
        return self.measurement.id


def baseline_of(measurement: Measurement, at: datetime, why: Literal["run", "accepted"], note: str = "") -> Baseline:
    """Without what only the run itself needs: pairs of blocks beside a reference, whose ratios stay."""
    if measurement.reference is not None:
        measurement = measurement.model_copy(update={"reference": measurement.reference.stored()})
    return Baseline(stored_at=at, why=why, note=note, measurement=measurement)


class StoredRuns(Record):
    """What a run knew of those before it, so that it can be judged again just so: its `baselines.json`."""

    runs: tuple[Baseline, ...] = ()
    steps: tuple[Step, ...] = Field(default=(), description="where the level of those like the run has changed")

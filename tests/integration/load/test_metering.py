"""Processor time read at the moments asked for, beside whatever else goes on."""

from __future__ import annotations

import time

import pytest

from perfgate.load.metering import Meter
from perfgate.records.pairs import Side

pytestmark = pytest.mark.alone


def test_both_sides_are_read_at_each_moment_and_near_ones_are_one() -> None:
    counts = iter(range(100))
    begin = time.time()
    with Meter({Side.BASE: lambda: float(next(counts)), Side.HEAD: lambda: None}) as meter:
        for moment in (0.1, 0.15, 0.9):
            meter.read_at(begin + moment)
    assert [each.base for each in meter.readings] == [0.0, 1.0]
    assert [each.head for each in meter.readings] == [None, None]
    early, late = (each.at - begin for each in meter.readings)
    assert 0.1 <= early < 0.9 <= late


def test_what_is_due_long_after_the_load_is_not_waited_for() -> None:
    begin = time.monotonic()
    with Meter({Side.BASE: lambda: 1.0}) as meter:
        meter.read_at(time.time() + 60)
    assert not meter.readings
    assert time.monotonic() - begin < 4  # it gives up on a thread after 5


def test_with_nothing_to_read_nothing_is_waited_for() -> None:
    begin = time.monotonic()
    with Meter({}) as meter:
        meter.read_at(time.time() + 60)
    assert not meter.readings
    assert time.monotonic() - begin < 30

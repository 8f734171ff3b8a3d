"""Where the level of a series of stored runs has changed, found by ruptures (the extra `history`).

PELT with a cost of squares on ln(value), in ruptures' form for kernels, whose linear one is that cost: the exact
segmentation of least cost (Killick, Fearnhead, Eckley, *JASA* 107, 2012). What one more step must gain is Schwarz's
criterion, threefold, on a spread that a step does not widen: that of neighbouring runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from statistics import fmean, median
from typing import Final

import numpy as np

from perfgate.errors import SettingsError
from perfgate.judge.history import is_same_load, is_same_reference, like_machine
from perfgate.judge.inference import MAD_SCALE
from perfgate.judge.ratios import of_run
from perfgate.judge.values import value_of
from perfgate.records.baseline import Baseline
from perfgate.records.endpoint import TOTAL
from perfgate.records.measurement import Measurement
from perfgate.records.metric import Metric
from perfgate.records.step import Step

FEWEST: Final = 4  # runs on either side of a step
WINDOW: Final = 50  # runs looked at, the newest
PENALTY: Final = 3.0
SMALLEST: Final = 0.02  # of ln(value); less moves nobody's window
STEADY: Final = 0.005  # a series of nearly equal runs is not taken for exact
WATCHED: Final = (Metric.P50, Metric.P95)
ENDPOINTS: Final = 100  # looked at beside all together, those with most requests


def can_look() -> bool:
    return find_spec("ruptures") is not None


def steps(runs: Sequence[Baseline], metric: Metric, endpoint: str = TOTAL) -> tuple[Step, ...]:
    """The oldest first. Raises `SettingsError` without the library."""
    if not can_look():
        raise SettingsError(
            "changes of level are not looked for: ruptures is not installed",
            remedy="Install PerfGate with its extra `history`: pip install '.[history]'",
        )
    oldest_first = sorted(runs, key=lambda run: run.measurement.started_at)
    newest = oldest_first[-1].measurement if runs else None
    # Ratios to one reference are steadier than times, and no series with times or with ratios to another.
    alike = [run for run in oldest_first if newest is not None and is_same_reference(newest, run.measurement)]
    known = [(run, log) for run in alike[-WINDOW:] if (log := _log(run, metric, endpoint)) is not None]
    logs = [each for _, each in known]
    ends = ends_of_levels(logs)
    found = []
    for start, (begin, end) in zip([0, *ends], pairwise([*ends, len(logs)]), strict=False):
        moved = fmean(logs[begin:end]) - fmean(logs[start:begin])
        if abs(moved) >= SMALLEST:
            found.append(Step(run=known[begin][0].id, metric=metric, endpoint=endpoint, change=math.expm1(moved)))
    return tuple(found)


def steps_before(candidate: Measurement, runs: Sequence[Baseline]) -> tuple[Step, ...]:
    """Among the runs that a candidate may be compared with: the same load on a machine like its own."""
    alike = [
        run
        for run in runs
        if is_same_load(candidate, run.measurement)
        and is_same_reference(candidate, run.measurement)
        and like_machine(candidate, run)
    ]
    busiest = sorted(candidate.endpoints, key=lambda each: -each.requests)[:ENDPOINTS]
    labels = [TOTAL, *(each.label for each in busiest)]
    return tuple(step for label in labels for metric in WATCHED for step in steps(alike, metric, label))


def ends_of_levels(logs: Sequence[float]) -> list[int]:
    """Indices at which a new level begins."""
    if len(logs) < 2 * FEWEST:
        return []
    neighbours = [abs(after - before) for before, after in pairwise(logs)]
    spread = max(STEADY, MAD_SCALE * median(neighbours) / math.sqrt(2))
    # A single run far off is no level: each counts as the middle one of itself and its neighbours.
    smooth = [median(logs[max(0, at - 1) : at + 2]) for at in range(len(logs))]
    search = import_module("ruptures").KernelCPD(kernel="linear", min_size=FEWEST)
    ends = search.fit(np.asarray(smooth)).predict(pen=PENALTY * math.log(len(logs)) * spread**2)
    return [int(each) for each in ends[:-1]]


def _log(run: Baseline, metric: Metric, endpoint: str) -> float | None:
    """Of the value, or of its ratio to the reference."""
    reference = run.measurement.reference
    if reference is not None:
        ratio = of_run(reference, endpoint, metric)
        return None if ratio is None else ratio.signed(metric)
    statistics = run.measurement.statistics(endpoint)
    value = value_of(statistics, metric) if statistics else None
    return math.log(value) if value else None

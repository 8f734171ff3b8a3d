"""Ratios to a pinned reference: from pairs of blocks, and what several fresh starts of one run say together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from perfgate.judge.differences import FIGURES, differences
from perfgate.judge.inference import NORMAL
from perfgate.judge.paired import MINIMUM_PAIRS, Levels, estimate
from perfgate.records.measurement import BesideReference
from perfgate.records.metric import METRICS, Metric
from perfgate.records.pairs import Design, FreshStart
from perfgate.records.reference import MeasuredRatio

LEVEL: Final = 0.05  # at which the width of the pairs' interval tells their standard error


@dataclass(frozen=True)
class RunRatio:
    """Of one run, on the log scale, worse above zero. `error` is what pairs show, `starts` how many were averaged."""

    estimate: float
    error: float
    starts: int

    def signed(self, metric: Metric) -> float:
        """ln(head / reference), whichever way is better."""
        return self.estimate if METRICS[metric].lower_is_better else -self.estimate

    def variance(self, luck: float) -> float:
        """With the luck of the starts of both sides."""
        return self.error**2 + 2 * luck**2 / self.starts


def measured_ratios(start: FreshStart, design: Design) -> tuple[MeasuredRatio, ...]:
    """Of all that enough pairs of blocks bear. Throughput only where users wait for answers."""
    metrics = (*FIGURES, *((Metric.THROUGHPUT,) if design.rate is None else ()))
    labels = dict.fromkeys(block.label for pair in start.judged for block in pair.blocks)
    found = (_measured(start, label, metric) for label in labels for metric in metrics)
    return tuple(each for each in found if each is not None)


def _measured(start: FreshStart, label: str, metric: Metric) -> MeasuredRatio | None:
    logs = differences(start.judged, label, metric)
    known = ratio_of(logs)
    if known is None:
        return None
    return MeasuredRatio(label=label, metric=metric, estimate=known.estimate, error=known.error, pairs=len(logs))


def ratio_of(logs: Sequence[float]) -> RunRatio | None:
    """From one number a pair of blocks, ln(head) - ln(reference); None: too few of them."""
    if len(logs) < MINIMUM_PAIRS:
        return None
    measured = estimate(logs, Levels(LEVEL, LEVEL), start_luck=0)
    if measured.lower is None or measured.upper is None:
        return None
    error = (measured.upper - measured.lower) / (2 * -NORMAL.inv_cdf(LEVEL))
    return RunRatio(measured.estimate, error, 1)


def neighbours_joined(logs: Sequence[float]) -> int:
    """How many neighbouring pairs the ratio takes together, being alike."""
    return estimate(logs, Levels(LEVEL, LEVEL), start_luck=0).joined if len(logs) >= MINIMUM_PAIRS else 1


def of_start(found: Sequence[MeasuredRatio], label: str, metric: Metric) -> RunRatio | None:
    ratio = next((each for each in found if (each.label, each.metric) == (label, metric)), None)
    return None if ratio is None else RunRatio(ratio.estimate, ratio.error, 1)


def of_run(run: BesideReference, label: str, metric: Metric) -> RunRatio | None:
    """The mean of its fresh starts, as far as they have it."""
    found = [each for start in run.starts if (each := of_start(start, label, metric)) is not None]
    return together(found) if found else None


def together(found: Sequence[RunRatio]) -> RunRatio:
    """Of fresh starts, each of which knows as much as the others."""
    many = len(found)
    return RunRatio(
        estimate=math.fsum(each.estimate for each in found) / many,
        error=math.sqrt(math.fsum(each.error**2 for each in found)) / many,
        starts=many,
    )

"""How far a fresh start is off by luck alone: assumed at first, later learned from base-against-base runs.

A run of base against base estimates ln(second) - ln(first) of two fresh starts. Its variance is twice that of one
start's luck plus the square of the error that the pairs show, so the luck is what is left: a moment estimate, as of
the variance between studies (DerSimonian, Laird, *Meta-analysis in clinical trials*, 1986, with equal weights).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from perfgate.judge.differences import differences
from perfgate.judge.inference import NORMAL
from perfgate.judge.paired import MINIMUM_PAIRS, START_LUCK, Levels, estimate
from perfgate.records.endpoint import TOTAL
from perfgate.records.measurement import Fingerprint
from perfgate.records.metric import Metric
from perfgate.records.pairs import FreshStart
from perfgate.records.starts import StartLuck, StartsCompared

ENOUGH: Final = 10  # runs of base against base that replace the assumption
LATEST: Final = 50  # so many are looked at, the newest
# However alike ten starts were, this much is allowed for: ten cannot show less.
LEAST: Final = 0.003
_LEVEL: Final = 0.05  # at which the width of the pairs' interval tells their standard error


def luck_of(known: StartLuck | None) -> float:
    """Standard deviation of the logarithm, of one start."""
    return START_LUCK if known is None else known.per_start


def learned(runs: Sequence[StartsCompared]) -> StartLuck | None:
    """From the newest runs, the newest first; None: too few, the assumption stands."""
    newest = runs[:LATEST]
    if len(newest) < ENOUGH:
        return None
    luck = sum(each.difference**2 - each.error**2 for each in newest) / (2 * len(newest))
    return StartLuck(per_start=max(LEAST, math.sqrt(max(luck, 0.0))), runs=len(newest))


def starts_compared(
    start: FreshStart,
    fingerprint: Fingerprint,
    *,
    run: str,
    at: datetime,
    why: Literal["self-test", "control"],
    scenario: str,
    commit: str | None,
) -> StartsCompared | None:
    """Of pairs in which both sides were the same code; None: too few of them to tell."""
    found = differences(start.judged, TOTAL, Metric.P50)
    if len(found) < MINIMUM_PAIRS:
        return None
    measured = estimate(found, Levels(_LEVEL, _LEVEL), start_luck=0)
    if measured.lower is None or measured.upper is None:
        return None
    return StartsCompared(
        id=run,
        at=at,
        why=why,
        scenario=scenario,
        scenario_digest=fingerprint.scenario_digest,
        cpu_model=fingerprint.cpu_model,
        commit=commit,
        difference=measured.estimate,
        error=(measured.upper - measured.lower) / (2 * -NORMAL.inv_cdf(_LEVEL)),
        pairs=len(found),
    )

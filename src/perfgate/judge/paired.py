"""Base against head on one machine: differences of block pairs in, an estimate with bounds and a decision out.

Each number of a pair is `ln(head) - ln(base)` of one statistic of a block, so effects are ratios. Worse is above zero;
callers mirror metrics of which more is better. Rules and defaults: docs/judging.md and
docs/statistics.md, "Side by side".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perfgate.judge.inference import NORMAL
from perfgate.judge.signed_rank import centre, lower_bound, upper_bound, walsh_averages
from perfgate.records.judgement import Kind

MINIMUM_PAIRS: Final = 8
# How far a freshly started process is off by luck alone (layout, hash seeds, pools), as a standard deviation of the
# logarithm, until the repository's own base-against-base runs have shown better.
START_LUCK: Final = 0.01
# Neighbouring pairs are joined while they are more alike than this; beyond it the bounds would be too narrow.
ALIKE: Final = 0.25
# That a control accuses a runner without trouble, both directions together.
ALPHA_CONTROL: Final = 0.01


@dataclass(frozen=True)
class Levels:
    """One-sided error probabilities to use at this look."""

    fail: float
    passing: float


@dataclass(frozen=True)
class PairedEstimate:
    """On the log scale. `lower` and `upper` bound the true difference; None: too few pairs for the level."""

    estimate: float
    lower: float | None
    upper: float | None
    spread: float  # standard deviation of the (joined) differences
    joined: int  # how many neighbouring pairs were taken together
    pairs: int


def estimate(differences: Sequence[float], levels: Levels, *, start_luck: float = START_LUCK) -> PairedEstimate:
    """Hodges-Lehmann with exact signed-rank bounds, widened in quadrature for the luck of two starts."""
    plain = np.asarray(differences, dtype=np.float64)
    values, joined = _join_while_alike(plain)
    walsh = walsh_averages(values)
    middle = centre(walsh)
    lower = lower_bound(walsh, len(values), levels.fail)
    upper = upper_bound(walsh, len(values), levels.passing)
    return PairedEstimate(
        estimate=middle,
        lower=None if lower is None else middle - _widened(middle - lower, levels.fail, start_luck),
        upper=None if upper is None else middle + _widened(upper - middle, levels.passing, start_luck),
        spread=float(np.std(values, ddof=1)) if len(values) > 1 else math.inf,
        joined=joined,
        pairs=len(plain),
    )


def decide(measured: PairedEstimate, margin: float, *, large_enough: bool = True) -> Kind:
    """The margin rule; `margin` is a relative change, `large_enough` whether the difference exceeds the absolute floor.

    regressed: certainly slower (lower bound beyond half the margin) and by more than the margin as estimated;
    unchanged or improved: certainly not slower by the margin; else inconclusive.
    """
    limit = math.log1p(margin)
    if measured.pairs < MINIMUM_PAIRS:
        return Kind.INCONCLUSIVE
    if measured.lower is not None and measured.lower > limit / 2 and measured.estimate > limit and large_enough:
        return Kind.REGRESSED
    if measured.upper is not None and measured.upper < limit:
        return Kind.IMPROVED if measured.upper < 0 else Kind.UNCHANGED
    return Kind.INCONCLUSIVE


def confirms(first: PairedEstimate, again: PairedEstimate, margin: float) -> bool:
    """Whether fresh starts of both stacks show the regression again.

    They must by themselves show more than half the margin; how large it is, both tell together, since by the luck of
    its starts each alone is as likely too small as too large.
    """
    limit = math.log1p(margin)
    return again.lower is not None and again.lower > limit / 2 and (first.estimate + again.estimate) / 2 > limit


def control_of(differences: Sequence[float], *, start_luck: float = START_LUCK) -> PairedEstimate:
    """Of base against base, looked at once."""
    return estimate(differences, Levels(ALPHA_CONTROL / 2, ALPHA_CONTROL / 2), start_luck=start_luck)


def refutes(control: PairedEstimate, claim: float, margin: float) -> bool:
    """Whether what is said of the head (`claim`, a logarithm) may be the runner's doing.

    The base certainly moves against itself by more than half the margin, whichever way, and by more than half of what
    is claimed.
    """
    if control.lower is None or control.upper is None:
        return False
    return max(control.lower, -control.upper) > math.log1p(margin) / 2 and abs(control.estimate) > claim / 2


def neighbour_correlation(values: NDArray[np.float64]) -> float:
    """Lag-1 autocorrelation; 0 where there is nothing to tell."""
    if len(values) < 3:
        return 0.0
    centred = values - values.mean()
    total = float(centred @ centred)
    return float(centred[1:] @ centred[:-1]) / total if total else 0.0


def _join_while_alike(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Means of two, then of four neighbouring differences while neighbours are alike and enough remain."""
    joined = 1
    while joined < 4 and len(values) >= 2 * MINIMUM_PAIRS and neighbour_correlation(values) > ALIKE:
        even = values[: len(values) // 2 * 2]
        values = even.reshape(-1, 2).mean(axis=1)
        joined *= 2
    return values, joined


def _widened(half: float, level: float, start_luck: float) -> float:
    return math.hypot(half, -NORMAL.inv_cdf(level) * math.sqrt(2) * start_luck)

"""What more load could still show: whether to go on, how much longer, and how small a change could have been seen.

Of the error of a comparison only the load's share falls with more load, by the root; what fresh starts differ by stays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

from perfgate.judge.judged import Judged
from perfgate.records.judgement import Kind

POWER: Final = 0.80
# A verdict that is less probable than this, as things look half-way, is not waited for.
HOPELESS: Final = 0.05
_NORMAL: Final = NormalDist()


def futile(judged: Sequence[Judged], seen: int, planned: int) -> bool:
    """From half of the plan on: whether neither pass nor fail can be expected any more at its end.

    The final estimate is predicted from the present one (conditional power under the current trend: Jennison, Turnbull,
    *Group Sequential Methods*, chapter 10). Stopping so can only lower the rates of false fails and false passes.
    """
    if 2 * seen < planned:
        return False
    share = seen / planned
    held = [each for each in judged if each.compared.tolerance is not None]
    unclear = [each for each in held if each.compared.gated and each.kind is Kind.INCONCLUSIVE]
    may_pass = min((_chance_to_pass(each, share) for each in unclear), default=1.0)
    may_fail = sum(_chance_to_fail(each, share) for each in held)
    return may_pass < HOPELESS and may_fail < HOPELESS


def more_pairs(judged: Judged) -> float | None:
    """Pairs that are missing for a decision if the change is what it seems; None: no load would be enough."""
    error = _load_error(judged)
    if error is None or judged.compared.tolerance is None:
        return None
    middle, limit = judged.first.estimate, math.log1p(judged.compared.tolerance.fail)
    allowed = [_allowed(limit - middle, judged.levels.passing, judged.luck)]
    if middle > limit:
        allowed.append(_allowed(middle - limit / 2, judged.levels.fail, judged.luck))
    largest = max(allowed)
    return judged.first.pairs * max(0.0, (error / largest) ** 2 - 1) if largest > 0 else None


def smallest_detectable(judged: Judged) -> float | None:
    """The worsening that would have been called with a probability of `POWER`, as a ratio."""
    if judged.first.lower is None or judged.compared.tolerance is None:
        return None
    error = (judged.first.estimate - judged.first.lower) / _z(judged.levels.fail)
    limit = math.log1p(judged.compared.tolerance.fail)
    return math.expm1(max(limit, limit / 2 + (_NORMAL.inv_cdf(POWER) + _z(judged.levels.fail)) * error))


def _chance_to_pass(judged: Judged, share: float) -> float:
    error, tolerance = _load_error(judged), judged.compared.tolerance
    if error is None or tolerance is None:
        return 1.0
    half = _half_at_end(error, share, judged.levels.passing, judged.luck)
    return _probability(math.log1p(tolerance.fail) - half - judged.first.estimate, error, share)


def _chance_to_fail(judged: Judged, share: float) -> float:
    error, tolerance = _load_error(judged), judged.compared.tolerance
    if error is None or tolerance is None:
        return 1.0
    limit = math.log1p(tolerance.fail)
    half = _half_at_end(error, share, judged.levels.fail, judged.luck)
    return _probability(judged.first.estimate - max(limit, limit / 2 + half), error, share)


def _probability(margin: float, error: float, share: float) -> float:
    """That the final estimate moves by less than `margin` the wrong way."""
    spread = error * math.sqrt(1 - share)
    return _NORMAL.cdf(margin / spread) if spread else float(margin > 0)


def _half_at_end(error: float, share: float, level: float, luck: float) -> float:
    return _z(level) * math.hypot(error * math.sqrt(share), math.sqrt(2) * luck)


def _load_error(judged: Judged) -> float | None:
    """Standard error of the estimate, without what is allowed for starts; None: too few pairs to tell."""
    first = judged.first
    if first.lower is None:
        return None
    whole = (first.estimate - first.lower) / _z(judged.levels.fail)
    return math.sqrt(max(whole**2 - 2 * judged.luck**2, 0.0))


def _allowed(room: float, level: float, luck: float) -> float:
    """How large the load's standard error may be for a bound to keep within `room`; 0: starts alone need all of it."""
    whole = max(room, 0.0) / _z(level)
    return math.sqrt(max(whole**2 - 2 * luck**2, 0.0))


def _z(level: float) -> float:
    return -_NORMAL.inv_cdf(level)

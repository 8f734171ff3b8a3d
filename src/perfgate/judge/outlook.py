"""What more load could still show: whether to go on, how much longer, and how small a change could have been seen.

Of the error of a comparison only the load's share falls with more load, by the root; what fresh starts differ by stays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from perfgate.judge.inference import NORMAL, POWER
from perfgate.judge.paired import Levels, PairedEstimate

# A verdict that is less probable than this, as things look half-way, is not waited for.
HOPELESS: Final = 0.05


@dataclass(frozen=True)
class Outlook:
    """Of one comparison so far. `margin`: a relative change; `luck`: of one start, on the log scale."""

    now: PairedEstimate
    margin: float
    levels: Levels
    luck: float

    def more_pairs(self) -> float | None:
        """Pairs that are missing for a decision if the change is what it seems; None: no load would be enough."""
        error, limit = self._load_error(), self._limit
        if error is None:
            return None
        allowed = self._allowed(limit - self.now.estimate, self.levels.passing)
        if self.now.estimate > limit:
            allowed = self._allowed(self.now.estimate - limit / 2, self.levels.fail)
        return self.now.pairs * max(0.0, (error / allowed) ** 2 - 1) if allowed else None

    def smallest_detectable(self) -> float | None:
        """The worsening that would have been called with a probability of `POWER`, as a ratio.

        Both halves of the rule must hold: the estimate beyond the margin, and its lower bound beyond half of it.
        """
        if self.now.lower is None:
            return None
        error = (self.now.estimate - self.now.lower) / _z(self.levels.fail)
        beyond = NORMAL.inv_cdf(POWER) * error
        return math.expm1(beyond + max(self._limit, self._limit / 2 + _z(self.levels.fail) * error))

    def chance_to_pass(self, share: float) -> float:
        """At the end of the plan, of which `share` is done."""
        error = self._load_error()
        if error is None:
            return 1.0
        half = self._half_at_end(error, share, self.levels.passing)
        return _probability(self._limit - half - self.now.estimate, error, share)

    def chance_to_fail(self, share: float) -> float:
        error = self._load_error()
        if error is None:
            return 1.0
        half = self._half_at_end(error, share, self.levels.fail)
        return _probability(self.now.estimate - max(self._limit, self._limit / 2 + half), error, share)

    @property
    def _limit(self) -> float:
        return math.log1p(self.margin)

    def _half_at_end(self, error: float, share: float, level: float) -> float:
        return _z(level) * math.hypot(error * math.sqrt(share), math.sqrt(2) * self.luck)

    def _load_error(self) -> float | None:
        """Standard error of the estimate, without what is allowed for starts; None: too few pairs to tell."""
        if self.now.lower is None:
            return None
        whole = (self.now.estimate - self.now.lower) / _z(self.levels.fail)
        return math.sqrt(max(whole**2 - 2 * self.luck**2, 0.0))

    def _allowed(self, room: float, level: float) -> float:
        """How large the load's standard error may be for a bound to keep within `room`; 0: starts alone fill it."""
        whole = max(room, 0.0) / _z(level)
        return math.sqrt(max(whole**2 - 2 * self.luck**2, 0.0))


def futile(unclear: Sequence[Outlook], held: Sequence[Outlook], share: float) -> bool:
    """From half of the plan on: whether neither pass nor fail can be expected any more at its end.

    `unclear`: what is gated and not decided, `held`: all that has a tolerance, `share`: of the plan that is done. The
    final estimate is predicted from the present one (conditional power under the current trend: Jennison, Turnbull,
    *Group Sequential Methods*, chapter 10). Stopping so can only lower the rates of false fails and false passes.
    """
    if share < 0.5:
        return False
    may_pass = min((each.chance_to_pass(share) for each in unclear), default=1.0)
    may_fail = sum(each.chance_to_fail(share) for each in held)
    return may_pass < HOPELESS and may_fail < HOPELESS


def _probability(margin: float, error: float, share: float) -> float:
    """That the final estimate moves by less than `margin` the wrong way."""
    spread = error * math.sqrt(1 - share)
    return NORMAL.cdf(margin / spread) if spread else float(margin > 0)


def _z(level: float) -> float:
    return -NORMAL.inv_cdf(level)

"""The interval of a change as a small picture: where it lies between unchanged, the tolerance and beyond."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from perfgate.records.judgement import Change
from perfgate.records.metric import METRICS

WIDEST: Final = 1.0  # relative change at the end of the widest picture; what lies beyond ends in an arrow
NARROWEST: Final = 0.1


@dataclass(frozen=True)
class Bar:
    """Positions from 0 to 100, worse to the right. `limit`: from there on it is worse than tolerated."""

    kind: str
    low: float
    high: float
    at: float
    zero: float
    limit: float | None
    goes_on: bool  # the interval ends beyond the right edge, or is not bounded there
    comes_from: bool  # the same at the left


def reach(changes: Iterable[Change]) -> float:
    """One scale for all of `changes`: the largest bound and twice every tolerance fit, within limits."""
    wanted = [NARROWEST]
    for change in changes:
        if change.absolute or change.tolerance is None:
            continue
        wanted += [2 * change.tolerance.fail, abs(change.change) * 1.1]
        wanted += [abs(bound) * 1.05 for bound in (change.bound_better, change.bound_worse) if bound is not None]
    return min(WIDEST, max(wanted))


def bar(change: Change, scale: float) -> Bar | None:
    """None for an absolute change, which has no place on a relative scale."""
    if change.absolute:
        return None
    sign = 1 if METRICS[change.metric].lower_is_better else -1
    low, at, high = (
        None if each is None else sign * each for each in (change.bound_better, change.change, change.bound_worse)
    )
    return Bar(
        kind=change.kind.value,
        low=_place(-scale if low is None else low, scale),
        high=_place(scale if high is None else high, scale),
        at=_place(at or 0.0, scale),
        zero=50.0,
        limit=_place(change.tolerance.fail, scale) if change.tolerance else None,
        goes_on=high is None or high > scale,
        comes_from=low is None or low < -scale,
    )


def _place(change: float, scale: float) -> float:
    return round(50 + 50 * max(-1.0, min(1.0, change / scale)), 1)

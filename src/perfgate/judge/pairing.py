"""From two recordings and the turns they were made in to pairs of blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perfgate.judge.summary import FASTEST, rank_of
from perfgate.records.endpoint import TOTAL
from perfgate.records.pairs import BlockCpu, BlockFigures, Pair, PairedBlocks, Side
from perfgate.records.recording import HealthSample, Recording

# Left out at the beginning of a block: connections and caches wake up.
LEFT_OUT: Final = 0.2  # seconds
# Fewer successes do not bear the statistic.
NEEDED: Final = {"p50": 3, "p95": 20, "p99": 100, "log_mean": 3}
NEAR: Final = 0.5  # seconds between a block's bound and the reading of the stacks' processor time
TRIMMED: Final = 20  # one in so many at either end


@dataclass(frozen=True)
class Window:
    """Seconds since the epoch."""

    opens: float
    closes: float


@dataclass(frozen=True)
class TurnPair:
    base: Window
    head: Window

    @property
    def first(self) -> Side:
        return Side.BASE if self.base.opens < self.head.opens else Side.HEAD


@dataclass(frozen=True)
class CpuReading:
    """Seconds of processor time that the stacks have used up to this moment; None: it could not be read."""

    at: float  # seconds since the epoch
    base: float | None
    head: float | None


def pair_up(
    base: Recording, head: Recording, turns: Sequence[TurnPair], readings: Sequence[CpuReading] = ()
) -> tuple[Pair, ...]:
    """A request belongs to the block in which it was to be sent."""
    sides = _Side(base), _Side(head)
    return tuple(_pair(*sides, turn, readings) for turn in turns)


def in_turns(recording: Recording, windows: Sequence[Window]) -> Recording:
    """Only what was to be sent in the windows, and as if one followed the other without a gap, from second 0 on."""
    side = _Side(recording)
    chosen, moved = [], []
    begin = 0.0
    for window in windows:
        positions = side.within(window)
        chosen.append(positions)
        moved.append(recording.start[positions] - window.opens + begin)
        begin += window.closes - window.opens
    positions = np.concatenate(chosen) if chosen else np.empty(0, np.intp)
    columns: dict[str, Any] = {
        name: getattr(recording, name)[positions]
        for name in ("lag", "response_time", "size", "endpoint", "status", "message")
    }
    start = np.concatenate(moved) if moved else np.empty(0)
    return replace(recording, start=start, health=tuple(_health(recording.health, windows)), **columns)


def _health(samples: Sequence[HealthSample], windows: Sequence[Window]) -> Iterator[HealthSample]:
    begin = 0.0
    for window in windows:
        for sample in samples:
            if window.opens <= sample.at <= window.closes:
                yield replace(sample, at=sample.at - window.opens + begin)
        begin += window.closes - window.opens


class _Side:
    """A recording, with its requests in the order in which they were to be sent."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        intended = recording.start - recording.lag
        self._order = np.argsort(intended, kind="stable")
        self._intended = intended[self._order]
        self.counted = counted = recording.counted
        self._starts = np.sort(recording.start[counted])
        self._ends = np.sort((recording.start + recording.response_time)[counted])

    def within(self, window: Window, left_out: float = 0.0) -> NDArray[np.intp]:
        first, last = np.searchsorted(self._intended, (window.opens + left_out, window.closes))
        return self._order[first:last]

    def labels(self, positions: NDArray[np.intp]) -> dict[str, NDArray[np.intp]]:
        ids = self.recording.endpoint[positions]
        return {self.recording.endpoints[each].label: positions[ids == each] for each in np.unique(ids)}

    def running_at(self, moment: float) -> int:
        """Requests on their way at that moment."""
        return int(np.searchsorted(self._starts, moment) - np.searchsorted(self._ends, moment))


def _pair(base: _Side, head: _Side, turn: TurnPair, readings: Sequence[CpuReading]) -> Pair:
    chosen = base.within(turn.base, LEFT_OUT), head.within(turn.head, LEFT_OUT)
    of_base, of_head = base.labels(chosen[0]), head.labels(chosen[1])
    rows = [(TOTAL, chosen[0][base.counted[chosen[0]]], chosen[1][head.counted[chosen[1]]])]
    rows += [(label, of_base[label], of_head[label]) for label in sorted(of_base.keys() & of_head.keys())]
    first, second = (base, turn.head) if turn.first is Side.BASE else (head, turn.base)
    return Pair(
        opened_at=min(turn.base.opens, turn.head.opens),
        first=turn.first,
        overlapping=first.running_at(second.opens),
        blocks=tuple(
            PairedBlocks(label=label, base=_figures(base.recording, left), head=_figures(head.recording, right))
            for label, left, right in rows
        ),
        base_cpu=_cpu(base, turn.base, Side.BASE, readings),
        head_cpu=_cpu(head, turn.head, Side.HEAD, readings),
    )


def _cpu(loaded: _Side, window: Window, side: Side, readings: Sequence[CpuReading]) -> BlockCpu | None:
    """From the last reading before the block to the first one after it."""
    before = next((each for each in reversed(readings) if each.at <= window.opens), None)
    after = next((each for each in readings if each.at >= window.closes), None)
    if before is None or after is None or max(window.opens - before.at, after.at - window.closes) > NEAR:
        return None
    of_base, of_head = _difference(before.base, after.base), _difference(before.head, after.head)
    own, other = (of_base, of_head) if side is Side.BASE else (of_head, of_base)
    if own is None:
        return None
    return BlockCpu(loaded=own, idle=other, wall=after.at - before.at, requests=len(loaded.within(window)))


def _difference(before: float | None, after: float | None) -> float | None:
    """None where it is not known, or ran backwards: a container was started anew."""
    return None if before is None or after is None or after < before else after - before


def _figures(recording: Recording, positions: NDArray[np.intp]) -> BlockFigures:
    failed = recording.message[positions] != 0
    good = positions[~failed]
    times = np.sort(np.maximum(recording.response_time[good].astype(np.float64) + recording.lag[good], FASTEST))
    cut = len(times) // TRIMMED
    return BlockFigures(
        requests=len(positions),
        failures=int(failed.sum()),
        log_mean=float(np.log(times[cut : len(times) - cut]).mean()) if len(times) >= NEEDED["log_mean"] else None,
        **{
            name: float(times[rank_of(len(times), int(name[1:]) / 100)]) if len(times) >= needed else None
            for name, needed in NEEDED.items()
            if name != "log_mean"
        },
    )

"""Base and head on one machine, loaded in turns: block by block, so that it can be judged again with other limits."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from perfgate.records.base import Count, PerSecond, Record, Seconds

# More load would not change the verdict: all is decided, or nothing can be expected to be.
EnoughBecause = Literal["decided", "futile"]
EndedBecause = Literal["decided", "planned", "stack-broke", "futile"]


class Side(StrEnum):
    BASE = "base"
    HEAD = "head"


class BlockFigures(Record):
    """One endpoint in one block of one side; a percentile that too few successes bear is None."""

    requests: Count
    failures: Count
    p50: Seconds | None
    p95: Seconds | None
    p99: Seconds | None
    log_mean: float | None = Field(description="mean of ln(seconds), without the lowest and highest 5 %")


class PairedBlocks(Record):
    label: str
    base: BlockFigures
    head: BlockFigures


class BlockCpu(Record):
    """Processor time of the stacks from one bound of a block to the next; seconds, all cores together."""

    loaded: Seconds = Field(ge=0, description="of the side whose block it is")
    idle: Seconds | None = Field(ge=0, description="of the other side, meanwhile; None: it was not up")
    wall: Seconds = Field(gt=0)
    requests: Count = Field(description="sent in the whole block, its beginning included")


class Pair(Record):
    """A block of each side, one right after the other, with the same requests; which came first was a coin flip."""

    opened_at: float = Field(description="seconds since the epoch at which the first block opened")
    first: Side
    overlapping: Count = Field(description="requests of one side that still ran when the other's block had begun")
    blocks: tuple[PairedBlocks, ...] = Field(description="all together first")
    base_cpu: BlockCpu | None = Field(default=None, description="in the base's block; None: it could not be read")
    head_cpu: BlockCpu | None = None


class FreshStart(Record):
    """Both stacks, newly started, and the pairs measured on them."""

    pairs: tuple[Pair, ...]
    ended_because: EndedBecause
    swapped: bool = Field(
        default=False, description="the stacks were never up together: each block is of a fresh start of its side"
    )
    first_up: Side | None = Field(default=None, description="which stack was started first, as a coin had it")

    @property
    def judged(self) -> tuple[Pair, ...]:
        """The first pair is kept and not judged, unless there was a warm-up of its own before each block."""
        return self.pairs if self.swapped else self.pairs[1:]


class Design(Record):
    """What was planned before anything was measured."""

    seed: int
    block: Seconds
    looks: tuple[Count, ...] = Field(description="numbers of pairs, the first one not counted, at which to look")
    fresh_looks: tuple[Count, ...] = Field(
        default_factory=lambda earlier: earlier["looks"], description="the same for fresh starts, which are to confirm"
    )
    rate: PerSecond | None = Field(default=None, description="at which requests are sent; None: users wait for answers")

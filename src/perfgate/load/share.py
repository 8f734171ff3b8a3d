"""Which part of a load a process generates: one of several workers sends its share of a rate, and its own numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from perfgate.load.turns import Turn


@dataclass
class Share:
    """`index` counts from 0. A process that generates alone has all of it."""

    index: int = 0
    of: int = 1

    def number(self, count: int) -> int:
        """The `count`-th (from 0) of those natural numbers, from 1, that no other worker draws."""
        return self.index + 1 + self.of * count

    def due_times(self, turn: Turn, rate: float, spacing: str) -> Iterator[float]:
        """When to send, in seconds since the epoch, without end; `rate` is that of all workers together.

        Of an even row each worker sends every n-th; Poisson processes add up to one (superposition).
        """
        chance = random.Random(turn.seed + self.index)  # noqa: S311 - no secret is drawn
        step, own_rate = self.of / rate, rate / self.of
        first = (self.index + 0.5) / rate
        at = turn.opens + (first if spacing == "even" else chance.expovariate(own_rate))
        while True:
            yield at
            at += step if spacing == "even" else chance.expovariate(own_rate)


own_share = Share()  # of this process; a worker learns its own when it joins, before its users are spawned

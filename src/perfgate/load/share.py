"""Which part of a load a process generates: one of several workers sends its share of a rate, and its own numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Share:
    """`index` counts from 0. A process that generates alone has all of it."""

    index: int = 0
    of: int = 1

    def number(self, count: int) -> int:
        """The `count`-th (from 0) of those natural numbers, from 1, that no other worker draws."""
        return self.index + 1 + self.of * count


own_share = Share()  # of this process; a worker learns its own when it joins, before its users are spawned

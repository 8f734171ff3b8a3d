"""How far two clocks differ, from messages that go to and fro."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClockReading:
    """`offset` seconds are to be added to times of this machine to have the other's; it is known to within `error`."""

    offset: float
    error: float


def read_clock(*, sent: float, answered: float, received: float) -> ClockReading:
    """Seconds: sent and received by this clock, answered by the other. As in NTP (RFC 5905, section 8), with an answer
    that takes no time: the other's clock read in the middle of the way, to within half of the way.
    """
    return ClockReading(answered - (sent + received) / 2, abs(received - sent) / 2)

"""What a person watching a run is told while it goes on; never a verdict word."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """About once a second from the load. Rates and percentiles cover the last few seconds; None: nothing yet."""

    elapsed: float  # seconds of load
    remaining: float | None  # seconds of load
    users: int
    requests: int
    failures: int
    request_rate: float | None
    p95: float | None  # seconds

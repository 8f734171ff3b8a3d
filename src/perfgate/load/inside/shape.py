"""The shape of a load profile with stages."""

from __future__ import annotations

from collections.abc import Sequence

from locust import LoadTestShape


class StagesShape(LoadTestShape):
    """Follows `stages`, each (seconds, users, users per second), and ends the load after the last."""

    def __init__(self, stages: Sequence[tuple[float, int, float]]) -> None:
        super().__init__()
        self._stages = stages

    def tick(self) -> tuple[int, float] | None:
        left = self.get_run_time()
        for duration, users, spawn_rate in self._stages:
            if left < duration:
                return users, spawn_rate
            left -= duration
        return None

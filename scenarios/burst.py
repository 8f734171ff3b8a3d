"""Burst, whether the application survives a sudden rise, recovers, and survives the next one.

    locust -f scenarios/burst.py --headless --host http://localhost:8000

20 users, all at once 200, 20 again, and the same once more; a minute each, waits of 3 to 7 s.
"""

from locust import LoadTestShape

from visitor import Visitor

__all__ = ["Burst", "Visitor"]

# Seconds, users, users a second on the way there.
STAGES = (
    (60, 20, 10),
    (60, 200, 50),
    (60, 20, 50),
    (60, 200, 50),
    (60, 20, 50),
)


class Burst(LoadTestShape):
    def tick(self) -> tuple[int, float] | None:
        left = self.get_run_time()
        for seconds, users, spawn_rate in STAGES:
            if left < seconds:
                return users, spawn_rate
            left -= seconds
        return None

"""Traffic that `perfgate.yml` declares, as a Locust user."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Mapping
from typing import Any, Final

from locust import FastHttpUser, task

from perfgate.load.inside.arrivals import Arrivals
from perfgate.load.inside.exchange import exchange
from perfgate.load.inside.journeys import travel
from perfgate.load.inside.prepared import Prepared, PreparedJourney, prepare, prepare_journey

# Two loads of the same settings draw the same requests in the same order, as far as the users' turns allow.
SEED: Final = 20_251_115


def declared_user(
    traffic: Mapping[str, Any],
    chance: random.Random,
    environ: Mapping[str, str],
    arrivals: Arrivals | None = None,
) -> type[FastHttpUser]:
    """A user class that sends `traffic` (`settings.traffic.Traffic` as JSON): a weighted request or journey after each
    wait, or for each of the `arrivals`.
    """
    requests = [prepare(each, chance, environ) for each in traffic["requests"]]
    journeys = [prepare_journey(each, chance, environ) for each in traffic["journeys"]]
    kinds: list[Prepared | PreparedJourney] = [*requests, *journeys]
    weights = list(itertools.accumulate(each["weight"] for each in (*traffic["requests"], *traffic["journeys"])))
    calls = [*requests, *(step.request for each in journeys for step in each.steps)]
    shortest, longest = traffic["wait"]
    next_arrival = arrivals.next if arrivals is not None else None

    class DeclaredTraffic(FastHttpUser):
        network_timeout = connection_timeout = max(each.timeout for each in calls)
        _has_begun = False

        def on_start(self) -> None:
            if next_arrival is None:
                self.wait()

        def wait_time(self) -> float:
            """The first is anything up to the longest: users spawned together must not stay in step."""
            if next_arrival is not None:
                return 0.0
            low = shortest if self._has_begun else 0.0
            self._has_begun = True
            return chance.uniform(low, longest)

        @task
        def send(self) -> None:
            due = next_arrival() if next_arrival is not None else None
            chosen = chance.choices(kinds, cum_weights=weights)[0]
            lag = 0.0 if due is None else max(0.0, time.time() - due)
            if isinstance(chosen, Prepared):
                exchange(self, chosen, chosen.draw(), lag=lag)
            else:
                travel(self, chosen, chance, lag=lag)

    return DeclaredTraffic

"""The Locust file for traffic that `perfgate.yml` declares; Locust loads it by its path."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import locust

from perfgate.load.inside.arrivals import Arrivals
from perfgate.load.inside.traffic import SEED, declared_user
from perfgate.load.inside.users_clock import users_clock
from perfgate.load.plan import PLAN_VARIABLE, Plan
from perfgate.load.share import own_share

_plan = Plan.read(Path(os.environ[PLAN_VARIABLE]))
if _plan.traffic is None:
    raise ValueError("the plan declares no traffic")

# Each turn seeds the clock's own generator, so that both sides draw the same.
_chance = users_clock.chance if _plan.turns else random.Random(SEED)  # noqa: S311 - no secret is drawn
_rate, _spacing = _plan.traffic["rate"], _plan.traffic["spacing"]
_arrivals = Arrivals(_rate, _spacing, users_clock) if _rate is not None else None
if _arrivals is not None:
    locust.events.test_stopping.add_listener(_arrivals.close)


def _draw_for_itself(**_: Any) -> None:
    """A worker among several must not send the very requests of the others."""
    if own_share.index:
        _chance.seed(SEED + own_share.index)


locust.events.test_start.add_listener(_draw_for_itself)
DeclaredTraffic = declared_user(_plan.traffic, _chance, os.environ, _arrivals)

"""The Locust file for traffic that `perfgate.yml` declares; Locust loads it by its path."""

from __future__ import annotations

import os
from pathlib import Path

from perfgate.load.inside.traffic import declared_user
from perfgate.load.plan import PLAN_VARIABLE, Plan

_plan = Plan.read(Path(os.environ[PLAN_VARIABLE]))
if _plan.traffic is None:
    raise ValueError("the plan declares no traffic")

DeclaredTraffic = declared_user(_plan.traffic)

"""What a worker of another machine is given before it joins: plan, Locust file and choice of users, but no variables
of the environment, since nobody is asked who he is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from perfgate import __version__
from perfgate.load.plan import Plan


def lent(plan: Plan, user_classes: Sequence[type]) -> dict[str, Any]:
    """`hosts` stays here: names of a stack's own network lead nowhere from another machine."""
    path = Path(plan.locustfile)
    return {
        "version": __version__,
        "plan": asdict(replace(plan, hosts={}, recording="", log="")),
        "locustfile": {"name": path.name, "text": path.read_text(encoding="utf-8")} if plan.expect_workers else None,
        "user_classes": [each.__name__ for each in user_classes],
    }

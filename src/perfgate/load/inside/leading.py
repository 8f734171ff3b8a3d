"""The process that leads a load which workers share: Locust's master, prepared before the load begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from locust import runners
from locust.env import Environment
from locust.runners import MasterRunner

from perfgate.load.inside.gathering import Gathering
from perfgate.load.inside.lending import lent
from perfgate.load.plan import Plan

HEARTBEATS: Final = (
    8  # missed in a row, one a second, until a worker is lost; Locust's own 3 are few for a busy machine
)


def lead(
    environment: Environment,
    runner: MasterRunner,
    plan: Plan,
    *,
    fail: Callable[[OSError], None],
    note: Callable[[str], None],
) -> Gathering:
    runners.HEARTBEAT_LIVENESS = HEARTBEATS
    environment.parsed_options.expect_workers = plan.all_workers
    gathering = Gathering(
        runner=runner,
        expected=plan.all_workers,
        folder=Path(plan.recording),
        fail=fail,
        note=note,
        lent=lent(plan, environment.user_classes),
    )
    gathering.listen()
    environment._filter_tasks_by_tags()  # noqa: SLF001 - a master shares out its user classes before the test starts
    return gathering

"""Baseline, what everyday traffic is like: the scenario to compare every change with.

    locust -f scenarios/baseline.py --headless --host http://localhost:8000

10 users, 2 more each second, 5 minutes, waits of 3 to 7 s; -u, -r and -t override.
"""

from typing import Any

from locust import events

from visitor import Visitor

__all__ = ["Visitor"]


@events.init_command_line_parser.add_listener
def set_defaults(parser: Any, **_: Any) -> None:
    parser.set_defaults(num_users=10, spawn_rate=2, run_time="5m")

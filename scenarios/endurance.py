"""Endurance, half an hour of steady load, for what only shows with time: leaks, slow-down.

    locust -f scenarios/endurance.py --headless --host http://localhost:8000

50 users, 5 more each second, 30 minutes, waits of 3 to 7 s; -u, -r and -t override.
"""

from typing import Any

from locust import events

from visitor import Visitor

__all__ = ["Visitor"]


@events.init_command_line_parser.add_listener
def set_defaults(parser: Any, **_: Any) -> None:
    parser.set_defaults(num_users=50, spawn_rate=5, run_time="30m")

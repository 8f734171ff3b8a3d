"""Peak, the busiest hour, held.

    locust -f scenarios/peak.py --headless --host http://localhost:8000

100 users, 10 more each second, 10 minutes, waits of 3 to 7 s; -u, -r and -t override.
"""

from typing import Any

from locust import events

from visitor import Visitor

__all__ = ["Visitor"]


@events.init_command_line_parser.add_listener
def set_defaults(parser: Any, **_: Any) -> None:
    parser.set_defaults(num_users=100, spawn_rate=10, run_time="10m")

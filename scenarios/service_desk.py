"""A service desk: signed webhooks, each followed until its ticket is enriched, and questions to an assistant.

    DESK_SECRET=not-a-secret locust -f scenarios/service_desk.py --headless --host http://localhost:8000

10 users, 2 more each second, 5 minutes, waits of 1 to 3 s; -u, -r and -t override. It fits the example platform
(`examples/tickets`); copy it and change paths, bodies and signature. In perfgate.yml: `locustfile: …` and
`secrets: [DESK_SECRET]`.
"""

import random
from typing import Any

from locust import FastHttpUser, between, events, task

from perfgate.users import Journeys, SignedWebhooks, StreamedAnswers


@events.init_command_line_parser.add_listener
def set_defaults(parser: Any, **_: Any) -> None:
    parser.set_defaults(num_users=10, spawn_rate=2, run_time="5m")


class ServiceDesk(SignedWebhooks, Journeys, StreamedAnswers, FastHttpUser):
    wait_time = between(1, 3)
    signing = {"secret_env": "DESK_SECRET", "headers": {"X-Signature": "sha256={signature}"}}

    @task(3)
    def webhook_to_enriched_ticket(self) -> None:
        ticket = {"title": f"Printer {random.randint(1, 400)} is on fire", "description": "It burns at 60 °C."}
        with self.journey("webhook to enriched ticket", within=20) as journey:
            taken = self.post_signed("/webhooks/desk", json=ticket, name="/webhooks/{source}")
            if taken.status_code != 202:
                journey.fail(f"the webhook was answered {taken.status_code}")
            journey.poll(
                f"/api/v1/tickets/{taken.json()['id']}",
                name="/api/v1/tickets/{id}",
                until=lambda answer: answer.json()["status"] == "enriched",
            )

    @task(2)
    def question(self) -> None:
        messages = [{"role": "user", "content": f"My printer in room {random.randint(1, 400)} burns. What now?"}]
        self.stream("/api/v1/chat", json={"messages": messages})

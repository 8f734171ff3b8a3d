"""For Locust files: signed webhooks, journeys of several requests, streamed answers, measured as declared traffic is.

    from locust import FastHttpUser
    from perfgate.users import Journeys, SignedWebhooks, StreamedAnswers

    class Desk(SignedWebhooks, Journeys, StreamedAnswers, FastHttpUser):
        signing = {"like": "github", "secret_env": "HOOK_SECRET"}

They work under PerfGate and under plain Locust alike, with FastHttpUser and HttpUser.
"""

from __future__ import annotations

from perfgate.load.inside.mixins import JourneyOfUser, Journeys, SignedWebhooks, StreamedAnswers

__all__ = ["JourneyOfUser", "Journeys", "SignedWebhooks", "StreamedAnswers"]

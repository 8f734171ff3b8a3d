"""Journeys and streamed answers by real Locust: declared, and in Locust files of users' own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perfgate.errors import LoadError
from perfgate.judge.pairing import pair_up
from perfgate.judge.summary import Summary, summarise
from perfgate.load.driving import Driven
from perfgate.load.order import declared_endpoints
from perfgate.load.pairing import PairedOrder, drive_pairs
from perfgate.records.pairs import Design
from perfgate.records.recording import Recording
from perfgate.settings.scenario import Scenario
from perfgate.settings.traffic import Traffic
from tests.integration.load.conftest import Loading
from tests.integration.load.desk import FIRST_TOKEN, JOB_TAKES, PER_TOKEN, TOKENS, Desk, desk

# Seconds between the first token and the last: half of what the server leaves, for a reader that may come late to the
# first.
SEEN_APART = (TOKENS - 1) * PER_TOKEN / 2


@pytest.fixture
def server() -> Iterator[Desk]:  # in place of the counting one
    with desk() as running:
        yield running


def journey(*steps: dict[str, Any], **keys: Any) -> dict[str, Any]:
    begin = {"post": "/hook", "json": {"n": "{n}"}, "values": {"n": "sequence"}, "take": {"id": "data.items[0].id"}}
    return {"name": "a job", "within": "5s", "steps": [begin, *steps], **keys}


def traffic(*journeys: dict[str, Any], requests: tuple[dict[str, Any], ...] = ()) -> Scenario:
    described = {"wait": "10ms..20ms", "journeys": journeys, "requests": requests}
    return Scenario(traffic=Traffic.model_validate(described))


def failures(recording: Recording) -> dict[str, Counter[str]]:
    """By endpoint: messages of what failed, and how many went well under the empty one."""
    found: dict[str, Counter[str]] = {}
    for endpoint, message in zip(recording.endpoint, recording.message, strict=True):
        label = recording.endpoints[endpoint].label
        found.setdefault(label, Counter())[recording.messages[message]] += 1
    return found


def summary_of(driven: Driven) -> Summary:
    return summarise(driven.recording, started_at=driven.started_at, ended_at=driven.ended_at, warm_up=0)


def times(recording: Recording, label: str) -> np.ndarray[Any, Any]:
    at = [each.label for each in recording.endpoints].index(label)
    return recording.response_time[recording.endpoint == at]


def test_a_journey_is_measured_from_its_begin_to_what_it_waits_for(loading: Loading, server: Desk) -> None:
    scenario = traffic(
        journey({"get": "/jobs/{id}", "until": {"json": "state", "equals": "done"}, "every": "50ms"}),
        requests=({"get": "/jobs/0", "name": "/jobs"},),
    )
    driven = loading.drive(loading.order(scenario, duration=2, users=4))
    recording = driven.recording
    assert set(recording.endpoints) == set(declared_endpoints(scenario))
    assert set(failures(recording)["JOURNEY a job"]) == {""}
    taken = times(recording, "JOURNEY a job")
    assert taken.min() >= JOB_TAKES
    # No longer than the server saw it take, on however busy a machine, but for the way to it and back.
    seen = [done - server.begun[number] for number, done in server.done.items()]
    assert np.quantile(taken, 0.25) < np.quantile(seen, 0.25) + 0.3
    assert len(taken) == len(server.begun)  # those under way at the end were let finish
    steps = sum(len(times(recording, label)) for label in ("POST /hook", "GET /jobs"))
    summary = summary_of(driven)
    # Without journeys and polls; the timeline's last second has what was begun after the end, too.
    assert summary.total.requests <= sum(summary.timeline.requests) <= steps < len(recording)
    assert [f"GET /jobs/{number}" for number in server.begun] == sorted(
        {f"{method} {path}" for method, path, _ in server.requests if path.startswith("/jobs/")} - {"GET /jobs/0"},
        key=lambda line: int(line.rpartition("/")[2]),
    )


def test_values_are_taken_from_headers_and_text_too(loading: Loading, server: Desk) -> None:
    takes = {
        "whole header": ({"link": {"header": "location"}}, {"get": "/x", "headers": {"X-Path": "{link}"}}),
        "in header": ({"id": {"header": "Location", "text": r"/jobs/(\d+)"}}, {"get": "/jobs/{id}"}),
        "in text": ({"id": {"text": r"#(\d+)\."}}, {"get": "/never/{id}"}),
    }
    journeys = [
        journey(name=name, steps=[{"post": "/hook", "take": take}, step]) for name, (take, step) in takes.items()
    ]
    order = loading.order(traffic(*journeys), duration=60)
    driven = loading.drive(order, should_stop=lambda: len(server.begun) > 50)
    found = failures(driven.recording)
    assert {label: set(found[label]) for label in found if label.startswith("JOURNEY")} == {
        f"JOURNEY {name}": {""} for name in takes
    }
    asked = {path for _, path, _ in server.requests}
    for kind in ("jobs", "never"):
        assert {f"/{kind}/{number}" for number in server.begun} >= {each for each in asked if kind in each} != set()


def test_a_journey_fails_by_its_limit_by_what_a_step_says_and_by_what_is_missing(
    loading: Loading, server: Desk
) -> None:
    until = {"json": "state", "equals": "done"}
    scenario = traffic(
        journey({"get": "/never/{id}", "until": until, "every": "50ms"}, name="late", within="500ms"),
        journey(
            {"get": "/broken/{id}", "until": until, "fail_on": {"json": "state", "equals": "failed"}}, name="failed"
        ),
        journey({"get": "/jobs/{id}", "take": {"x": "nothing.here"}}, name="missing"),
        journey({"get": "/jobs/{id}", "expect_status": [204]}, name="refused"),
        journey({"get": "/later/{id}", "until": {"status": 200}, "every": "50ms"}, name="appears"),
    )
    order = loading.order(scenario, duration=60, users=6)
    driven = loading.drive(order, should_stop=lambda: len(server.begun) > 60)
    found = failures(driven.recording)
    assert {label: set(messages) for label, messages in found.items() if label.startswith("JOURNEY")} == {
        "JOURNEY late": {"not done within 0.5 s"},
        "JOURNEY failed": {"step 2: the answer is as `fail_on` says"},
        "JOURNEY missing": {'step 2: the answer\'s JSON has no $["nothing"]["here"]'},
        "JOURNEY refused": {"step 2: status 200, expected 204"},
        "JOURNEY appears": {""},
    }
    assert set(found["POLL /later/{id}"]) == {""}  # a 404 was what they waited through
    late = times(driven.recording, "JOURNEY late")
    assert late.min() >= 0.5
    assert late.max() < 5  # the limit of the others


def test_the_same_load_draws_the_same_bodies(loading: Loading, server: Desk) -> None:
    step = {"post": "/hook", "json": {"n": "{n}"}, "values": {"n": "1..1000000"}}
    scenario = traffic(journey(steps=[step, step]))
    bodies = []
    for _ in range(2):
        server.requests.clear()
        order = loading.order(scenario, duration=60, users=1)
        loading.drive(order, should_stop=lambda: len(server.requests) > 10)
        bodies.append([body for _, _, body in server.requests])
    shorter = min(map(len, bodies))
    assert shorter > 4
    assert bodies[0][:shorter] == bodies[1][:shorter]


def streamed(how: str, **keys: Any) -> dict[str, Any]:
    return {"post": f"/chat/{how}", "json": {"stream": True}, "stream": "openai", **keys}


@pytest.mark.alone
def test_tokens_of_streamed_answers_are_timed(loading: Loading, server: Desk) -> None:
    driven = loading.drive(loading.order(traffic(requests=(streamed("chat"), streamed("closed"))), duration=2, users=3))
    for path in ("/chat/chat", "/chat/closed"):
        whole, first, per_token = (
            times(driven.recording, label) for label in (f"POST {path}", f"TTFT POST {path}", f"TPOT POST {path}")
        )
        assert set(failures(driven.recording)[f"POST {path}"]) == {""}
        assert len(whole) == len(first) == len(per_token)
        assert first.min() >= FIRST_TOKEN
        assert np.median(first) < np.median(whole) - SEEN_APART
        # The server says that it counted eleven tokens, in six events.
        assert np.median(per_token) == pytest.approx((TOKENS - 1) * PER_TOKEN / 10, rel=0.5)
        assert whole.min() >= FIRST_TOKEN + (TOKENS - 1) * PER_TOKEN
    assert summary_of(driven).total.requests <= 2 * len(times(driven.recording, "POST /chat/chat")) + 20


def test_streams_that_do_not_end_well_are_failures_without_tokens(loading: Loading, server: Desk) -> None:
    kinds = ("cut", "unfinished", "failing", "refused")
    requests = (*(streamed(kind) for kind in kinds), streamed("slow", timeout="600ms"))
    order = loading.order(traffic(requests=requests), duration=60, users=5)
    driven = loading.drive(order, should_stop=lambda: len(server.requests) > 60)
    found = {label: set(messages) for label, messages in failures(driven.recording).items()}
    (cut,) = found.pop("POST /chat/cut")
    assert cut.startswith(("the stream broke off (", "the stream ended before [DONE]"))
    assert found == {
        "POST /chat/unfinished": {"the stream ended before [DONE]"},
        "POST /chat/failing": {"the stream ended in an error"},
        "POST /chat/refused": {"status 429"},
        "POST /chat/slow": {"no whole answer within 0.6 s"},
    }


@pytest.mark.parametrize("client", ["FastHttpUser", "HttpUser"])
def test_locust_files_may_do_the_same(loading: Loading, server: Desk, client: str) -> None:
    scenario = loading.locustfile(f"""
        from locust import {client}, constant, task
        from perfgate.users import Journeys, SignedWebhooks, StreamedAnswers

        class Desk(SignedWebhooks, Journeys, StreamedAnswers, {client}):
            wait_time = constant(0.01)
            signing = {{"like": "github", "secret_env": "HOOK"}}

            @task
            def job(self):
                with self.journey("a job", within=5) as journey:
                    job = self.post_signed("/hook", json={{"a": "é"}}).json()["data"]["items"][0]["id"]
                    journey.poll(f"/jobs/{{job}}", name="/jobs/ID", until=lambda a: a.json()["state"] == "done")

            @task
            def failing(self):
                with self.journey("failing", within=5) as journey:
                    journey.fail("on purpose")

            @task
            def chat(self):
                assert self.stream("/chat/chat", json={{}}).tokens == {TOKENS}
                assert self.stream("/chat/failing", json={{}}) is None
        """)
    scenario = scenario.model_copy(update={"secrets": ("HOOK",)})
    order = loading.order(scenario, duration=60)
    environ = {"HOOK": "s3cret", "PATH": ""}
    driven = loading.drive(order, environ=environ, should_stop=lambda: len(server.begun) > 60)
    assert {label: set(messages) for label, messages in failures(driven.recording).items()} == {
        "POST /hook": {""},
        "POLL /jobs/ID": {""},
        "JOURNEY a job": {""},
        "JOURNEY failing": {"on purpose"},
        "POST /chat/chat": {""},
        "TTFT POST /chat/chat": {""},
        "TPOT POST /chat/chat": {""},
        "POST /chat/failing": {"the stream ended in an error"},
    }
    assert driven.notes == ()
    assert times(driven.recording, "JOURNEY a job").min() >= JOB_TAKES
    first, whole = (times(driven.recording, f"{label}POST /chat/chat") for label in ("TTFT ", ""))
    assert first.min() >= FIRST_TOKEN
    assert np.median(first) < np.median(whole) - SEEN_APART
    assert {body for _, path, body in server.requests if path == "/hook"} == {b'{"a":"\\u00e9"}'}


def test_a_secret_that_is_missing_is_said_before_any_load(loading: Loading, server: Desk) -> None:
    scenario = loading.locustfile("""
        from locust import FastHttpUser
        from perfgate.users import SignedWebhooks

        class Desk(SignedWebhooks, FastHttpUser):
            signing = {"like": "github", "secret_env": "HOOK"}
        """)
    with pytest.raises(LoadError, match=r"HOOK.* is not set") as caught:
        loading.drive(loading.order(scenario))
    assert "secrets: [HOOK]" in str(caught.value)
    assert not Path(loading.out / "locust.html").exists()


@pytest.mark.alone
def test_side_by_side_journeys_go_on_in_the_other_turn_and_send_the_same(loading: Loading, server: Desk) -> None:
    """Jobs take 0.3 s and turns 0.6 s: every other journey would be stretched by the other side's turn."""
    job = journey({"get": "/jobs/{id}", "until": {"json": "state", "equals": "done"}, "every": "20ms"})
    job["steps"][0]["values"] = {"n": "1..1000000"}
    scenario = Scenario(traffic=Traffic.model_validate({"rate": "25/s", "journeys": [job]}))
    with desk() as other:
        head = loading.order(scenario, users=20)
        base = replace(head, target=other.url, out=head.out / "base")
        load = drive_pairs(
            PairedOrder(base, head, Design(seed=3, block=0.6, looks=(3,)), warm_up=0.6),
            environ={},
            on_progress=lambda _: None,
            should_stop=lambda: False,
            enough=lambda *_: None,
        )
        sent = [
            Counter(body for method, path, body in each.requests if path == "/hook" and method == "POST")
            for each in (server, other)
        ]
    assert sum((sent[0] & sent[1]).values()) >= 0.9 * max(map(Counter.total, sent))
    for driven in (load.base, load.head):
        taken = times(driven.recording, "JOURNEY a job")
        assert set(failures(driven.recording)["JOURNEY a job"]) == {""}
        assert len(taken) > 40
        assert np.quantile(taken, 0.7) < JOB_TAKES + 0.4  # held up, half of them would take 0.6 s longer
    pairs = pair_up(load.base.recording, load.head.recording, load.turns)
    labels = {block.label for pair in pairs for block in pair.blocks}
    assert labels == {"total", "POST /hook", "POLL /jobs/{id}", "JOURNEY a job"}
    assert all(pair.blocks[0].head.requests < 20 for pair in pairs)  # hooks alone, 25 a second

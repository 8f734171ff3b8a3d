"""API, worker and LLM stand-in together, as `--stack process` starts them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.tickets.platform import started
from tickets.signing import sign

pytestmark = pytest.mark.timeout(60)
SECRET = "of the test"


@dataclass(frozen=True)
class Platform:
    llm: str
    api: str
    worker: str


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    data = tmp_path_factory.mktemp("tickets")
    with ExitStack() as stack:
        llm = stack.enter_context(started("llm", data, LLM_LATENCY="20ms", LLM_TOKENS="6"))
        delay = "GET /api/v1/health=200ms, GET /api/v1/tickets/{id}=200ms"
        api = stack.enter_context(started("api", data, TICKETS_SECRET=SECRET, TICKETS_DELAY=delay))
        yield Platform(llm, api, stack.enter_context(started("worker", data, TICKETS_LLM=llm)))


def within(seconds: float, condition: Callable[[], Any]) -> Any:
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


def metric(url: str, name: str, **labels: str) -> float:
    families = text_string_to_metric_families(requests.get(f"{url}/metrics", timeout=5).text)
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def post_webhook(api: str, body: bytes, **headers: str) -> requests.Response:
    return requests.post(f"{api}/webhooks/desk", data=body, headers=headers, timeout=5)


def test_health(platform: Platform) -> None:
    assert requests.get(f"{platform.api}/health", timeout=5).json() == {"status": "ok"}
    deep = requests.get(f"{platform.api}/api/v1/health", timeout=5).json()
    assert deep.keys() == {"status", "database", "queue_depth"}
    assert deep["database"] == "ok"


def test_tickets_are_seeded_listed_and_found(platform: Platform) -> None:
    tickets = requests.get(f"{platform.api}/api/v1/tickets", params={"limit": 3}, timeout=5).json()["tickets"]
    assert len(tickets) == 3
    assert [each["id"] for each in tickets] == sorted((each["id"] for each in tickets), reverse=True)
    assert requests.get(f"{platform.api}/api/v1/tickets/100", timeout=5).json()["status"] == "enriched"
    missing = requests.get(f"{platform.api}/api/v1/tickets/999999", timeout=5)
    assert (missing.status_code, missing.json()) == (404, {"error": "no ticket 999999"})


def test_signed_webhook_becomes_an_enriched_ticket(platform: Platform) -> None:
    before = metric(platform.worker, "tickets_enrichments_total", outcome="enriched")
    body = (
        b'{"title": "Printer","description":"burns", "at": "2025-11-03T10:00:00+00:00"}'  # neither compact nor spaced
    )
    taken = post_webhook(platform.api, body, **{"X-Signature": sign(SECRET.encode(), body)})
    assert taken.status_code == 202, taken.text
    url = f"{platform.api}/api/v1/tickets/{taken.json()['id']}"

    ticket = within(15, lambda: (got := requests.get(url, timeout=5).json())["status"] == "enriched" and got)
    assert ticket["source"] == "desk"
    assert ticket["summary"] == "Printer burns Printer burns Printer burns"
    assert ticket["enriched_at"] > ticket["received_at"]
    assert metric(platform.worker, "tickets_enrichments_total", outcome="enriched") > before
    assert metric(platform.worker, "tickets_in_queue_seconds_count") > 0
    assert metric(platform.api, "tickets_received_total", source="desk") == 1


def test_wrongly_signed_webhook_is_refused_with_the_reason(platform: Platform) -> None:
    wrong = post_webhook(platform.api, b"{}", **{"X-Signature": sign(b"another", b"{}")})
    assert (wrong.status_code, wrong.json()) == (401, {"error": "signature does not match the body"})
    unsigned = post_webhook(platform.api, b"{}")
    assert (unsigned.status_code, unsigned.json()) == (401, {"error": "no X-Signature header"})


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"title": 1}', b'{"title": ""}'])
def test_what_is_no_ticket_is_refused(platform: Platform, body: bytes) -> None:
    assert requests.post(f"{platform.api}/api/v1/tickets", data=body, timeout=5).status_code == 400


def test_delay_holds_back_the_named_endpoints_and_no_other(platform: Platform) -> None:
    def quickest_of_five(path: str) -> float:
        return min(requests.get(platform.api + path, timeout=5).elapsed.total_seconds() for _ in range(5))

    assert quickest_of_five("/api/v1/health") >= 0.2
    assert quickest_of_five("/api/v1/tickets/1") >= 0.2
    assert quickest_of_five("/health") < 0.2
    assert quickest_of_five("/api/v1/tickets") < 0.2
    waited = metric(platform.api, "tickets_request_seconds_sum", endpoint="GET /api/v1/health", status="200")
    assert waited >= 5 * 0.2  # the platform's own metrics tell of the delay, too


def test_llm_streams_what_it_also_answers_whole(platform: Platform) -> None:
    ask = {"model": "m", "messages": [{"role": "user", "content": "a b"}], "max_tokens": 3}
    url = f"{platform.llm}/v1/chat/completions"
    whole = requests.post(url, json=ask, timeout=5).json()
    assert whole["choices"][0]["message"]["content"] == "a b a"
    assert whole["usage"] == {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}

    with requests.post(url, json={**ask, "stream": True}, stream=True, timeout=5) as answer:
        lines = [line.removeprefix("data: ") for line in answer.iter_lines(decode_unicode=True) if line]
    assert lines.pop() == "[DONE]"
    choices = [json.loads(line)["choices"][0] for line in lines]
    assert "".join(choice["delta"].get("content", "") for choice in choices) == "a b a"
    assert [choice["finish_reason"] for choice in choices] == [None, None, None, "stop"]


def test_leak_grows(tmp_path: Path) -> None:
    with started("api", tmp_path, TICKETS_LEAK="1200MiB/min") as api:
        first = metric(api, "process_resident_memory_bytes")
        within(20, lambda: metric(api, "process_resident_memory_bytes") > first + 30 * 2**20)

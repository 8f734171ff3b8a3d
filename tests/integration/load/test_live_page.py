"""The page that Prometheus reads while a load runs says what the recording says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
import requests
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from perfgate.errors import SettingsError
from perfgate.load.live.page import LivePage, serve
from perfgate.records.progress import Progress
from perfgate.settings.scenario import Scenario
from perfgate.settings.traffic import Traffic
from tests.integration.load.conftest import Loading
from tests.integration.load.serving import CountingServer

pytestmark = pytest.mark.timeout(60)
TRAFFIC = Traffic.model_validate(
    {"wait": "5ms..20ms", "requests": [{"path": "/health", "weight": 3}, {"path": "/status/404"}]}
)


def scraped(port: int, accept: str = "text/plain") -> str:
    answer = requests.get(f"http://127.0.0.1:{port}/metrics", headers={"Accept": accept}, timeout=5)
    answer.raise_for_status()
    return answer.text


def samples(text: str) -> dict[str, float]:
    """Summed over their labels."""
    sums: dict[str, float] = defaultdict(float)
    for family in plain_text(text):
        for sample in family.samples:
            if sample.labels.get("le", "+Inf") == "+Inf":
                sums[sample.name] += sample.value
    return sums


def test_counts_grow_with_the_load_and_end_as_the_recording(loading: Loading, server: CountingServer) -> None:
    page, seen = LivePage(), []
    with serve(page, "127.0.0.1", 0) as port:

        def look(progress: Progress) -> None:
            loading.progress.append(progress)
            seen.append(samples(scraped(port)))

        order = replace(loading.order(Scenario(traffic=TRAFFIC, workers=2), users=4, duration=4), name="steady")
        driven = page.around(loading.drive)(order, environ={}, on_progress=look, should_stop=lambda: False)
        text = scraped(port)
        last = samples(text)
        families = {each.name for each in openmetrics(scraped(port, "application/openmetrics-text; version=1.0.0"))}
    busiest = max(seen, key=lambda each: each["perfgate_users"])
    assert busiest["perfgate_users"] == 4
    assert busiest["perfgate_load_running"] == 1
    assert [each["perfgate_requests_total"] for each in seen] == sorted(
        each["perfgate_requests_total"] for each in seen
    )
    assert last["perfgate_load_running"] == 0
    assert last["perfgate_requests_total"] == len(driven.recording) == server.total > 20
    failed = int((driven.recording.message != 0).sum())
    assert last["perfgate_failures_total"] == failed > 0
    assert last["perfgate_response_time_seconds_bucket"] == last["perfgate_response_time_seconds_count"]
    assert last["perfgate_response_time_seconds_count"] == len(driven.recording) - failed
    succeeded = driven.recording.response_time[driven.recording.message == 0]
    assert last["perfgate_response_time_seconds_sum"] == pytest.approx(float(succeeded.sum()), rel=1e-4)
    assert 'endpoint="/status/404",method="GET",scenario="steady",side="head",status="404"' in text
    assert "perfgate_response_time_seconds" in families


def test_a_port_that_is_taken_is_one_clear_error(server: CountingServer) -> None:
    with (
        pytest.raises(SettingsError, match=r"cannot be served at 127\.0\.0\.1:"),
        serve(LivePage(), "127.0.0.1", server.server_port),
    ):
        pass

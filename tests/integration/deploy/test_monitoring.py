"""Rules and dashboards of deploy/monitoring, against a real Prometheus that read a real load and real exports."""

from __future__ import annotations

import math
import shutil
import subprocess
import textwrap
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from perfgate.load.live.page import LivePage, serve
from perfgate.records.telemetry import SeriesKey, SeriesUnit, Source
from perfgate.report.openmetrics import openmetrics
from tests.builders import measurement, stored, times
from tests.integration.deploy.dashboards import FILES, MONITORING, expressions, filled, labels_asked, read
from tests.integration.load.conftest import Loading
from tests.integration.load.serving import serving
from tests.ports import free_port
from tests.unit.report.test_openmetrics import watched

pytestmark = [pytest.mark.prometheus, pytest.mark.timeout(180)]
LIVE = {"scenario": "steady", "__rate_interval": "6s"}
USERS = """
    from locust import FastHttpUser, constant, task

    class Reader(FastHttpUser):
        wait_time = constant(0.02)

        @task(9)
        def read(self):
            self.client.get("/health")

        @task
        def fail(self):
            self.client.get("/status/500")

        @task
        def journey(self):
            self.environment.events.request.fire(
                request_type="JOURNEY", name="in and out", response_time=250.0, response_length=0
            )
"""
SEEN = {
    SeriesKey(source=Source.CONTAINER, subject="api", name="cpu", unit=SeriesUnit.CORES): 0.5,
    SeriesKey(source=Source.CONTAINER, subject="api", name="memory", unit=SeriesUnit.BYTES): 2.0**28,
    SeriesKey(source=Source.CONTAINER, subject="api", name="throttled", unit=SeriesUnit.RATIO): 0.1,
    SeriesKey(source=Source.PROMETHEUS, subject="api", name="jobs_queue_depth", unit=SeriesUnit.NUMBER): 3.0,
    SeriesKey(source=Source.PROBE, subject="queue", name="value", unit=SeriesUnit.NUMBER): 7.0,
}


@dataclass
class Watching:
    """Of a stack that is always alike."""

    target: str
    hosts: Mapping[str, str]

    def now(self) -> Mapping[SeriesKey, float]:
        return SEEN


@contextmanager
def watch(_asked: object, watched: Watching, _api: object) -> Iterator[Watching]:
    yield watched


@dataclass(frozen=True)
class Prometheus:
    url: str

    def get(self, path: str, **asked: str) -> Any:
        answer = requests.get(f"{self.url}/api/v1/{path}", params=asked, timeout=10).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def values(self, query: str, at: float) -> list[float]:
        found = self.get("query", query=query, time=f"{at:.3f}")["result"]
        return [float(each["value"][1]) for each in found]

    def wait_for(self, query: str, value: float) -> None:
        deadline = time.monotonic() + 20
        while self.values(query, time.time()) != [value]:
            assert time.monotonic() < deadline, f"{query} never became {value}"
            time.sleep(0.2)


@contextmanager
def prometheus(folder: Path, page: int) -> Iterator[Prometheus]:
    """With the settings of deploy/, but for addresses and a quicker pace."""
    settings = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    settings["global"] = {"scrape_interval": "500ms", "evaluation_interval": "1s"}
    settings["scrape_configs"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{page}"]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
    shutil.copy(MONITORING / "rules.yml", folder)
    port = free_port()
    command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=100y", "--log.level=warn"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 30
        while not _is_ready(url):
            assert process.poll() is None, "Prometheus ended"
            assert time.monotonic() < deadline, "Prometheus is not ready"
            time.sleep(0.1)
        yield Prometheus(url)
    finally:
        process.terminate()
        process.wait(20)


def _is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=1).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


RUNS = [
    stored(watched(measurement({"GET /": times(median, 500), "POST /x": times(0.2, 300)}, day=day)))
    for day, median in ((0, 0.1), (0.03, 0.11))
]


@dataclass(frozen=True)
class Scraped:
    prometheus: Prometheus
    at: float  # while the load ran
    recorded: int


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    if shutil.which("prometheus") is None:
        pytest.skip("there is no prometheus")  # the marker says why, or fails
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "runs.om").write_text(openmetrics(RUNS))
    made = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", "runs.om", "data"]
    subprocess.run(made, cwd=folder, check=True, capture_output=True)
    page = LivePage()
    with serving() as server, serve(page, "127.0.0.1", 0) as port, prometheus(folder, port) as running:
        loading = Loading(server.url, folder, folder / "out")
        scenario = loading.locustfile(textwrap.dedent(USERS))
        order = replace(loading.order(scenario, users=4, duration=9), name="steady")
        stack = Watching(order.target, order.hosts)
        with page.around_watch(watch)(None, stack, None):
            driven = page.around(loading.drive)(
                order, environ={}, on_progress=lambda _: None, should_stop=lambda: False
            )
            running.wait_for("perfgate_load_running", 0.0)
        yield Scraped(running, driven.ended_at - 1, len(driven.recording))


@pytest.mark.parametrize(
    "command",
    [("check", "config", "prometheus.yml"), ("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")],
    ids=" ".join,
)
def test_rules_and_settings_hold(command: tuple[str, ...]) -> None:
    ran = subprocess.run(["promtool", *command], cwd=MONITORING, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_has_a_test() -> None:
    rules = yaml.safe_load((MONITORING / "rules.yml").read_text())["groups"][0]["rules"]
    tests = yaml.safe_load((MONITORING / "rules_test.yml").read_text())["tests"]
    raised = {each["alertname"] for test in tests for each in test.get("alert_rule_test", ()) if each.get("exp_alerts")}
    assert {each["alert"] for each in rules if "alert" in each} == raised


@pytest.mark.parametrize("title_and_query", list(expressions(read(MONITORING / "grafana/dashboards/live.json"))))
def test_live_queries_have_answers(scraped: Scraped, title_and_query: tuple[str, str]) -> None:
    found = scraped.prometheus.values(filled(title_and_query[1], LIVE), scraped.at)
    assert found
    assert not any(math.isnan(each) for each in found if "p9" not in title_and_query[0])


@pytest.mark.parametrize("title_and_query", list(expressions(read(MONITORING / "grafana/dashboards/stored.json"))))
def test_stored_queries_have_answers(scraped: Scraped, title_and_query: tuple[str, str]) -> None:
    run = RUNS[-1].measurement
    chosen = {"scenario": "baseline", "run": run.id, "endpoint": ".*", "__interval": "1h", "__rate_interval": "20s"}
    found = scraped.prometheus.values(filled(title_and_query[1], chosen), run.load.started_at.timestamp() + 45)
    assert found
    assert not any(map(math.isnan, found))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_choices_of_the_dashboards_are_filled(scraped: Scraped, path: Path) -> None:
    for selector, label in labels_asked(read(path)):
        match = filled(selector, {"scenario": "baseline"})
        assert scraped.prometheus.get(f"label/{label}/values", **{"match[]": match, "start": "0"}), (selector, label)


def test_what_prometheus_read_is_what_was_recorded(scraped: Scraped) -> None:
    at = time.time()
    aside = sum(scraped.prometheus.values("perfgate_aside_seconds_count", at))
    assert sum(scraped.prometheus.values("perfgate_requests_total", at)) + aside == scraped.recorded
    assert scraped.prometheus.get("query", query="perfgate:errors:ratio1m")["result"]


def test_exported_percentiles_are_those_of_the_runs(scraped: Scraped) -> None:
    for run in RUNS:
        query = 'perfgate_stored_response_time_seconds{endpoint="total", quantile="0.95"}'
        times_ = run.measurement.total.response_times
        assert times_ is not None
        at = run.measurement.load.started_at.timestamp()
        assert scraped.prometheus.values(query, at) == [pytest.approx(times_.p95.value)]

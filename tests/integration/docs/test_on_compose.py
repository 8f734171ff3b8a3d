"""The commands that run the example on compose at its full length, and what stands beside them, seconds long here.

All at once, three at a time; nothing here is timed. What each fault is called `tests/e2e/tickets` holds.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from perfgate.records.judgement import Judgement
from perfgate.records.verdict import ReasonCode, Verdict
from tests.documentation import as_written, shortened
from tests.integration.docs.checkout import Checkout, changed, checkout

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]
RUN = "perfgate run --config examples/tickets/perfgate.yml --stack"
SCENARIOS = {
    as_written(f"{RUN} compose --scenario {each}"): each for each in ("baseline", "peak", "burst", "endurance")
}
LOOKED = as_written(f"{RUN} compose --scenario baseline --duration 30s")
LEAK = as_written(f"TICKETS_LEAK=1MiB/min {RUN} process --scenario endurance --duration 10m")
SECRET = as_written("DESK_SECRET=another perfgate run …")
SELF_TEST = as_written(
    "perfgate self-test -c examples/tickets/perfgate.yml --stack compose --scenario steady --runs 1 --slower-runs 1 "
    "--duration 45s --delay 20ms"
)
ACTION = as_written("python -m benchmarks.action_time --rounds 2")
NOTHING = as_written("docker run --rm debian:trixie-slim true")
MONITORING = as_written("docker compose -f deploy/monitoring/docker-compose.yml up -d")
SHORT = {
    **{command: shortened(command, duration="6s", out=name) for command, name in SCENARIOS.items()},
    LEAK: shortened(LEAK, duration="8s", out="leak"),
    SECRET: shortened(
        SECRET.replace("perfgate run …", f"{RUN} process --scenario baseline"), duration="8s", out="secret"
    ),
    SELF_TEST: shortened(SELF_TEST, duration="12s", slower_runs="0", out="self-test"),
    ACTION: shortened(ACTION, rounds="1"),
    NOTHING: NOTHING,
}  # `LOOKED`, shortened, is the first of the scenarios
AFTER_EACH_OTHER = ((ACTION,), (SELF_TEST,), *((each,) for each in SCENARIOS), (LEAK, SECRET), (NOTHING,))  # for ports


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return checkout(tmp_path_factory.mktemp("compose"))


@pytest.fixture(scope="module")
def ran(fresh: Checkout, docker_engine: None) -> Mapping[str, tuple[int, str]]:
    """Exit code of each, and what it said. Turns are shorter, so that eight pairs of them are; three stacks that start
    at once may take three times as long.
    """

    def run(commands: Sequence[str]) -> dict[str, tuple[int, str]]:
        return {each: fresh.run(SHORT[each], timeout=500) for each in commands}

    settings = fresh.folder / "examples/tickets/perfgate.yml"
    patient = ("/api/v1/health, within: 60s", "/api/v1/health, within: 180s")
    with changed(settings, ("{block: 600ms}", "{block: 300ms}"), patient), ThreadPoolExecutor(3) as three:
        begun = [three.submit(run, commands) for commands in AFTER_EACH_OTHER]
        return {command: done for each in begun for command, done in each.result().items()}


def judged(fresh: Checkout, out: str) -> Judgement:
    return Judgement.model_validate_json((fresh.folder / out / "judgement.json").read_bytes())


@pytest.mark.parametrize("command", SCENARIOS)
def test_a_scenario_leaves_what_the_page_shows(
    fresh: Checkout, ran: Mapping[str, tuple[int, str]], command: str
) -> None:
    code, said = ran[command]
    name = SCENARIOS[command]
    assert code in {0, 11}, said  # how fast it is here is the machine's business
    [scenario] = judged(fresh, name).scenarios
    assert scenario.scenario.name == name
    assert ReasonCode.STACK_BROKE not in {each.code for each in scenario.reasons}, said
    files = {str(each.relative_to(fresh.folder / name)) for each in (fresh.folder / name).rglob("*")}
    assert {"report.html", f"{name}_stats.csv", f"{name}/logs/postgres.log", f"{name}/logs/redis.log"} <= files
    watched = json.loads((fresh.folder / name / name / "measurement.json").read_text())["telemetry"]["series"]
    probed = {each["key"]["subject"] for each in watched if each["key"]["source"] == "probe"}
    assert probed == {"database_connections", "redis_queue"}


def test_a_leak_of_eight_seconds_is_not_told_from_noise(fresh: Checkout, ran: Mapping[str, tuple[int, str]]) -> None:
    code, said = ran[LEAK]
    assert code in {0, 11}, said
    [scenario] = judged(fresh, "leak").scenarios
    [reason] = [each for each in scenario.reasons if each.facts.get("series") == "container api: memory"]
    assert reason.verdict is Verdict.CONDITIONAL, said


def test_a_wrong_secret_is_named_by_the_switch_of_the_page(fresh: Checkout, ran: Mapping[str, tuple[int, str]]) -> None:
    code, said = ran[SECRET]
    assert code == 11, said
    reasons = judged(fresh, "secret").scenarios[0].reasons
    assert {each.facts["finding"] for each in reasons if each.code is ReasonCode.SIGNATURE_REFUSED} == {"secret"}, said


def test_a_self_test_of_compose_tells_how_often_it_failed(ran: Mapping[str, tuple[int, str]]) -> None:
    _, said = ran[SELF_TEST]
    assert re.search(r"the same code on both sides: [01] of 1 run", said), said


def test_a_container_that_does_nothing_starts(ran: Mapping[str, tuple[int, str]]) -> None:
    assert ran[NOTHING] == (0, "")


def test_the_action_is_timed_beside_plain_tools(ran: Mapping[str, tuple[int, str]]) -> None:
    code, said = ran[ACTION]
    assert code == 0, said
    assert re.search(r"action: its start to its end, without the load: \d", said), said


def test_prometheus_runs_beside_what_stands_for_grafana(fresh: Checkout) -> None:
    """Grafana's image is in no registry that the tests reach. By a name of its own, since one may be running here."""
    with socket.socket() as port:
        if port.connect_ex(("127.0.0.1", 9090)) == 0:
            pytest.skip("there is a Prometheus at its port already")
    names = {"COMPOSE_PROJECT_NAME": "perfgate-monitoring-test", "GRAFANA_IMAGE": "debian:trixie-slim"}
    try:
        code, said = fresh.run(MONITORING, **names)
        assert code == 0, said
        rules = answered("http://127.0.0.1:9090/api/v1/rules")["data"]["groups"]
        assert [each["name"] for each in rules] == ["perfgate"]
        [job] = answered("http://127.0.0.1:9090/api/v1/targets?state=active")["data"]["activeTargets"]
        assert job["scrapeUrl"] == "http://127.0.0.1:9646/metrics"  # of `perfgate run --metrics-port 9646`
    finally:
        code, said = fresh.run(MONITORING.replace("up -d", "down --volumes --timeout 2"), **names)
    assert code == 0, said


def answered(url: str) -> dict[str, Any]:
    """As soon as it listens, is ready, and has read its settings."""
    deadline = time.monotonic() + 60
    while True:
        try:
            answer = requests.get(url, timeout=5)
        except requests.ConnectionError:
            said = "nobody listens"
        else:
            said = answer.text
            if answer.ok and any(answer.json()["data"].values()):
                told: dict[str, Any] = answer.json()
                return told
        assert time.monotonic() < deadline, said
        time.sleep(0.1)

"""Faults of the example platform, named by the gate: a pool of two connections, no worker, a slow LLM, a leak.

Two runs on local processes, on ports of their own, one on compose with PostgreSQL, Redis and Celery. Each fault must be
named by its own reason.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ports import free_ports

FOLDER = Path(__file__).parents[3] / "examples" / "tickets"
TRAFFIC = {
    "wait": "0ms..50ms",
    "requests": [
        {"get": "/api/v1/tickets?limit=100", "name": "/api/v1/tickets", "weight": 6},
        {"post": "/api/v1/tickets", "json": {"title": "Printer"}, "expect_status": [201]},
    ],
}
CHAT = "/api/v1/chat"
# Ended twelve seconds after the load has come to it, however long that takes to start.
KILLED = """
python -m tickets.worker &
until curl --silent 127.0.0.1:8000/metrics | grep --quiet '^tickets_in_queue_seconds_count [1-9]'; do sleep 0.5; done
sleep 12
kill -KILL $$!
exit 137
"""
pytestmark = pytest.mark.timeout(240)


def reasons(
    tmp_path: Path, env: Mapping[str, str], changes: Mapping[str, Any], *, worker: bool
) -> list[dict[str, Any]]:
    """Of one short run with the example's own file, but for ports, scenario and `changes`."""
    text = (FOLDER / "perfgate.yml").read_text(encoding="utf-8")
    for old, new in zip(("18080", "18081", "18082"), free_ports(3), strict=True):
        text = text.replace(old, str(new))
    file = yaml.safe_load(text)
    for command in file["stack"]["process"]["commands"].values():
        command["run"][0] = sys.executable
        command["folder"] = str(FOLDER)
    if not worker:
        del file["stack"]["process"]["commands"]["worker"]
    return list(ran(tmp_path, file, "process", env, changes)["reasons"])


def ran(
    tmp_path: Path, file: Mapping[str, Any], stack: str, env: Mapping[str, str], changes: Mapping[str, Any]
) -> dict[str, Any]:
    """The judgement of a scenario with the example's stack and telemetry."""
    scenario = {"users": 30, "spawn_rate": "30/s", "duration": "16s", "warm_up": "3s", "traffic": TRAFFIC, **changes}
    kept = {key: file[key] for key in ("version", "stack", "telemetry")}
    kept["telemetry"]["queues"]["tickets"]["drain"] = "2s"
    config = tmp_path / "perfgate.yml"
    config.write_text(yaml.safe_dump({**kept, "scenarios": {"faulty": scenario}}), encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "perfgate", "run", "--config", str(config), "--stack", stack),
            *("--out", str(tmp_path / "out"), "--baseline-store", str(tmp_path / "baselines")),
        ],
        env={**os.environ, "TICKETS_DATA": str(tmp_path / "data"), **env},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    judgement = tmp_path / "out" / "judgement.json"
    assert judgement.exists(), done.stdout + done.stderr
    return dict(json.loads(judgement.read_text(encoding="utf-8"))["scenarios"][0])


def named(found: list[dict[str, Any]], code: str) -> list[str]:
    return [each["facts"].get("service") or each["facts"].get("series") for each in found if each["code"] == code]


def test_a_pool_of_two_connections_and_a_worker_that_is_not_there(tmp_path: Path) -> None:
    found = reasons(tmp_path, {"TICKETS_POOL": "2"}, {}, worker=False)
    assert named(found, "pool-exhausted") == ["database"]
    assert named(found, "backlog") == ["tickets"]
    [backlog] = [each["facts"] for each in found if each["code"] == "backlog"]
    assert not backlog["done"]
    assert backlog["received"] > 1


def test_a_slow_llm_and_a_leak(tmp_path: Path) -> None:
    budgets = ["prometheus worker: tickets_llm_seconds p95 < 1s", "container api: memory growth < 5MiB/min"]
    environ = {"LLM_LATENCY": "2s", "TICKETS_LEAK": "120MiB/min"}
    found = reasons(tmp_path, environ, {"budgets": budgets, "duration": "23s"}, worker=True)
    assert set(named(found, "budget")) == {"prometheus worker: tickets_llm_seconds", "container api: memory"}


@pytest.mark.docker
def test_on_compose_with_a_worker_that_dies(tmp_path: Path) -> None:
    """Four faults at once: pool, body written anew, slow LLM, and Celery's worker killed, which ends the load."""
    file = yaml.safe_load((FOLDER / "perfgate.yml").read_text(encoding="utf-8"))
    example = file["scenarios"]["baseline"]
    work = [each for each in example["traffic"]["requests"] if each.get("post") in {"/webhooks/{source}", CHAT}]
    dying = tmp_path / "dying.yml"
    dying.write_text(yaml.safe_dump({"services": {"worker": {"command": ["sh", "-c", KILLED]}}}), encoding="utf-8")
    file["stack"]["compose"]["files"] = [str(FOLDER / "docker-compose.yml"), str(dying)]
    changes = {
        "env": example["env"],
        # Ten times as many that need the pool: else nearly all users wait for the slow LLM, and few for a connection.
        "traffic": {**TRAFFIC, "requests": [{**each, "weight": 30} for each in TRAFFIC["requests"]] + work},
        "budgets": [f"POST {CHAT}: ttft mean < 500ms"],
        "duration": "60s",
    }
    environ = {"TICKETS_POOL": "2", "TICKETS_RESERIALISE": "1", "LLM_LATENCY": "1s"}
    scenario = ran(tmp_path, file, "compose", environ, changes)
    found = scenario["reasons"]
    assert named(found, "pool-exhausted") == ["database"]
    assert named(found, "stack-broke") == ["worker"]
    [refused] = [each for each in found if each["code"] == "signature-refused"]
    assert (refused["endpoint"], refused["facts"]["finding"]) == ("POST /webhooks/{source}", "reserialised")
    assert [each["endpoint"] for each in found if each["code"] == "budget"] == [f"TTFT POST {CHAT}"]

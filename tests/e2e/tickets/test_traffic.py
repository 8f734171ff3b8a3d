"""Signed webhooks, journeys and streamed answers of the example, with faults put in: each is named right in the report.

The platform's processes on free ports; the scenario is the example's own, shortened.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfgate.records.judgement import Judgement
from perfgate.records.verdict import Reason, ReasonCode
from tests.integration.tickets.platform import FOLDER, started
from tests.interrupts import interrupted

pytestmark = pytest.mark.timeout(180)
SCENARIO = Path(__file__).parents[3] / "scenarios" / "service_desk.py"
JOURNEY = "JOURNEY webhook to enriched ticket"
WEBHOOK = "POST /webhooks/{source}"
CHAT = "POST /api/v1/chat"


@dataclass(frozen=True)
class Run:
    code: int
    said: str
    judgement: Judgement

    def reason(self, code: ReasonCode, endpoint: str) -> Reason:
        reasons = self.judgement.scenarios[0].reasons
        return next(each for each in reasons if each.code is code and each.endpoint == endpoint)


@contextmanager
def platform(folder: Path, *, with_worker: bool = True, **faults: str) -> Iterator[str]:
    """The API's URL."""
    with ExitStack() as stack:
        llm = stack.enter_context(started("llm", folder, LLM_SEED="1", **faults))
        api = stack.enter_context(started("api", folder, TICKETS_LLM=llm, **faults))
        if with_worker:
            stack.enter_context(started("worker", folder, TICKETS_LLM=llm, **faults))
        yield api


def run(folder: Path, api: str, *, secret: str | None = None, **scenario: Any) -> Run:
    """The gate on the platform; `secret` is the sender's; `scenario` replaces parts of the example's."""
    (folder / "perfgate.yml").write_text(yaml.safe_dump(shortened(api, scenario)))
    done = subprocess.run(
        [sys.executable, "-m", "perfgate", "run", "--config", str(folder / "perfgate.yml")],
        env={**os.environ, **({"DESK_SECRET": secret} if secret else {}), "COLUMNS": "200"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    judgement = folder / "perfgate-out" / "judgement.json"
    assert judgement.exists(), done.stdout + done.stderr
    return Run(done.returncode, done.stdout, Judgement.model_validate_json(judgement.read_text()))


def shortened(api: str, others: Mapping[str, Any]) -> dict[str, Any]:
    example = yaml.safe_load((FOLDER / "perfgate.yml").read_text())
    scenario = {**example["scenarios"]["baseline"], "duration": "6s", "warm_up": "1s", "spawn_rate": "20/s"}
    scenario["budgets"] = example["scenarios"]["peak"]["budgets"]
    traffic = scenario["traffic"]
    work = [each for each in traffic["requests"] if each.get("post") in {"/webhooks/{source}", "/api/v1/chat"}]
    scenario["traffic"] = {
        "wait": "50ms..150ms",
        "requests": [{"get": "/health", "weight": 2}, *work],
        "journeys": traffic["journeys"],
    }
    if "locustfile" in others:
        del scenario["traffic"], scenario["budgets"]
    return {
        "stack": {"external": {}, "target": api, "ready": {"path": "/health", "within": "10s"}},
        "scenarios": {"short": {**scenario, **others}},
        "budgets": ["success_rate > 99%"],
    }


@pytest.mark.alone
def test_all_is_measured_where_nothing_is_wrong(tmp_path: Path) -> None:
    with platform(tmp_path, LLM_LATENCY="60ms") as api:
        found = run(tmp_path, api)
    [scenario] = found.judgement.scenarios
    rows = {row.label: row.candidate for row in scenario.rows if row.candidate is not None}
    assert set(rows) == {
        "total", "GET /health", WEBHOOK, CHAT, f"TTFT {CHAT}", f"TPOT {CHAT}", "POLL /api/v1/tickets/{id}", JOURNEY,
    }  # fmt: skip
    assert {label: row.failures for label, row in rows.items() if row.failures} == {}
    assert rows["total"].requests == sum(rows[label].requests for label in ("GET /health", WEBHOOK, CHAT))
    assert all(checked.value is not None for checked in scenario.budgets)
    # 60 ms to the first token, 20 tokens of 5 ms; enriching asks the same LLM for the same.
    assert rows[f"TTFT {CHAT}"].requests == rows[CHAT].requests
    assert 0.04 < rows[f"TTFT {CHAT}"].response_times.p50.value < rows[CHAT].response_times.p50.value - 0.07
    assert 0.003 < rows[f"TPOT {CHAT}"].response_times.p50.value < 0.05
    assert rows[JOURNEY].response_times.p50.value > 0.12


def test_another_secret_is_named_also_of_a_locust_file(tmp_path: Path) -> None:
    locustfile = tmp_path / "service_desk.py"
    locustfile.write_text(SCENARIO.read_text().replace("between(1, 3)", "between(0.05, 0.15)"))
    with platform(tmp_path, with_worker=False) as api:
        found = run(tmp_path, api, secret="of-another-desk", locustfile=locustfile.name, secrets=["DESK_SECRET"])
    refused = found.reason(ReasonCode.SIGNATURE_REFUSED, WEBHOOK)
    assert refused.facts["finding"] == "secret"
    assert refused.facts["refused"] == refused.facts["requests"]
    assert "do not share a secret" in " ".join(found.said.split())
    assert "signature does not match the body" in refused.evidence
    for path in (tmp_path / "perfgate-out").rglob("*"):
        assert path.is_dir() or b"of-another-desk" not in path.read_bytes(), path


def test_a_server_that_writes_the_body_anew_is_named_and_a_slow_llm_breaks_its_budget(tmp_path: Path) -> None:
    with platform(tmp_path, TICKETS_RESERIALISE="1", LLM_LATENCY="1500ms", LLM_SIGMA="0.1") as api:
        found = run(tmp_path, api)
    refused = found.reason(ReasonCode.SIGNATURE_REFUSED, WEBHOOK)
    assert (refused.facts["finding"], refused.facts["style"]) == ("reserialised", "{spaces: true}")
    assert "the server is likely wrong" in " ".join(found.said.split())
    slow = found.reason(ReasonCode.BUDGET, f"TTFT {CHAT}")
    assert slow.facts["text"] == f"{CHAT}: ttft p95 < 1s"
    assert found.code == 11


def test_a_server_error_is_no_refused_signature(tmp_path: Path) -> None:
    with platform(tmp_path, with_worker=False) as api:
        shutil.rmtree(tmp_path / "queue" / "messages")  # a ticket cannot be put there any more
        found = run(tmp_path, api)
    failing = found.reason(ReasonCode.SIGNATURE_REFUSED, WEBHOOK)
    assert (failing.facts["finding"], failing.facts["wrongly"]) == ("server-error", 401)
    assert "that is a server error, not a refused signature" in " ".join(found.said.split())


def test_plain_locust_runs_the_scenario_of_the_service_desk(tmp_path: Path) -> None:
    """Until it has shown all rows: how long that takes is the machine's business."""
    wanted = {WEBHOOK, "POLL /api/v1/tickets/{id}", JOURNEY, CHAT, f"TTFT {CHAT}", f"TPOT {CHAT}", "Aggregated"}
    table = tmp_path / "run_stats.csv"
    rows: set[str] = set()
    command = [sys.executable, "-m", "locust", "-f", str(SCENARIO), "--headless", "-r", "10", "--csv"]
    with (
        platform(tmp_path, LLM_LATENCY="20ms") as api,
        subprocess.Popen(
            [*command, str(tmp_path / "run"), "--host", api],
            env={**os.environ, "DESK_SECRET": "not-a-secret"},
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        deadline = time.monotonic() + 60
        while rows != wanted and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
            if table.exists():
                with table.open() as file:
                    rows = {f"{row['Type']} {row['Name']}".strip() for row in csv.DictReader(file)}
        said = interrupted(process)
    assert rows == wanted, said
    assert process.returncode == 0, said

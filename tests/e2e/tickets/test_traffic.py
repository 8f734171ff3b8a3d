"""Signed webhooks, journeys and streamed answers of the example, with faults put in: each is named right in the report.

The platform's processes on free ports; the scenario is the example's own, shortened.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfgate.records.judgement import Judgement, Reason, ReasonCode
from tests.integration.tickets.platform import FOLDER, started

pytestmark = pytest.mark.timeout(120)
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


def run(
    folder: Path, *, faults: Mapping[str, str], secret: str | None = None, breaking: Callable[[], None] | None = None
) -> Run:
    """The gate on the platform as `faults` make it; `secret` is the sender's. What `breaking` breaks, a worker would
    only trip over, so there is none.
    """
    with ExitStack() as stack:
        llm = stack.enter_context(started("llm", folder, LLM_SEED="1", **faults))
        api = stack.enter_context(started("api", folder, TICKETS_LLM=llm, **faults))
        if breaking is not None:
            breaking()
        else:
            stack.enter_context(started("worker", folder, TICKETS_LLM=llm, **faults))
        (folder / "perfgate.yml").write_text(yaml.safe_dump(shortened(api)))
        done = subprocess.run(
            [sys.executable, "-m", "perfgate", "run", "--config", str(folder / "perfgate.yml")],
            env={**os.environ, **({"DESK_SECRET": secret} if secret else {}), "COLUMNS": "200"},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    judgement = folder / "perfgate-out" / "judgement.json"
    assert judgement.exists(), done.stdout + done.stderr
    return Run(done.returncode, done.stdout, Judgement.model_validate_json(judgement.read_text()))


def shortened(api: str) -> dict[str, Any]:
    example = yaml.safe_load((FOLDER / "perfgate.yml").read_text())
    scenario = {**example["scenarios"]["baseline"], "duration": "6s", "warm_up": "1s", "spawn_rate": "20/s"}
    traffic = scenario["traffic"]
    work = [each for each in traffic["requests"] if each.get("post") in {"/webhooks/{source}", "/api/v1/chat"}]
    scenario["traffic"] = {
        "wait": "50ms..150ms",
        "requests": [{"get": "/health", "weight": 2}, *work],
        "journeys": [{**traffic["journeys"][0], "within": "3s"}],
    }
    return {
        "stack": {"external": {}, "target": api, "ready": {"path": "/health", "within": "10s"}},
        "scenarios": {"short": scenario},
        "budgets": example["budgets"],
    }


def test_all_is_measured_where_nothing_is_wrong(tmp_path: Path) -> None:
    found = run(tmp_path, faults={"LLM_LATENCY": "60ms"})
    [scenario] = found.judgement.scenarios
    rows = {row.label: row.candidate for row in scenario.rows if row.candidate is not None}
    assert set(rows) == {
        "total", "GET /health", WEBHOOK, CHAT, f"TTFT {CHAT}", f"TPOT {CHAT}", "POLL /api/v1/tickets/{id}", JOURNEY,
    }  # fmt: skip
    assert {label: row.failures for label, row in rows.items() if row.failures} == {}
    assert rows["total"].requests == sum(rows[label].requests for label in ("GET /health", WEBHOOK, CHAT))
    assert {checked.status for checked in scenario.budgets} == {"met"}
    # 60 ms to the first token, 20 tokens of 5 ms; enriching asks the same LLM for the same.
    assert rows[f"TTFT {CHAT}"].requests == rows[CHAT].requests
    assert 0.04 < rows[f"TTFT {CHAT}"].response_times.p50.value < rows[CHAT].response_times.p50.value - 0.07
    assert 0.003 < rows[f"TPOT {CHAT}"].response_times.p50.value < 0.02
    assert rows[JOURNEY].response_times.p50.value > 0.12


def test_another_secret_is_named(tmp_path: Path) -> None:
    found = run(tmp_path, faults={}, secret="another")
    refused = found.reason(ReasonCode.SIGNATURE_REFUSED, WEBHOOK)
    assert refused.facts["finding"] == "secret"
    assert refused.facts["refused"] == refused.facts["requests"]
    assert "do not share a secret" in " ".join(found.said.split())
    assert "signature does not match the body" in refused.evidence
    for path in (tmp_path / "perfgate-out").rglob("*"):
        assert path.is_dir() or b"another" not in path.read_bytes(), path


def test_a_server_that_writes_the_body_anew_is_named_and_a_slow_llm_breaks_its_budget(tmp_path: Path) -> None:
    found = run(tmp_path, faults={"TICKETS_RESERIALISE": "1", "LLM_LATENCY": "1500ms", "LLM_SIGMA": "0.1"})
    refused = found.reason(ReasonCode.SIGNATURE_REFUSED, WEBHOOK)
    assert (refused.facts["finding"], refused.facts["style"]) == ("reserialised", "{spaces: true}")
    assert "the server is likely wrong" in " ".join(found.said.split())
    slow = found.reason(ReasonCode.BUDGET, f"TTFT {CHAT}")
    assert slow.facts["text"] == f"{CHAT}: ttft p95 < 1s"
    assert found.code == 11


def test_a_server_error_is_no_refused_signature(tmp_path: Path) -> None:
    found = run(tmp_path, faults={}, breaking=lambda: shutil.rmtree(tmp_path / "queue" / "messages"))
    failing = found.reason(ReasonCode.SIGNATURE_REFUSED, WEBHOOK)
    assert (failing.facts["finding"], failing.facts["wrongly"]) == ("server-error", 401)
    assert "that is a server error, not a refused signature" in " ".join(found.said.split())

from __future__ import annotations

import pytest

from perfgate.records.metric import Metric
from perfgate.records.verdict import Reason, ReasonCode, Verdict
from perfgate.settings.places import Place, Places

FILE = """\
version: 1
stack:
  target: http://api:8000
  compose: {files: [docker-compose.yml]}
  process:
    commands:
      worker: {run: [worker]}
scenarios:
  baseline:
    traffic:
      requests:
        - {get: /health}
        - get: /tickets?limit=20
          name: /tickets
        - {method: DELETE, path: "/tickets/{id}"}
  peak:
    locustfile: load/users.py
    budgets: [p50 < 1s]
budgets:
  - p95   < 500ms
  - GET /health: p95 < 1s
tolerances:
  p95: 10%
  "GET /rare: p95": 20%
coverage:
  openapi: api.json
  at_least: 50%
  require:
    - POST /hook: 202
"""
FILES = {
    "docker-compose.yml": "services:\n  apis: {}\n  api:\n    image: x\n",
    "load/users.py": "class User:\n    def buy(self):\n        self.client.post('/orders')\n",
}
PLACES = Places.read("perf/perfgate.yml", FILE, FILES)


def place(code: ReasonCode, scenario: str = "baseline", **others: object) -> tuple[str, int]:
    assert PLACES is not None
    found = PLACES.of(scenario, Reason.model_validate({"code": code, "verdict": Verdict.FAIL, **others}))
    return found.path.removeprefix("perf/"), found.line


@pytest.mark.parametrize(
    ("found", "where"),
    [
        (place(ReasonCode.BUDGET, facts={"budget": "p95 < 500ms"}, endpoint="total"), ("perfgate.yml", 20)),
        (place(ReasonCode.BUDGET, facts={"budget": "GET /health: p95 < 1s"}), ("perfgate.yml", 21)),
        (place(ReasonCode.BUDGET, "peak", facts={"budget": "p50 < 1s"}), ("perfgate.yml", 18)),
        (place(ReasonCode.NOT_COVERED, facts={"label": "POST /hook: 202"}), ("perfgate.yml", 29)),
        (place(ReasonCode.NOT_COVERED, facts={"at_least": 0.5}), ("perfgate.yml", 27)),
        (place(ReasonCode.REGRESSION, endpoint="GET /health", metric=Metric.P95), ("perfgate.yml", 12)),
        (place(ReasonCode.REGRESSION, endpoint="GET /tickets", metric=Metric.P95), ("perfgate.yml", 13)),
        (place(ReasonCode.REGRESSION, endpoint="DELETE /tickets/{id}", metric=Metric.P95), ("perfgate.yml", 15)),
        (place(ReasonCode.REGRESSION, endpoint="GET /rare", metric=Metric.P95), ("perfgate.yml", 24)),
        (place(ReasonCode.REGRESSION, endpoint="total", metric=Metric.P95), ("perfgate.yml", 23)),
        (place(ReasonCode.REGRESSION, "peak", endpoint="POST /orders", metric=Metric.P50), ("load/users.py", 3)),
        (place(ReasonCode.REGRESSION, "peak", endpoint="POST /other", metric=Metric.P50), ("perfgate.yml", 16)),
        (place(ReasonCode.STACK_BROKE, facts={"service": "api"}), ("docker-compose.yml", 3)),
        (place(ReasonCode.STACK_BROKE, facts={"service": "worker"}), ("perfgate.yml", 7)),
        (place(ReasonCode.STACK_BROKE, facts={"service": "gone"}), ("perfgate.yml", 2)),
        (place(ReasonCode.GENERATOR_SATURATED), ("perfgate.yml", 9)),
        (place(ReasonCode.GENERATOR_SATURATED, "unknown"), ("perfgate.yml", 8)),
    ],
)
def test_each_reason_has_its_line(found: tuple[str, int], where: tuple[str, int]) -> None:
    assert found == where


def test_a_file_that_is_no_yaml_has_no_places_and_an_odd_one_its_first_line() -> None:
    assert Places.read("perfgate.yml", "a: [", {}) is None
    odd = Places.read("perfgate.yml", "scenarios: [1]\nbudgets: 3\nstack: []\ntolerances: x\n", {})
    assert odd is not None
    for code in ReasonCode:
        reason = Reason(code=code, verdict=Verdict.FAIL, endpoint="GET /a", metric=Metric.P95)
        assert odd.of("baseline", reason) in {Place("perfgate.yml", line) for line in (1, 3)}

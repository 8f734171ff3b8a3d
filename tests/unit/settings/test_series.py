"""Series and budgets on them as users write them; the text alone says which unit a limit is in."""

from __future__ import annotations

import pytest

from perfgate.records.criteria import Statistic
from perfgate.records.stack import StackKind
from perfgate.records.telemetry import SeriesUnit, Source
from perfgate.settings.criteria import parse_any_budget
from perfgate.settings.model import File
from perfgate.settings.policy import judging_policy
from perfgate.settings.series import is_telemetry_budget, parse_series, parse_telemetry_budget

MIB = 2**20


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("probe queue_depth", "probe queue_depth"),
        ("prometheus api: jobs_total", "prometheus api: jobs_total"),
        ('prometheus api:  jobs_total{outcome="bad"}', 'prometheus api: jobs_total{outcome="bad"}'),
        ("container worker-2: cpu", "container worker-2: cpu"),
    ],
)
def test_a_series_is_called_as_it_is_written(text: str, label: str) -> None:
    assert parse_series(text).label == label


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("queue_depth", "is no series"),
        ("probe depth: max", "a probe has one value"),
        ("prometheus api", "name the metric"),
        ("container api: mem", 'did you mean "memory"'),
        (5, "is no series"),
    ],
)
def test_what_is_no_series_is_said_so(text: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_series(text)


@pytest.mark.parametrize(
    ("text", "statistic", "limit", "unit"),
    [
        ("probe depth: max < 500", Statistic.MAX, 500.0, SeriesUnit.NUMBER),
        ("container api: memory growth < 5MiB/min", Statistic.GROWTH, 5.0 * MIB, SeriesUnit.BYTES),
        ("container api: memory growth < 60MiB/h", Statistic.GROWTH, 1.0 * MIB, SeriesUnit.BYTES),
        ("container api: cpu mean < 1.5", Statistic.MEAN, 1.5, SeriesUnit.CORES),
        ("container api: throttled mean < 5%", Statistic.MEAN, 0.05, SeriesUnit.RATIO),
        ("container api: network_in p95 < 2MiB/s", Statistic.P95, 2.0 * MIB, SeriesUnit.BYTES_PER_SECOND),
        ("prometheus w: wait_seconds p95 < 200ms", Statistic.P95, 0.2, SeriesUnit.SECONDS),
        ("prometheus w: wait_seconds p95 max < 2s", Statistic.MAX, 2.0, SeriesUnit.SECONDS),
        ("prometheus w: jobs_total mean > 3/s", Statistic.MEAN, 3.0, SeriesUnit.PER_SECOND),
        ("probe depth: drain < 30s", Statistic.DRAIN, 30.0, SeriesUnit.SECONDS),
        ("probe depth: growth < 2/min", Statistic.GROWTH, 2.0, SeriesUnit.NUMBER),
    ],
)
def test_a_budget_on_a_series(text: str, statistic: Statistic, limit: float, unit: SeriesUnit) -> None:
    budget = parse_telemetry_budget(text)
    assert (budget.statistic, budget.limit, budget.unit, budget.text) == (statistic, pytest.approx(limit), unit, text)


def test_the_name_of_a_series_may_hold_a_statistic_of_its_own() -> None:
    assert parse_telemetry_budget("prometheus w: wait_seconds p95 max < 2s").name == "wait_seconds p95"


def test_a_drift_is_of_the_load() -> None:
    budget = parse_telemetry_budget("GET /health: p95 drift < 10%")
    assert (budget.source, budget.subject, budget.name) == (Source.REQUESTS, "GET /health", "p95")
    assert budget.limit == pytest.approx(0.1)
    assert parse_telemetry_budget("p50 drift <= 5%").subject == "total"


@pytest.mark.parametrize(
    "text",
    [
        "probe depth: max < many",
        "probe depth max < 5",
        "p50 drift > 5%",
        "container a: cpu < 1",
        "container a: memory growth < 5MiB",
        "container a: memory growth < 5MiB/day",
    ],
)
def test_what_is_no_budget_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no|are"):
        parse_telemetry_budget(text)


def test_budgets_on_the_load_are_none_on_series_and_yaml_may_split_either() -> None:
    assert not is_telemetry_budget("GET /container x: p95 < 5s")
    assert parse_any_budget({"probe depth": "max < 5"}) == parse_telemetry_budget("probe depth: max < 5")
    assert parse_any_budget({"GET /health": "p95 < 1s"}) == parse_any_budget("GET /health: p95 < 1s")


def test_a_budget_knows_the_scenario_and_the_kind_of_stack_it_is_for() -> None:
    requests = {"traffic": {"requests": [{"get": "/"}]}}
    file = File.model_validate(
        {
            "stack": {"target": "http://a", "process": {"commands": {"api": {"run": ["x"]}}}},
            "scenarios": {"short": requests, "long": {**requests, "budgets": ["p95 < 1s", "p50 drift < 5%"]}},
            "budgets": ["probe depth: max < 5", "prometheus w: a_total max < 5", "prometheus t: a_total max < 5"],
            "telemetry": {
                "probes": {"depth": {"service": "redis", "exec": ["x"], "stack": "compose"}},
                "prometheus": [
                    {"url": "http://w/metrics", "stack": "compose"},
                    {"url": "http://127.0.0.1:1/metrics", "name": "w", "stack": "process"},
                    {"url": "/metrics", "name": "t"},
                ],
            },
        }
    )
    policy = judging_policy(file)
    assert [(each.subject, each.scenario, each.stack) for each in policy.telemetry_budgets] == [
        ("depth", None, StackKind.COMPOSE),
        ("w", None, None),
        ("t", None, None),
        ("total", "long", None),
    ]
    assert [each.scenario for each in policy.budgets] == ["long"]

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from perfgate.judge.verdict import judge_scenario
from perfgate.records.acceptance import Criterion, CriterionKind, Status
from perfgate.records.criteria import Policy, Tolerance, Waiver
from perfgate.records.measurement import Measurement
from perfgate.records.metric import Metric
from perfgate.records.stack import StackFault, StackKind
from perfgate.settings.criteria import parse_budget, parse_demand
from tests.builders import measurement, stored, times

TOLERANCE = Tolerance(metric=Metric.P50, fail=0.25)
HISTORY = [
    measurement({"GET /a": times(0.1, 500, seed=day), "GET /b": times(0.1, 500, seed=day + 50)}, day=day)
    for day in range(8)
]


def run(factor: float = 1.0, *, endpoint: str = "GET /a", requests: int = 500, **others: object) -> Measurement:
    endpoints = {label: times(0.1, requests, seed=99) for label in ("GET /a", "GET /b")}
    endpoints[endpoint] = [each * factor for each in endpoints[endpoint]]
    return measurement(endpoints, day=50, **others)  # type: ignore[arg-type]


def table(
    measured: Measurement, history: Sequence[Measurement] = HISTORY, *, today: date = date(2026, 1, 1), **policy: object
) -> tuple[Criterion, ...]:
    asked = Policy.model_validate({"tolerances": (TOLERANCE,)} | policy)
    return judge_scenario(measured, [stored(each) for each in history], asked, today=today).criteria


def statuses(criteria: Sequence[Criterion], kind: CriterionKind) -> list[Status]:
    return [each.status for each in criteria if each.kind is kind]


def test_a_tolerance_has_a_row_for_all_together_and_one_for_the_endpoints() -> None:
    total, endpoints = (each for each in table(run(2.0)) if each.kind is CriterionKind.TOLERANCE)
    assert (total.endpoint, total.status) == ("total", Status.NOT_MET)
    assert (endpoints.endpoint, endpoints.status) == ("GET /a", Status.NOT_MET)
    assert endpoints.value == pytest.approx(1.0, abs=0.1)
    assert endpoints.low is not None
    assert endpoints.high is not None
    assert endpoints.low < 1.0 < endpoints.high
    assert endpoints.target == 0.25
    assert endpoints.evidence["comparisons"] == 2
    assert endpoints.evidence["runs"] == 8
    assert statuses(table(run()), CriterionKind.TOLERANCE) == [Status.MET, Status.MET]


def test_a_waived_regression_is_waived_and_a_tolerance_without_a_baseline_not_measured() -> None:
    waivers = tuple(
        Waiver(metric=Metric.P50, endpoint=endpoint, up_to=2, reason="known", expires=date(2026, 2, 1))
        for endpoint in (None, "GET /a")
    )
    assert statuses(table(run(2.0), waivers=waivers), CriterionKind.TOLERANCE) == [Status.WAIVED, Status.WAIVED]
    (row,) = (each for each in table(run(), []) if each.kind is CriterionKind.TOLERANCE)
    assert (row.status, row.value) == (Status.NOT_MEASURED, None)


def test_a_warning_is_met_with_a_warning() -> None:
    warns = Tolerance(metric=Metric.P50, fail=0.9, warn=0.1)
    assert Status.WARNING in statuses(table(run(1.5), tolerances=(warns,)), CriterionKind.TOLERANCE)


def test_thin_endpoints_are_counted_and_do_not_speak_for_the_others() -> None:
    thin = measurement({"GET /a": times(0.1, 500, seed=99), "GET /b": times(0.1, 9, seed=99)}, day=50)
    *_, endpoints = (each for each in table(thin) if each.kind is CriterionKind.TOLERANCE)
    assert (endpoints.status, endpoints.endpoint) == (Status.MET, "GET /a")
    assert endpoints.evidence["thin"] == 1


@pytest.mark.parametrize(
    ("text", "status", "value"),
    [
        ("p95 < 1s", Status.MET, 0.166),
        ("p50 < 10ms", Status.NOT_MET, 0.1),
        ("GET /a: p99 < 1s", Status.UNCLEAR, 0.2),  # 500 requests are too few for a p99
        ("GET /c: p95 < 1s", Status.NOT_MEASURED, None),
    ],
)
def test_budgets_say_what_their_reasons_say(text: str, status: Status, value: float | None) -> None:
    (row,) = (each for each in table(run(), budgets=(parse_budget(text),)) if each.kind is CriterionKind.BUDGET)
    assert (row.status, row.text) == (status, text)
    assert row.value == (None if value is None else pytest.approx(value, rel=0.2))
    assert row.evidence["requests"] == {None: 1000, "GET /a": 500, "GET /c": 0}[row.endpoint]


def test_a_budget_that_chance_may_have_broken_is_unclear() -> None:
    rows = table(run(failures={"GET /a": 11}), budgets=(parse_budget("error_ratio < 1%"),))
    assert statuses(rows, CriterionKind.BUDGET) == [Status.UNCLEAR]


def test_demands_and_the_share_of_a_document() -> None:
    rows = table(
        run(),
        required=(parse_demand("GET /a"), parse_demand("DELETE")),
        interface={
            "document": "api.json",
            "bases": (),
            "operations": [{"method": method, "path": "/a", "statuses": ()} for method in ("GET", "PUT")],
            "at_least": 0.6,
        },
    )  # fmt: skip
    asked = [each for each in rows if each.kind is CriterionKind.COVERAGE]
    assert [(each.text, each.status, each.value) for each in asked] == [
        ("GET /a", Status.MET, 500),
        ("DELETE", Status.NOT_MET, 0),
        ("", Status.NOT_MET, 0.5),
    ]


def test_every_fault_of_the_stack_has_a_row_and_a_stack_nobody_watched_is_not_measured() -> None:
    faults = tuple(
        StackFault(service=service, kind="exited", at=3.0, detail="", log_tail="") for service in ("api", "db")
    )
    broken = [each for each in table(run(faults=faults)) if each.kind is CriterionKind.STACK]
    assert [(each.status, each.evidence["service"]) for each in broken] == [
        (Status.NOT_MET, "api"),
        (Status.NOT_MET, "db"),
    ]
    assert statuses(table(run()), CriterionKind.STACK) == [Status.MET]
    measured = run()
    external = measured.model_copy(update={"stack": measured.stack.model_copy(update={"kind": StackKind.EXTERNAL})})
    assert statuses(table(external), CriterionKind.STACK) == [Status.NOT_MEASURED]


def test_the_soundness_of_the_measurement_is_part_of_it() -> None:
    sound = [each for each in table(run()) if each.kind is CriterionKind.MEASUREMENT]
    assert [(each.text, each.status) for each in sound] == [
        ("load", Status.MET),
        ("recording", Status.MET),
        ("generator", Status.MET),
    ]
    doubtful = table(run(2.0, users_reached=3, complete=False, cpu=0.99))
    assert set(statuses(doubtful, CriterionKind.MEASUREMENT)) == {Status.NOT_MET}
    # Its times accuse nobody, and prove nothing either.
    assert set(statuses(doubtful, CriterionKind.TOLERANCE)) == {Status.UNCLEAR}

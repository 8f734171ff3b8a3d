"""`measurement.json` and `judgement.json`: what is written is read back the same, and nothing else is read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from perfgate.judge.verdict import judge, judge_scenario
from perfgate.records.baseline import Baseline
from perfgate.records.criteria import BlockOn, Budget, Policy, Tolerance
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Judgement
from perfgate.records.measurement import Measurement
from perfgate.records.metric import METRICS, PERCENTILES, Metric
from perfgate.records.verdict import Verdict, worst
from tests.builders import measurement, stored
from tests.golden.judgements import SITUATIONS

response_times = st.lists(st.floats(1e-6, 100), max_size=60)
labels = st.tuples(
    st.sampled_from(["GET", "POST"]), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
).map(" ".join)
TODAY = date(2026, 11, 24)


@given(
    endpoints=st.dictionaries(labels, response_times, min_size=1, max_size=4),
    failures=st.integers(0, 5),
    warm_up=st.floats(0, 30),
)
@settings(max_examples=60, deadline=None)
def test_any_measurement_comes_back_to_the_last_digit(
    endpoints: dict[str, Sequence[float]], failures: int, warm_up: float
) -> None:
    measured = measurement(endpoints, failures={next(iter(endpoints)): failures}, warm_up=warm_up)
    assert Measurement.model_validate_json(measured.model_dump_json(indent=1)) == measured


@given(
    before=st.lists(response_times, max_size=4), now=response_times, failures=st.integers(0, 60), limit=st.floats(0, 10)
)
@settings(max_examples=60, deadline=None)
def test_any_judgement_comes_back_to_the_last_digit(
    before: list[list[float]], now: list[float], failures: int, limit: float
) -> None:
    history = [stored(measurement({"GET /": times}, day=day)) for day, times in enumerate(before)]
    candidate = measurement({"GET /": now}, failures={"GET /": failures}, day=30)
    policy = Policy(
        budgets=(Budget(endpoint=None, metric=Metric.P95, comparison="<", limit=limit, text="p95 < so much"),),
        tolerances=(Tolerance(metric=Metric.P50, fail=0.25), Tolerance(metric=Metric.ERROR_RATIO, fail=0.005)),
    )
    judgement = judge(
        [judge_scenario(candidate, history, policy, today=TODAY)],
        block_on=BlockOn.FAIL,
        event="local",
        branch=None,
        judged_at=candidate.started_at,
        seconds=None,
        version="0",
        policy=policy,
    )
    assert Judgement.model_validate_json(judgement.model_dump_json(indent=1)) == judgement


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_situation_of_the_reports_comes_back(name: str) -> None:
    judgement = SITUATIONS[name]()
    assert Judgement.model_validate_json(judgement.model_dump_json()) == judgement


MEASURED = measurement({"GET /": [0.1] * 30})
BASE = stored(MEASURED)


def tree() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(MEASURED.model_dump_json())
    return content


def refused(content: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Measurement.model_validate_json(json.dumps(content))
    [first, *_] = caught.value.errors()
    return ".".join(map(str, first["loc"]))


def test_another_schema_version_is_refused() -> None:
    assert refused({**tree(), "schema_version": 2}) == "schema_version"
    with pytest.raises(ValidationError):
        Baseline.model_validate({**BASE.model_dump(), "schema_version": 2})


def test_keys_of_no_schema_are_refused() -> None:
    assert refused({**tree(), "verdict": "pass"}) == "verdict"
    assert refused({**tree(), "stack": {**tree()["stack"], "token": "x"}}) == "stack.token"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    content = tree()
    content["total"]["throughput"] = number
    assert refused(content) == "total.throughput"


@pytest.mark.parametrize(
    "own", ["../../etc/passwd", "", "short", "x" * 65, "2026 01", "2026\n0101", "ABCDEFGHI", "é" * 9]
)
def test_an_id_is_fit_for_the_name_of_a_file(own: str) -> None:
    assert refused({**tree(), "id": own}) == "id"


def test_counts_are_not_negative() -> None:
    content = tree()
    content["total"]["requests"] = -1
    assert refused(content) == "total.requests"


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        MEASURED.id = "20260101-000000-111111"


def test_statistics_are_found_by_label() -> None:
    assert MEASURED.statistics(TOTAL) is MEASURED.total
    assert MEASURED.statistics("GET /") is MEASURED.endpoints[0]
    assert MEASURED.statistics("GET /other") is None


def test_the_worst_of_verdicts_and_of_none() -> None:
    assert worst([Verdict.PASS, Verdict.FAIL, Verdict.CONDITIONAL]) is Verdict.FAIL
    assert worst([Verdict.PASS, Verdict.CONDITIONAL]) is Verdict.CONDITIONAL
    assert worst([Verdict.PASS]) is Verdict.PASS
    assert worst([]) is Verdict.CONDITIONAL


def test_every_metric_has_its_facts_and_every_percentile_its_share() -> None:
    assert set(METRICS) == set(Metric)
    assert {metric: int(metric[1:]) / 100 for metric in PERCENTILES} == dict(PERCENTILES)

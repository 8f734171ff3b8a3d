from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from perfgate.records.endpoint import Endpoint
from perfgate.records.judgement import Judgement, TelemetryChecked
from perfgate.records.metric import Metric
from perfgate.records.verdict import Reason, ReasonCode, Verdict
from perfgate.report.documents import documents
from perfgate.report.junit import junit_xml
from perfgate.report.tables import csv_files, file_name, file_names, judgement_schema, to_json
from perfgate.settings.series import parse_telemetry_budget
from tests.golden import judgements as made


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


SCHEMA = jsonschema.Draft202012Validator(judgement_schema())


def test_the_schema_is_one() -> None:
    SCHEMA.check_schema(SCHEMA.schema)


@pytest.mark.parametrize("name", made.SITUATIONS)
def test_json_reads_back_and_keeps_its_schema(name: str) -> None:
    judgement = made.SITUATIONS[name]()
    text = to_json(judgement)
    assert Judgement.model_validate_json(text) == judgement
    SCHEMA.validate(json.loads(text))


def test_stats_are_locusts_columns_with_exact_percentiles() -> None:
    rows = read(csv_files(made.passed())["baseline_stats.csv"])
    assert [row["Name"] for row in rows] == ["/api/v1/health", "/health", "/metrics", "Aggregated"]
    assert rows[1]["Type"] == "GET"
    assert rows[1]["50%"] == rows[1]["Median Response Time"] == "37.0"
    assert rows[1]["90%"] == "N/A"
    assert rows[1]["100%"] == rows[1]["Max Response Time"]


def test_history_counts_up() -> None:
    rows = read(csv_files(made.passed())["baseline_stats_history.csv"])
    assert len(rows) == 120
    assert rows[-1]["Total Request Count"] == "238"
    assert rows[-1]["Total Failure Count"] == "2"
    assert rows[60]["50%"] == "N/A"
    assert int(rows[1]["Timestamp"]) - int(rows[0]["Timestamp"]) == 1


def test_failures_and_formulas() -> None:
    files = csv_files(made.hostile())
    (failures,) = [text for name, text in files.items() if name.endswith("_failures.csv")]
    formula = [row for row in read(failures) if row["Name"].startswith("'=")]
    assert formula[0]["Occurrences"] == "3"
    assert not [row for row in read(failures) if row["Name"][0] in "=+-@"]


def test_an_endpoint_without_requests_or_successes() -> None:
    rows = made.rows(compared=False)
    endpoint = Endpoint(method="GET", name="/none")
    rows[1] = rows[1].model_copy(update={"candidate": made.statistics(endpoint, requests=0, median=1)})
    unknown = made.timeline(1).model_copy(update={"users": (None,)})
    files = csv_files(made.judgement(made.scenario(rows_=rows, timeline=unknown)))
    row = next(row for row in read(files["baseline_stats.csv"]) if row["Name"] == "/none")
    assert row["Median Response Time"] == row["99%"] == "N/A"
    assert row["Average Content Size"] == "0"
    assert read(files["baseline_stats_history.csv"])[0]["User Count"] == "N/A"


def test_file_names_are_harmless_and_different() -> None:
    assert file_name("../../etc/passwd") == "etc-passwd"
    assert file_name("../") == "scenario"
    assert file_names(["a b", "a/b", "a b"]) == ["a-b", "a-b-2", "a-b-3"]


def cases(judgement: Judgement) -> list[ET.Element]:
    return list(ET.fromstring(junit_xml(judgement)).iter("testcase"))


@pytest.mark.parametrize("name", made.SITUATIONS)
def test_junit_is_well_formed_and_counts_right(name: str) -> None:
    judgement = made.SITUATIONS[name]()
    root = ET.fromstring(junit_xml(judgement))
    assert [suite.tag for suite in root] == ["testsuite"] * len(judgement.scenarios)
    for counted in (root, *root):
        assert counted.get("failures") == str(len(list(counted.iter("failure"))))
        assert counted.get("tests") == str(len(list(counted.iter("testcase"))))
    assert bool(list(root.iter("failure"))) == (judgement.verdict is Verdict.FAIL)


def test_a_regression_is_one_failure_with_its_remedy() -> None:
    (failed,) = [case for case in cases(made.regression()) if case.find("failure") is not None]
    assert failed.get("name") == "p95 of GET /health against the baseline"
    assert "waiver" in (failed.findtext("failure") or "")


def test_a_conditional_is_no_failure_and_says_why() -> None:
    found = cases(made.conditional(ReasonCode.NOISY_RUNNER))
    (told,) = [case for case in found if case.get("name") == "noisy-runner"]
    assert told.find("failure") is None
    assert "The two sides disturbed each other: 31 of 612 requests" in (told.findtext("system-out") or "")


def test_where_the_policy_blocks_on_conditional_it_is_a_failure() -> None:
    judgement = made.conditional(ReasonCode.NOISY_RUNNER).model_copy(update={"block_on": "conditional"})
    assert [case.get("name") for case in cases(judgement) if case.find("failure") is not None] == ["noisy-runner"]


def named(judgement: Judgement, name: str) -> ET.Element:
    (case,) = [case for case in cases(judgement) if case.get("name") == name]
    return case


def test_a_demand_has_the_same_name_met_or_not() -> None:
    found = made.conditional(ReasonCode.NOT_COVERED)
    assert "not requested" in (named(found, "POST /webhooks/{source}").findtext("system-out") or "")
    assert "met: 3,171 requests" in (named(found, "GET /health").findtext("system-out") or "")
    assert not [case for case in cases(found) if "not-covered" in (case.get("name") or "")]  # told once


def test_a_broken_stack_and_an_unsound_measurement_are_told_by_their_checks() -> None:
    broken = named(made.broken_stack(), "the stack holds under load: api").find("failure")
    assert broken is not None
    assert "FATAL" in (broken.text or "")
    doubt = named(made.conditional(ReasonCode.GENERATOR_SATURATED), "the load generator keeps up")
    assert "bottleneck" in (doubt.findtext("system-out") or "")
    assert named(made.passed(), "the stack holds under load").find("failure") is None


def test_a_budget_on_a_series_that_nobody_sampled_is_told_once_and_blocks_where_a_conditional_does() -> None:
    text = "probe queue_depth: max < 500"
    unknown = TelemetryChecked(budget=parse_telemetry_budget(text), key=None, value=None, used=None, status="unknown")
    reason = Reason(code=ReasonCode.NOT_MEASURED, verdict=Verdict.CONDITIONAL, facts={"budget": text, "text": text})
    judgement = made.judgement(made.scenario(reasons=[reason], telemetry_budgets=(unknown,)), block_on="conditional")
    assert [case.get("name") for case in cases(judgement) if case.find("failure") is not None] == ["probe queue_depth"]
    assert not [case for case in cases(judgement) if "not-measured" in (case.get("name") or "")]


def test_a_budget_that_may_be_broken_by_chance_is_no_failure() -> None:
    reason = Reason(code=ReasonCode.BUDGET, verdict=Verdict.CONDITIONAL, metric=Metric.P95, endpoint="total")
    budget = made.budget("p95 < 50ms", Metric.P95, 0.05, 0.051)
    (case, *_) = cases(made.judgement(made.scenario(budgets=[budget], reasons=[reason])))
    assert case.find("failure") is None
    certain = made.judgement(made.scenario(budgets=[budget]))
    assert cases(certain)[0].find("failure") is not None


def test_a_budget_without_a_value_is_skipped() -> None:
    unknown = made.budget("GET /x: p95 < 1s", Metric.P95, 1, None, "GET /x")
    (case, *_) = cases(made.judgement(made.scenario(budgets=[unknown])))
    assert case.find("skipped") is not None


def test_documents_are_all_the_files() -> None:
    assert sorted(documents(made.passed())) == [
        "baseline_failures.csv",
        "baseline_stats.csv",
        "baseline_stats_history.csv",
        "comment.md",
        "judgement.json",
        "junit.xml",
        "report.html",
    ]

"""Three runs of the real command against a real application: the first is stored, the second compares with it, the
third is slower and is caught. Everything that can be asked of what they left is asked of these three.
"""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from perfgate.records.baseline import Baseline
from perfgate.records.judgement import Kind
from perfgate.records.metric import Metric
from perfgate.records.verdict import ReasonCode, Verdict
from tests.integration.cli.conftest import Done, Project, clean
from tests.integration.cli.test_side_by_side import OF_THE_MACHINE

pytestmark = pytest.mark.alone
# Beyond what any machine's mood adds, and far below what the slower run has.
TOLERANCES = {"p50": "150%", "p95": "150%", "error_ratio": "1%"}


@dataclass
class Story:
    project: Project
    first: Done
    second: Done
    slower: Done
    stored_before_slower: list[str]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story") / "repository"
    folder.mkdir()
    with clean(Project(folder)) as project:
        project.configure(scenario={"users": 12}, budgets=["p50 < 10s", "success_rate > 99%"], tolerances=TOLERANCES)

        def run(out: str, *arguments: str, items: str = "0.1") -> Done:
            done = project.perfgate(
                *("run", "--stack", "process", "--out", out, *arguments), DELAY_ITEMS=items, DELAY_ORDERS="0.1"
            )
            reasons = {each.code for each in project.judgement(out).scenarios[0].reasons}
            if ReasonCode.GENERATOR_SATURATED in reasons:  # then it is not stored, and accuses nobody
                pytest.skip("the machine is too busy for the load to be on time")
            return done

        first = run("first", "--block-on", "conditional")
        second = run("second", "--json")
        kept = stored(project)
        yield Story(project, first, second, run("slower", items="0.6"), kept)


@pytest.fixture
def copied(story: Story, tmp_path: Path) -> Iterator[Project]:
    """What the three runs left, to be changed at will."""
    shutil.copytree(story.project.folder, tmp_path / "repository")
    with clean(Project(tmp_path / "repository", port=story.project.port)) as project:
        yield project


def stored(project: Project) -> list[str]:
    return sorted(path.name.removesuffix(".json.gz") for path in project.store.rglob("*.json.gz"))


class TestTheFirstRun:
    def test_it_is_conditional_for_want_of_a_baseline_and_blocks_where_told_to(self, story: Story) -> None:
        judgement = story.project.judgement("first")
        assert judgement.verdict is Verdict.CONDITIONAL
        assert {reason.code for reason in judgement.scenarios[0].reasons} - OF_THE_MACHINE == {ReasonCode.NO_BASELINE}
        assert story.first.code == 10
        assert "The job fails." in story.first.out

    def test_it_says_what_it_does_one_line_at_a_time(self, story: Story) -> None:
        lines = story.first.out.splitlines()
        stages = [line for line in lines if line.startswith(("Starting", "Loading", "Judging"))]
        assert stages == ["Starting the stack (process)", "Loading: baseline, 12 users, 3 s", "Judging"]
        assert "report: first/report.html" in lines
        assert story.first.err == ""

    def test_it_measured_what_was_asked_for(self, story: Story) -> None:
        measured = story.project.measurement("first")
        assert [each.label for each in measured.endpoints] == ["GET /items", "GET /orders"]
        for each in measured.endpoints:
            assert each.failures == 0
            assert each.response_times is not None
            assert 0.1 <= each.response_times.p50.value < 0.5  # 100 ms, and what a busy machine adds
        assert measured.load.users_reached == 12
        assert measured.load.complete
        assert measured.load.requests_lost == 0
        assert 2.5 <= measured.load.measured < 5
        assert measured.stack.services[0].name == "app"

    def test_it_leaves_every_file_of_a_run(self, story: Story) -> None:
        out = story.project.folder / "first"
        names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
        assert {
            "comment.md",
            "report.html",
            "junit.xml",
            "judgement.json",
            "baseline/measurement.json",
            "baseline/baselines.json",
            "baseline/locust.log",
            "baseline/logs/app.log",
        } <= names
        assert any(name.startswith("baseline/requests-") for name in names)
        assert any(name.endswith(".csv") for name in names)
        assert (out / "baseline" / "logs" / "app.log").read_text() == "the application starts\n"

    def test_it_is_stored(self, story: Story) -> None:
        assert story.project.measurement("first").id in story.stored_before_slower
        path = story.project.store / "baseline" / f"{story.project.measurement('first').id}.json.gz"
        kept = Baseline.model_validate_json(gzip.decompress(path.read_bytes()))
        assert kept.measurement == story.project.measurement("first")
        assert kept.why == "run"


class TestTheSecondRun:
    def test_it_compares_with_what_the_first_stored(self, story: Story) -> None:
        [scenario] = story.project.judgement("second").scenarios
        assert scenario.verdict is not Verdict.FAIL
        assert ReasonCode.NO_BASELINE not in {reason.code for reason in scenario.reasons}
        total = scenario.rows[0]
        assert {change.runs for change in total.changes} == {1}
        first = story.project.measurement("first").total.response_times
        assert first is not None
        [p50] = [change for change in total.changes if change.metric is Metric.P50]
        assert p50.baseline == pytest.approx(first.p50.value)

    def test_it_passes_where_only_a_fail_blocks(self, story: Story) -> None:
        assert story.second.code == 0
        assert story.stored_before_slower == sorted(story.project.measurement(each).id for each in ("first", "second"))

    def test_json_alone_is_printed_where_it_is_asked_for(self, story: Story) -> None:
        assert json.loads(story.second.out) == json.loads(
            (story.project.folder / "second" / "judgement.json").read_text()
        )
        assert "Loading: baseline" in story.second.err


class TestTheSlowerRun:
    def test_it_fails(self, story: Story) -> None:
        assert story.slower.code == 11
        assert story.project.judgement("slower").verdict is Verdict.FAIL

    def test_the_endpoint_is_named_with_its_change(self, story: Story) -> None:
        [scenario] = story.project.judgement("slower").scenarios
        regressed = {
            (row.label, change.metric): change.change
            for row in scenario.rows
            for change in row.changes
            if change.tolerance is not None and change.kind is Kind.REGRESSED
        }
        change = regressed["GET /items", Metric.P50]
        assert change > 2  # 100 ms became 600 ms
        assert not any(label == "GET /orders" for label, _ in regressed)
        comment = (story.project.folder / "slower" / "comment.md").read_text()
        assert "GET /items" in comment
        percent = f"{100 * change:,.0f}"[:2]
        assert f"+{percent}" in comment
        assert f"p50 of GET /items got worse by more than its tolerance: +{percent}" in " ".join(
            story.slower.out.split()
        )

    def test_it_is_not_stored(self, story: Story) -> None:
        assert stored(story.project) == story.stored_before_slower
        assert "not stored as a baseline" in story.slower.out

    def test_every_document_says_so(self, story: Story) -> None:
        out = story.project.folder / "slower"
        assert "Fail: " in (out / "comment.md").read_text().splitlines()[1]
        assert "GET /items" in (out / "report.html").read_text()
        junit = ET.parse(out / "junit.xml").getroot()
        assert any(
            "GET /items" in str(case.attrib) for case in junit.iter("testcase") if case.find("failure") is not None
        )
        rows = {row["Name"]: row for row in csv.DictReader((out / "baseline_stats.csv").read_text().splitlines())}
        assert float(rows["/items"]["Median Response Time"]) >= 600


def test_nothing_is_left_behind_by_any_of_them(story: Story) -> None:
    assert story.project.left_behind() == []


class TestJudgingAgain:
    def test_it_gives_the_same_verdict_without_any_load(self, story: Story, copied: Project) -> None:
        again = copied.here("judge", "slower/baseline/measurement.json", "--out", "again")
        assert again.code == 11
        before, after = story.project.judgement("slower"), copied.judgement("again")
        assert after.scenarios == before.scenarios
        assert (after.verdict, after.blocks) == (before.verdict, before.blocks)

    def test_it_compares_with_what_the_run_compared_with_whatever_is_stored_now(
        self, story: Story, copied: Project
    ) -> None:
        shutil.rmtree(copied.store)
        again = copied.here("judge", "slower/baseline/measurement.json", "--out", "again")
        assert again.code == 11
        assert copied.judgement("again").scenarios == story.project.judgement("slower").scenarios

    def test_without_the_saved_runs_it_takes_the_stored_ones_that_are_older(self, copied: Project) -> None:
        for name in ("second", "slower"):
            (copied.folder / name / "baseline" / "baselines.json").unlink()
        assert copied.here("judge", "slower/baseline/measurement.json", "--out", "again").code == 11
        assert copied.here("judge", "second/baseline/measurement.json", "--out", "again").code == 0
        [scenario] = copied.judgement("again").scenarios
        assert {change.runs for change in scenario.rows[0].changes} == {1}

    def test_other_limits_give_another_verdict(self, copied: Project) -> None:
        copied.configure(budgets=["GET /orders: p50 < 1ms"])
        done = copied.here("judge", "second/baseline/measurement.json", "--out", "again")
        assert done.code == 11
        assert copied.judgement("again").scenarios[0].reasons[0].code is ReasonCode.BUDGET
        assert "GET /orders" in done.out

    @pytest.mark.parametrize(
        ("which", "block_on", "code"),
        [
            ("first", "fail", 0),
            ("first", "conditional", 10),
            ("first", "never", 0),
            ("slower", "fail", 11),
            ("slower", "conditional", 11),
            ("slower", "never", 0),
        ],
    )
    def test_the_policy_says_which_verdict_blocks(self, story: Story, which: str, block_on: str, code: int) -> None:
        done = story.project.here(
            "judge", f"{which}/baseline/measurement.json", "--out", f"by-{block_on}", "--block-on", block_on
        )
        assert done.code == code

    def test_a_release_branch_blocks_on_conditional(self, story: Story) -> None:
        judge = ["judge", "first/baseline/measurement.json", "--out", "by-branch", "--branch"]
        assert story.project.here(*judge, "release/1.2").code == 10
        assert story.project.here(*judge, "feature/1").code == 0

    def test_its_json_is_the_judgement(self, story: Story) -> None:
        done = story.project.here("judge", "slower/baseline/measurement.json", "--out", "json", "--json")
        assert done.code == 11
        assert json.loads(done.out) == json.loads((story.project.folder / "json" / "judgement.json").read_text())


class TestCompare:
    def test_two_files(self, story: Story) -> None:
        files = [f"{each}/baseline/measurement.json" for each in ("first", "slower")]
        done = story.project.here("compare", *files, "--out", "compared")
        assert done.code == 11
        assert "GET /items" in done.out

    def test_two_stored_runs_by_the_beginning_of_their_ids(self, story: Story) -> None:
        first, second = stored(story.project)
        done = story.project.here("compare", first, second[: len(second) - 2], "--out", "compared", "--json")
        assert done.code == 0
        assert json.loads(done.out)["scenarios"][0]["measurement_id"] == second

    @pytest.mark.parametrize(
        ("which", "said"),
        [
            (("second", "first"), "which is to be compared with it"),
            (("first", "first"), "both are the same run"),
        ],
    )
    def test_a_run_and_an_older_one_or_itself(self, story: Story, which: tuple[str, str], said: str) -> None:
        files = [f"{each}/baseline/measurement.json" for each in which]
        done = story.project.here("compare", *files, "--out", "compared")
        assert done.code == 2
        assert said in " ".join(done.said.split())

    def test_what_is_neither(self, story: Story) -> None:
        done = story.project.here("compare", "1999", stored(story.project)[0], "--out", "compared")
        assert done.code == 5
        assert "no stored run begins with '1999'" in done.said
        assert "perfgate baselines list" in done.said


class TestBaselines:
    def test_list(self, story: Story) -> None:
        done = story.project.here("baselines", "list")
        assert done.code == 0
        assert all(own in done.out for own in stored(story.project))
        listed = json.loads(story.project.here("baselines", "list", "--json").out)
        assert [each["id"] for each in listed] == sorted(stored(story.project), reverse=True)
        assert {each["scenario"] for each in listed} == {"baseline"}
        assert [each["requests"] for each in listed] == [
            story.project.measurement(each).total.requests for each in ("second", "first")
        ]

    def test_list_of_none(self, project: Project) -> None:
        assert json.loads(project.here("baselines", "list", "--json").out) == []
        done = project.here("baselines", "list")
        assert done.code == 0
        assert done.out.strip()

    def test_show(self, story: Story) -> None:
        own = stored(story.project)[0]
        done = story.project.here("baselines", "show", own)
        assert done.code == 0
        assert own in done.out
        assert "GET /items" in done.out
        shown = story.project.here("baselines", "show", own[:-3], "--json")
        assert Baseline.model_validate_json(shown.out).measurement == story.project.measurement("first")

    def test_history(self, story: Story) -> None:
        done = story.project.here("baselines", "history", "baseline", "--metric", "p50", "--endpoint", "GET /items")
        assert done.code == 0
        assert done.out.startswith("GET /items · p50")
        assert done.out.count(" UTC ") == 2

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["baseline", "--metric", "p96"], "there is no such metric"),
            (["peak"], "no run of a scenario 'peak' is stored"),
            (["baseline", "--endpoint", "GET /gone"], "no stored run of baseline has an endpoint 'GET /gone'"),
        ],
    )
    def test_history_of_what_is_not_there(self, story: Story, arguments: list[str], said: str) -> None:
        done = story.project.here("baselines", "history", *arguments)
        assert done.code == 2
        assert said in " ".join(done.said.split())

    def test_accept(self, story: Story, copied: Project) -> None:
        done = copied.here(
            "baselines", "accept", "slower/baseline/measurement.json", "--reason", "the audit log is worth it"
        )
        assert done.code == 0
        listed = json.loads(copied.here("baselines", "list", "--json").out)
        assert listed[0]["id"] == story.project.measurement("slower").id
        assert listed[0]["why"] == "accepted"
        assert listed[0]["note"] == "the audit log is worth it"
        judged = copied.here("judge", "slower/baseline/measurement.json", "--out", "again")
        assert judged.code == 11  # what it was compared with then was saved beside it

    def test_prune(self, copied: Project) -> None:
        first, second = stored(copied)
        done = copied.here("baselines", "prune", "baseline", "--keep", "1")
        assert done.code == 0
        assert first in done.out
        assert stored(copied) == [second]
        assert copied.here("baselines", "prune", "baseline", "--keep", "-1").code == 2
        assert stored(copied) == [second]
        assert copied.here("baselines", "prune", "baseline", "--keep", "0").code == 0
        assert stored(copied) == []

    def test_another_store(self, story: Story, copied: Project) -> None:
        elsewhere = copied.folder.parent / "elsewhere"
        done = copied.here(
            "baselines",
            "accept",
            "first/baseline/measurement.json",
            "--reason",
            "moved",
            "--baseline-store",
            str(elsewhere),
        )
        assert done.code == 0
        assert [path.parent.name for path in elsewhere.rglob("*.gz")] == ["baseline"]
        shutil.rmtree(copied.store)
        shown = copied.here("baselines", "show", "2", "--baseline-store", f"file://{elsewhere}")
        assert story.project.measurement("first").id in shown.out

"""What lies behind a verdict, as the page draws it and says it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from perfgate.judge.verdict import judge, judge_scenario
from perfgate.records.baseline import baseline_of
from perfgate.records.criteria import BlockOn, Policy
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Change, Judgement, Kind, ScenarioJudgement
from perfgate.records.metric import Metric
from perfgate.records.step import Step
from perfgate.report.interval_bar import NARROWEST, WIDEST, bar, reach
from perfgate.report.page import render_page
from perfgate.report.page_data import page_data
from perfgate.report.prose import plain
from perfgate.report.wording.evidence import how_pairs_are_read, pairs_in_words
from tests.builders import stored
from tests.golden import judgements as made
from tests.unit.judge.test_behind import beside_a_reference
from tests.unit.judge.test_side_by_side import POLICY, judged, measured
from tests.unit.judge.test_verdict import judged as judged_stored
from tests.unit.judge.test_verdict import run, steady_history

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def whole(scenario: ScenarioJudgement) -> Judgement:
    return judge(
        [scenario], block_on=BlockOn.FAIL, event="local", branch=None, judged_at=MOMENT,
        seconds=None, version="0.1.0", policy=POLICY,
    )  # fmt: skip


@pytest.fixture(scope="module")
def beside() -> ScenarioJudgement:
    return judged(measured(0.2, 0.2, control=0.0))


def test_pairs_are_drawn_start_by_start_with_estimate_interval_and_limit(beside: ScenarioJudgement) -> None:
    (scenario,) = page_data(whole(beside))["scenarios"]
    drawn, told = scenario["pairs"][0], beside.pairs[0]
    assert [len(start["changes"]) for start in drawn["starts"]] == [24, 24, 24]
    assert drawn["starts"][0]["estimate"] == pytest.approx(100 * told.starts[0].estimate, abs=0.01)
    assert drawn["limit"] == 5.0
    assert [start["label"] for start in drawn["starts"]] == [
        "first starts",
        "fresh starts",
        "control: base against base",
    ]
    assert abs(drawn["starts"][2]["estimate"]) < 3
    assert drawn["label"] == "p50 of all endpoints together"


def test_pairs_in_words_say_how_many_were_worse_and_what_fresh_starts_showed(beside: ScenarioJudgement) -> None:
    said = plain(pairs_in_words(beside.pairs[0]))
    assert re.match(r"p50 of all endpoints together: 24 of 24 pairs worse, \+\d.* % \(.* … .* %\)", said)
    assert "; on fresh starts, 24 of 24 pairs worse, +" in said
    assert "; as a control, base against base, " in said
    rules = how_pairs_are_read(beside)
    assert rules is not None
    assert "one pair of blocks of" in plain(rules)
    assert ", 24 pairs, not counting the first; the first starts went on to the last planned look" in plain(rules)


def test_beside_a_reference_the_page_has_the_pairs_against_the_stored_runs() -> None:
    before = baseline_of(beside_a_reference(0.05).model_copy(update={"id": "20250101-000000-abcdef"}), MOMENT, "run")
    found, first = (
        judge_scenario(beside_a_reference(0.2), runs, POLICY, today=MOMENT.date()) for runs in ([before], [])
    )
    text, alone = (render_page(whole(each)) for each in (found, first))
    assert "Change of the head against the stored runs, by each pair&#39;s ratio to <code>v1.2.0</code>" in text
    assert "faster than <code>v1.2.0</code> the head was, less what 1 stored run was on average." in text
    assert "the dashed line is what is tolerated" in text
    drawn = page_data(whole(found))["scenarios"][0]["pairs"][0]
    assert (drawn["label"], drawn["limit"]) == ("p50 of all endpoints together", 5.0)
    assert "Change of the head against <code>v1.2.0</code>, pair by pair" in alone
    assert "the dashed line" not in alone
    assert "pairs worse, +" in plain(pairs_in_words(first.pairs[0]))
    assert "(" not in plain(pairs_in_words(first.pairs[0])).partition("worse")[2]


def test_looks_of_fresh_starts_are_told_where_there_were_any_and_they_differ() -> None:
    planned = {"fresh_looks": (8, 24)}
    alone, again = (how_pairs_are_read(judged(measured(*each, design=planned))) for each in ((0.2,), (0.2, 0.2)))
    assert again is not None
    assert "24 (on fresh starts after 8, 24) pairs, not counting the first; " in plain(again)
    assert alone is not None
    assert "fresh" not in plain(alone)


def test_a_page_of_stored_runs_has_a_trend_and_no_pairs() -> None:
    found = judged_stored(run(day=100), steady_history(5))
    assert how_pairs_are_read(found) is None
    (scenario,) = page_data(whole(found))["scenarios"]
    assert scenario["pairs"] == []
    trend = scenario["trend"]
    assert [[len(line["values"]) for line in each["series"]] for each in trend["endpoints"]] == [[6, 6, 6]] * 2
    assert trend["runs"][-1] == "this run"
    assert (trend["compared"], [each["steps"] for each in trend["endpoints"]]) == (0, [[], []])
    text = render_page(whole(found))
    assert 'data-chart="trend"' in text
    assert 'data-chart="pairs"' not in text


def test_the_trend_shows_what_was_before_a_change_of_level_and_names_the_change() -> None:
    history = [stored(each) for each in steady_history(9)]
    steps = [
        Step(run=history[at].id, metric=metric, endpoint=label, change=0.2)
        for at, metric, label in ((5, Metric.P50, TOTAL), (5, Metric.P95, TOTAL), (7, Metric.P95, "GET /a"))
    ]
    found = whole(judge_scenario(run(day=100), history, Policy(), today=MOMENT.date(), steps=steps))
    trend = page_data(found)["scenarios"][0]["trend"]
    assert (len(trend["runs"]), trend["compared"]) == (10, 5)
    total, endpoint = trend["endpoints"]
    assert [(each["at"], each["text"]) for each in total["steps"]] == [(5, "p50 +20 %"), (5, "p95 +20 %")]
    assert [(each["at"], each["metric"]) for each in endpoint["steps"]] == [(7, "p95")]
    text = render_page(found)
    assert "9 stored runs of the same load on such a machine" in text
    assert "compared with the newest 4: what is shaded was before a change of level" in text
    assert "p95 of <code>GET /a</code>: level +20 % from here on" in text


def test_a_first_run_has_no_trend() -> None:
    (scenario,) = page_data(made.first_run())["scenarios"]
    assert scenario["trend"] is None
    assert 'data-chart="trend"' not in render_page(made.first_run())


def test_a_bar_puts_worse_to_the_right_whatever_the_metric() -> None:
    slower = made.change(Metric.P95, relative=0.2, kind=Kind.REGRESSED, half_width=0.05)
    scale = reach([slower])
    drawn = bar(slower, scale)
    assert drawn is not None
    assert (drawn.low, drawn.at, drawn.high) == tuple(round(50 + 50 * each / scale, 1) for each in (0.15, 0.2, 0.25))
    assert drawn.limit == round(50 + 50 * 0.1 / scale, 1)
    assert not drawn.goes_on
    fewer = bar(made.change(Metric.THROUGHPUT, relative=-0.2, half_width=0.05), scale)
    assert fewer is not None
    assert (fewer.low, fewer.high) == (drawn.low, drawn.high)


def test_a_bar_says_where_it_is_cut_and_an_absolute_change_has_none() -> None:
    far: Change = made.change(Metric.P50, relative=9.0, half_width=3.0)
    assert reach([far]) == WIDEST
    drawn = bar(far, WIDEST)
    assert drawn is not None
    assert drawn.goes_on
    assert drawn.at == 100
    unbounded = bar(far.model_copy(update={"bound_better": None, "bound_worse": None}), WIDEST)
    assert unbounded is not None
    assert (unbounded.low, unbounded.high, unbounded.comes_from, unbounded.goes_on) == (0, 100, True, True)
    assert bar(far.model_copy(update={"absolute": True}), WIDEST) is None
    assert reach([]) == NARROWEST

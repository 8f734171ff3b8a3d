"""Pages that differ: with and without pairs, trend, faults, doubts, hostile names; of several runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from perfgate.judge.verdict import judge, judge_scenario
from perfgate.records.criteria import BlockOn, Policy
from perfgate.records.judgement import Judgement, ScenarioJudgement
from perfgate.report.page import render_page, render_runs
from perfgate.report.runs_page import Run
from perfgate.settings.criteria import SIDE_BY_SIDE_TOLERANCES
from tests.golden import judgements as made
from tests.unit.judge.test_side_by_side import measured
from tests.unit.judge.test_verdict import judged, run, steady_history
from tests.unit.report.test_page_telemetry import watched

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = Policy(tolerances_side_by_side=SIDE_BY_SIDE_TOLERANCES)


def whole(*scenarios: ScenarioJudgement) -> Judgement:
    return judge(
        scenarios, block_on=BlockOn.FAIL, event="local", branch=None, judged_at=MOMENT, seconds=61, version="0.1.0",
        policy=POLICY,
    )  # fmt: skip


def side_by_side() -> Judgement:
    measurement = measured(0.2, 0.2, control=0.0)
    scenario = judge_scenario(measurement, [], POLICY, today=MOMENT.date())
    return whole(scenario.model_copy(update={"timeline": made.timeline(90)}))


def stored() -> Judgement:
    return whole(judged(run(day=100), steady_history(12)).model_copy(update={"timeline": made.timeline(90)}))


def many() -> Judgement:
    return made.many_endpoints(30)


def several_runs() -> str:
    runs = [Run(each, note="a <b>note</b>" if at == 2 else "") for at, each in enumerate(steady_history(9))]
    return render_runs(runs, made_at=MOMENT)


JUDGED: dict[str, Callable[[], Judgement]] = {
    "side-by-side": side_by_side,
    "stored": stored,
    "watched": watched,
    "first-run": made.first_run,
    "broken-stack": made.broken_stack,
    "several": made.several_scenarios,
    "many": many,
    "hostile": made.hostile,
}


def _page(made: Callable[[], Judgement]) -> str:
    return render_page(made())


SITUATIONS: dict[str, Callable[[], str]] = {
    **{name: partial(_page, each) for name, each in JUDGED.items()},
    "runs": several_runs,
}

"""Pages that differ: with and without pairs, trend, faults, doubts, hostile names; of several runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from perfgate.judge.verdict import judge, judge_scenario
from perfgate.records.criteria import BlockOn, Policy
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Judgement, ScenarioJudgement, TelemetryChecked
from perfgate.records.metric import Metric
from perfgate.records.step import Step
from perfgate.records.telemetry import SeriesUnit, Source
from perfgate.report.page import render_page, render_runs
from perfgate.report.runs_page import Run
from perfgate.settings.criteria import SIDE_BY_SIDE_TOLERANCES
from perfgate.settings.series import parse_telemetry_budget
from tests.builders import stored as baseline
from tests.golden import judgements as made
from tests.unit.judge.test_side_by_side import measured
from tests.unit.judge.test_verdict import POLICY as STORED_POLICY
from tests.unit.judge.test_verdict import run, steady_history
from tests.unit.report.test_page_telemetry import WATCHED, summary, watched

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
    """With a change of the level of all together in the middle of the history, and one of an endpoint."""
    history = [baseline(run(0.08 if day < 5 else 0.1, day=day, seed=day)) for day in range(12)]
    steps = [
        Step(run=history[5].id, metric=Metric.P50, endpoint=TOTAL, change=0.25),
        Step(run=history[8].id, metric=Metric.P95, endpoint="GET /a", change=0.1),
    ]
    scenario = judge_scenario(run(day=100), history, STORED_POLICY, today=MOMENT.date(), steps=steps)
    return whole(scenario.model_copy(update={"timeline": made.timeline(90)}))


def many() -> Judgement:
    return made.many_endpoints(30)


def watched_much() -> Judgement:
    """Forty metrics of a page beside the containers; one of them has a budget."""
    metrics = tuple((Source.PROMETHEUS, "api", f"metric_{at}", SeriesUnit.NUMBER, 5.0 + at) for at in range(40))
    held = summary((*WATCHED, *metrics))
    budget = parse_telemetry_budget("prometheus api: metric_7 max < 100")
    key = next(each.key for each in held.series if each.key.name == "metric_7")
    checked = TelemetryChecked(budget=budget, key=key, value=14.4, used=0.14, status="met")
    scenario = made.scenario(timeline=made.timeline(60), telemetry=held, telemetry_budgets=(checked,), trend=())
    return made.judgement(scenario)


def several_runs() -> str:
    runs = [Run(each, note="a <b>note</b>" if at == 2 else "") for at, each in enumerate(steady_history(9))]
    step = Step(run=runs[4].measurement.id, metric=Metric.P95, endpoint=TOTAL, change=0.1)
    return render_runs(runs, [step], made_at=MOMENT)


JUDGED: dict[str, Callable[[], Judgement]] = {
    "side-by-side": side_by_side,
    "stored": stored,
    "watched": watched,
    "watched-much": watched_much,
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

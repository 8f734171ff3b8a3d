"""Whole comments and terminal texts about runs whose inside was watched, each judged by the judge itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import pytest

from perfgate.judge.verdict import judge, judge_scenario
from perfgate.records.criteria import BlockOn, Policy, Tolerance
from perfgate.records.judgement import Judgement
from perfgate.records.metric import Metric
from perfgate.records.telemetry import Gap, Pool, Queue, Source, Telemetry
from perfgate.report.comment import render_comment
from perfgate.report.terminal import final_table
from perfgate.settings.series import parse_series, parse_telemetry_budget
from tests.builders import measurement, stored, times
from tests.golden.test_reports import expect
from tests.telemetry import MIB, drain, growing, watched, with_telemetry

rng = np.random.default_rng(7)
QUEUE = Queue(
    name="jobs",
    depth=parse_series("probe depth"),
    received=parse_series("probe received"),
    done=parse_series("probe done"),
    waited=parse_series("probe waited"),
)
POOL = Pool(name="database", used=parse_series("probe connections"), size=10.0)


def telemetry(cpu: float, leak: float, depth: list[float], connections: float, seconds: float | None) -> Telemetry:
    return watched(
        {
            "container api: cpu": list(rng.normal(cpu, 0.02, 600)),
            "container api: memory": growing(leak * MIB),
            "container worker: cpu": list(rng.normal(0.1, 0.01, 600)),
            "container worker: throttled": [0.25] * 600,
            "probe depth": depth,
            "probe received": [4.0] * 600,
            "probe done": [4.0 if seconds else 0.0] * 600,
            "probe waited": [0.05] * 600,
            "probe connections": [connections] * 600,
        },
        queues=(QUEUE,),
        pools=(POOL,),
        drains=(drain("probe depth", before=0, at_end=depth[-1], seconds=seconds),),
    )


def sound() -> Telemetry:
    return telemetry(0.2, 0.0, [float(each) for each in rng.poisson(2, 600)], 3, 0.8)


def faulty() -> Telemetry:
    found = telemetry(0.6, 1.0, [at / 5 for at in range(600)], 10, None)
    gap = Gap(source=Source.PROMETHEUS, subject="worker", missed=600, why="it does not answer: | <b>refused</b>")
    return found.model_copy(update={"gaps": (gap,)})


def judged(inside: Callable[[], Telemetry], median: float, *budgets: str) -> Judgement:
    before = [
        stored(with_telemetry(measurement({"GET /": times(0.05, 600, seed=day)}, day=day), sound())) for day in range(8)
    ]
    policy = Policy(
        tolerances=(Tolerance(metric=Metric.P50, fail=0.25, at_least=0.002),),
        telemetry_budgets=tuple(map(parse_telemetry_budget, budgets)),
    )
    run = with_telemetry(measurement({"GET /": times(median, 600)}, day=20), inside())
    return judge(
        [judge_scenario(run, before, policy, today=date(2026, 2, 1))],
        block_on=BlockOn.FAIL,
        event="pull_request",
        branch="main",
        judged_at=datetime(2026, 2, 1, tzinfo=UTC),
        seconds=700,
        version="0",
        policy=policy,
    )


SITUATIONS: dict[str, Callable[[], Judgement]] = {
    "inside-sound": lambda: judged(sound, 0.05, "probe depth: max < 500", "container *: memory growth < 1MiB/min"),
    "inside-faults": lambda: judged(
        faulty,
        0.15,
        "probe depth: max < 50",
        "container api: memory growth < 512KiB/min",
        "container api: memory growth < 1MiB/min",
        "probe depth: drain < 20s",
        "prometheus worker: jobs_total mean > 1/s",
        "p50 drift < 10%",
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_comment_and_terminal(name: str) -> None:
    judgement = SITUATIONS[name]()
    expect(f"comment/{name}.md", render_comment(judgement))
    expect(f"terminal/{name}.txt", final_table(judgement))

"""Turns on stacks that are started afresh each: every one counts, and no growth is told over them."""

from __future__ import annotations

from datetime import date

import pytest

from perfgate.judge.telemetry_turns import summarise_turns
from perfgate.judge.verdict import judge_scenario
from perfgate.records.criteria import Policy
from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.telemetry import Distribution, Gap, Source, TelemetryEvent
from perfgate.records.verdict import ReasonCode
from perfgate.report.prose import plain
from perfgate.report.wording.reasons import say
from perfgate.settings.series import parse_series, parse_telemetry_budget
from tests.telemetry import LOAD, drain, key, watched
from tests.unit.judge.test_side_by_side import measured

CPU = "container api: cpu"
REF = parse_series(CPU)


def judged_swapped(*budgets: str) -> ScenarioJudgement:
    each = measured(0.0, pairs=10)
    assert each.side_by_side is not None
    start = each.side_by_side.starts[0].model_copy(update={"swapped": True})
    beside = each.side_by_side.model_copy(update={"starts": (start,)})
    seen = summarise_turns([watched({CPU: [0.1 * at] * 60}) for at in range(1, 11)])
    each = each.model_copy(update={"side_by_side": beside, "telemetry": seen})
    policy = Policy(telemetry_budgets=tuple(map(parse_telemetry_budget, budgets)))
    return judge_scenario(each, (), policy, today=date(2026, 1, 1))


def test_the_highest_of_all_turns_counts_and_no_warm_up_does() -> None:
    turns = [watched({CPU: [9.0, *[0.2] * 5]}, warm_up=LOAD / 6), watched({CPU: [9.0, *[0.8] * 5]}, warm_up=LOAD / 6)]
    found = summarise_turns(turns).of(REF)
    assert found is not None
    assert (found.max, found.samples) == (0.8, 10)
    assert found.mean == pytest.approx(0.5)


def test_samples_and_events_of_a_turn_stand_behind_those_of_the_one_before() -> None:
    oom = TelemetryEvent(at=LOAD / 2, subject="api", kind="oom", detail="")
    early = oom.model_copy(update={"at": 1.0})
    turns = [watched({CPU: [0, 1, 2]}), watched({CPU: [3, 4, 5]}, warm_up=LOAD / 3, events=(early, oom))]
    seen = summarise_turns(turns)
    assert [each.at for each in seen.events] == pytest.approx([LOAD, LOAD + LOAD / 6])
    (drawn,) = seen.thinned
    assert drawn.values == (0, 1, 2, 4, 5)
    assert list(drawn.offsets) == sorted(drawn.offsets)
    assert drawn.offsets[-1] < LOAD + LOAD * 2 / 3


def test_of_queues_the_one_that_took_longest_counts() -> None:
    drains = [drain("probe depth", before=0, at_end=20, seconds=seconds) for seconds in (2.0, None, 9.0)]
    turns = [watched({}, drains=(each,)) for each in drains]
    assert summarise_turns(turns).drains == (drains[1],)
    assert summarise_turns([turns[0], turns[2]]).drains == (drains[2],)


def test_what_was_missed_and_what_was_counted_is_added_up() -> None:
    gap = Gap(source=Source.PROBE, subject="depth", missed=2, why="refused")
    counted = Distribution(key=key("prometheus api: seconds"), bounds=(1.0,), counts=(1.0, 0.0), total=0.5)
    late = counted.model_copy(update={"counts": (0.0, 3.0), "total": 6.0})
    series = {"prometheus api: seconds": [1.0]}
    turns = [watched(series, gaps=(gap,), distributions=(each,)) for each in (counted, late)]
    seen = summarise_turns(turns)
    assert [each.missed for each in seen.gaps] == [4]
    assert seen.series[0].mean == pytest.approx(6.5 / 4)
    assert seen.cost.samples == 1200


@pytest.mark.parametrize("budget", ["container api: cpu growth < 100/min", "p50 drift < 900%"])
def test_a_growth_over_fresh_starts_is_never_met(budget: str) -> None:
    (reason,) = (each for each in judged_swapped(budget).reasons if each.code is ReasonCode.NOT_MEASURED)
    assert "the stacks were swapped" in plain(say(reason).sentence)


def test_a_limit_holds_for_every_turn() -> None:
    judgement = judged_swapped("container api: cpu max < 0.95")
    assert [each.status for each in judgement.telemetry_budgets] == ["broken"]

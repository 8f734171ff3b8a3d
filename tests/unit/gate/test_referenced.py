"""Runs beside a pinned reference through doors that lead nowhere: what is loaded, what is kept, what is compared."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import cast

import pytest

from perfgate.baselines.store import Store
from perfgate.cli.loading import load_history, load_measurement
from perfgate.errors import SettingsError
from perfgate.judge.ratios import of_run
from perfgate.judge.verdict import judge_scenario
from perfgate.planning import Asked, forecast
from perfgate.records.baseline import Baseline
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Judgement, Kind
from perfgate.records.metric import Metric
from perfgate.records.verdict import NoteCode, ReasonCode, Verdict
from perfgate.settings.criteria import SIDE_BY_SIDE_TOLERANCES
from perfgate.stack.usage import Usage
from tests.unit.gate.test_beside import BesideWorld


@pytest.fixture
def world(tmp_path: Path) -> BesideWorld:
    return BesideWorld(tmp_path / "out", changes=[0.0] * 20)


def run(world: BesideWorld, *changes: float) -> Judgement:
    """One whole run, whose head is so much slower than the reference on each pair of fresh starts."""
    world.plans.clear()
    world.changes = list(changes)
    judgement: Judgement = world.run("stored", reference="v1.2.0")
    return judgement


def kept(world: BesideWorld) -> list[Baseline]:
    return world.stored["baseline"]


def test_the_head_is_loaded_in_turns_with_the_reference_to_the_end_and_its_ratio_kept(world: BesideWorld) -> None:
    judgement = world.run("stored", reference="v1.2.0")
    assert [each for each in world.did if each != "read"] == [
        *("reference v1.2.0", "open", "open", "load started", "load started", "drive pairs", "close", "close"),
        *("store", "prune"),
    ]
    assert world.looks == [None]
    assert "Starting the reference stack (process)" in world.said
    assert len(world.plans[0].design.looks) == 1
    assert {folder for _, folder in world.opened} == {Path("/reference"), world.out.parent}
    (stored,) = kept(world)
    reference = stored.measurement.reference
    assert reference is not None
    assert (reference.name, reference.commit) == ("v1.2.0", "a" * 40)
    assert all(not start.pairs for start in reference.beside.starts)
    assert of_run(reference, TOTAL, Metric.P50) is not None
    assert {each.code for each in judgement.scenarios[0].reasons} == {ReasonCode.NO_BASELINE}
    measured = load_measurement(world.out / "baseline" / "measurement.json")
    assert measured.reference is not None
    assert len(measured.reference.beside.starts[0].pairs) == world.plans[0].pairs  # the run's own file has them


def test_later_runs_are_compared_by_their_ratios(world: BesideWorld) -> None:
    for _ in range(4):
        run(world, 0.1)
    judgement = run(world, 0.1)
    (scenario,) = judgement.scenarios
    assert scenario.provenance.runs == 4
    assert scenario.provenance.reference is not None
    assert scenario.provenance.reference.commit == "a" * 40
    p50 = next(each for each in scenario.rows[0].changes if each.metric is Metric.P50)
    assert abs(p50.change) < 0.03
    assert p50.kind is not Kind.REGRESSED
    assert {each.code for each in scenario.notes} >= {NoteCode.CREEP}


def test_what_looks_slower_than_they_are_is_measured_on_fresh_starts(world: BesideWorld) -> None:
    for _ in range(4):
        run(world, 0.0)
    judgement = run(world, 0.5, 0.5)
    assert judgement.verdict is Verdict.FAIL
    assert len(world.plans) == 2
    assert world.plans[1].design == world.plans[0].design
    assert len(kept(world)) == 4  # what failed becomes no baseline
    again = load_measurement(world.out / "baseline" / "measurement.json")
    history = load_history(world.out / "baseline" / "baselines.json")
    policy = Policy(tolerances_side_by_side=SIDE_BY_SIDE_TOLERANCES)
    told = judge_scenario(again, history.runs, policy, today=date(2026, 1, 1), steps=history.steps)
    assert told.reasons == judgement.scenarios[0].reasons

    unconfirmed = run(world, 0.5, 0.0)
    assert unconfirmed.verdict is Verdict.CONDITIONAL
    assert ReasonCode.UNCONFIRMED in {each.code for each in unconfirmed.scenarios[0].reasons}


def test_a_plan_tells_how_much_their_ratios_differ(world: BesideWorld) -> None:
    for _ in range(3):
        run(world, 0.0)
    order = world.order()
    found = forecast("baseline", order.file, order.judging, cast("Store", world), Asked())
    assert {each.reference for each in found.stored} == {"v1.2.0"}
    assert {each.runs for each in found.stored} == {2}
    assert {(each.metric, each.tolerance) for each in found.stored} == {(Metric.P50, 0.05), (Metric.P95, 0.1)}


def test_a_time_limit_has_room_for_fresh_starts(world: BesideWorld) -> None:
    run(world, 0.0)
    world.plans.clear()
    world.changes = [1.0, 1.0]
    world.run("stored", reference="v1.2.0", limit=80.0)
    assert sum(plan.seconds for plan in world.plans) <= 80.0
    assert len(world.plans) == 2


def test_a_machine_that_does_not_hold_both_is_refused(world: BesideWorld) -> None:
    world.memory, world.usage = 2**20, Usage(cpu=0.0, memory=2**30)
    with pytest.raises(SettingsError, match="does not hold the reference beside the head"):
        run(world, 0.0)


def test_swapped_stacks_are_refused(world: BesideWorld) -> None:
    with pytest.raises(SettingsError, match="to be swapped"):
        world.run("stored", reference="v1.2.0", stacks="swapped")


def test_beside_the_base_no_reference_is_needed(world: BesideWorld) -> None:
    world.run("paired", reference="v1.2.0")
    assert "reference v1.2.0" not in world.did

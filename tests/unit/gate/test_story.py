"""What the gate does through its doors, and in which order; what comes of it as files; what becomes a baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from perfgate import gate
from perfgate.errors import BaselineError, Cancelled, LoadError, SettingsError, StackError
from perfgate.records.baseline import StoredRuns
from perfgate.records.judgement import Judgement
from perfgate.records.measurement import Measurement
from perfgate.records.verdict import ReasonCode, Verdict
from perfgate.settings.policy import Overrides
from tests.builders import recording, times
from tests.unit.gate.doors import FAULT, SCENARIO, SOUND, World

TWO = {"baseline": SCENARIO, "peak": {**SCENARIO, "users": 20}}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "out")


def reasons(judgement: Judgement) -> set[ReasonCode]:
    return {reason.code for scenario in judgement.scenarios for reason in scenario.reasons}


def slower(_scenario: str) -> Any:
    return recording({"GET /": times(0.5, 600)})


class TestOrder:
    def test_one_scenario(self, world: World) -> None:
        gate.run(world.order(), world.doors)
        assert [each for each in world.did if each != "read"] == [
            "open",
            "load started",
            "drive 60",
            "close",
            "store",
            "prune",
        ]
        assert [each for each in world.said if not each.startswith("baseline: ")] == [
            "Starting the stack (process)",
            "Loading: baseline, 10 users, 60 s",
            "Judging",
        ]

    def test_every_scenario_has_a_stack_of_its_own_and_never_two_at_once(self, world: World) -> None:
        gate.run(world.order(scenarios=TWO), world.doors)
        assert [each for each in world.did if each in {"open", "close"}] == ["open", "close"] * 2
        assert [order.profile.users for order in world.orders] == [10, 20]

    def test_the_stored_runs_are_looked_at_before_anything_is_started(self, world: World) -> None:
        def damaged() -> None:
            raise BaselineError("it is damaged", remedy="delete it")

        world.on_read = damaged
        with pytest.raises(BaselineError):
            gate.run(world.order(), world.doors)
        assert world.did == ["read"]

    def test_a_locust_file_that_is_not_there_is_told_before_anything_is_started(self, world: World) -> None:
        scenario = {"locustfile": "gone.py"}
        with pytest.raises(SettingsError, match=r"gone\.py cannot be read"):
            gate.run(world.order(scenarios={"baseline": scenario}), world.doors)
        assert "open" not in world.did

    def test_what_is_stored_is_stored_after_every_file_is_written(self, world: World) -> None:
        def full() -> None:
            assert (world.out / "judgement.json").exists()
            raise BaselineError("the disk is full", remedy="make room")

        world.on_store = full
        with pytest.raises(BaselineError):
            gate.run(world.order(), world.doors)
        assert Judgement.model_validate_json((world.out / "judgement.json").read_bytes())

    @pytest.mark.parametrize("error", [LoadError("no", remedy="x"), Cancelled(2), Cancelled(15), ZeroDivisionError()])
    def test_the_stack_is_closed_however_the_load_ends(self, world: World, error: BaseException) -> None:
        def end(_should_stop: object) -> None:
            raise error

        world.during_load = end
        with pytest.raises(type(error)):
            gate.run(world.order(), world.doors)
        assert world.did[-1] == "close"
        assert world.kept == []
        assert not (world.out / "judgement.json").exists()

    def test_a_stack_that_does_not_come_up_is_not_loaded(self, world: World) -> None:
        def broken() -> None:
            raise StackError("it does not build", remedy="mend it")

        world.on_open = broken
        with pytest.raises(StackError):
            gate.run(world.order(), world.doors)
        assert world.orders == []
        assert world.kept == []

    def test_files_of_a_finished_scenario_stay_where_the_next_comes_to_nothing(self, world: World) -> None:
        world.answers = lambda name: recording(SOUND if name == "baseline" else {}, failures={"GET /": 5})
        with pytest.raises(LoadError):
            gate.run(world.order(scenarios=TWO), world.doors)
        assert (world.out / "baseline" / "measurement.json").exists()
        assert world.kept == []


class TestWhatIsMeasured:
    def test_the_measurement_is_saved_as_it_is_judged(self, world: World) -> None:
        judgement = gate.run(world.order(), world.doors)
        saved = Measurement.model_validate_json((world.out / "baseline" / "measurement.json").read_bytes())
        assert saved.id == judgement.scenarios[0].measurement_id
        assert saved.total.requests == 600
        assert (saved.stack.seconds_to_ready, saved.stack.digest) == (1.5, "stack-1")
        assert saved.fingerprint.stack_digest == "stack-1"
        assert saved.fingerprint.scenario_digest == saved.scenario.digest
        assert saved.fingerprint.locust == "2.40"
        assert saved.load.complete
        assert [each.label for each in saved.scenario.declared] == ["GET /"]

    def test_ids_sort_by_time_and_no_two_are_the_same(self, world: World) -> None:
        first = gate.run(world.order(), world.doors).scenarios[0].measurement_id
        second = gate.run(world.order(), world.doors).scenarios[0].measurement_id
        assert first < second
        world.clock = world.clock.replace(hour=8, minute=0)
        assert gate.run(world.order(), world.doors).scenarios[0].measurement_id[:15] == first[:15]
        assert len({each.id for each in world.kept}) == 3

    @pytest.mark.parametrize(
        ("driven", "complete"),
        [({}, True), ({"ended_because": "locust-quit"}, False), ({"ended_because": "stack-broke"}, False)],
    )
    def test_a_load_that_ended_otherwise_is_not_complete(
        self, world: World, driven: dict[str, Any], complete: bool
    ) -> None:
        world.driven = driven
        gate.run(world.order(), world.doors)
        saved = Measurement.model_validate_json((world.out / "baseline" / "measurement.json").read_bytes())
        assert saved.load.complete is complete

    def test_the_load_is_told_to_stop_as_soon_as_the_stack_breaks(self, world: World) -> None:
        heard: list[bool] = []

        def break_meanwhile(should_stop: Any) -> None:
            heard.append(should_stop())
            world.faults = (FAULT,)
            heard.append(should_stop())

        world.during_load = break_meanwhile
        judgement = gate.run(world.order(), world.doors)
        assert heard == [False, True]
        assert judgement.verdict is Verdict.FAIL
        assert judgement.scenarios[0].stack.faults == (FAULT,)

    def test_notes_of_the_load_are_said(self, world: World) -> None:
        world.driven = {"notes": ("Tasks of the Locust file raised 3 errors.",)}
        gate.run(world.order(), world.doors)
        assert "Tasks of the Locust file raised 3 errors." in world.said

    def test_the_same_load_has_the_same_digest_and_another_has_another(self, world: World) -> None:
        (world.out.parent / "load.py").write_text("# one")
        with_file = {"baseline": {"locustfile": "load.py", "duration": "60s", "warm_up": "0s"}}

        def digest(order: Any) -> str:
            return gate.run(order, world.doors).scenarios[0].scenario.digest

        first = digest(world.order(scenarios=with_file))
        assert digest(world.order(scenarios=with_file)) == first
        (world.out.parent / "load.py").write_text("# two")
        assert len({first, digest(world.order(scenarios=with_file)), digest(world.order())}) == 3
        assert digest(world.order(duration=30)) != digest(world.order())


class TestUselessLoads:
    def test_nothing_succeeded(self, world: World) -> None:
        world.answers = lambda _: recording({}, failures={"GET /": 40, "POST /": 20})
        with pytest.raises(LoadError, match=r"not one of 60 requests to http://127\.0\.0\.1:1 succeeded") as caught:
            gate.run(world.order(), world.doors)
        assert caught.value.evidence == "60 times: 500 Server Error"
        assert world.kept == []

    def test_nothing_was_asked_for_after_the_warm_up(self, world: World) -> None:
        world.answers = lambda _: recording({"GET /": [0.1]}, seconds=2)
        scenario = {**SCENARIO, "warm_up": "20s"}
        with pytest.raises(LoadError, match="not one request was made after the warm-up of 20 s"):
            gate.run(world.order(scenarios={"baseline": scenario}), world.doors)

    def test_on_a_stack_that_broke_it_is_the_stack_that_fails(self, world: World) -> None:
        world.answers = lambda _: recording({}, failures={"GET /": 40})
        world.faults = (FAULT,)
        judgement = gate.run(world.order(), world.doors)
        assert judgement.verdict is Verdict.FAIL
        assert ReasonCode.STACK_BROKE in reasons(judgement)

    def test_one_success_is_judged(self, world: World) -> None:
        world.answers = lambda _: recording({"GET /": [0.1]}, failures={"GET /": 40})
        gate.run(world.order(budgets=["success_rate > 99%"]), world.doors)


class TestHistory:
    def test_a_run_is_compared_with_those_before_it(self, world: World) -> None:
        for _ in range(3):
            gate.run(world.order(), world.doors)
        [scenario] = gate.run(world.order(), world.doors).scenarios
        assert scenario.provenance.runs == 3
        assert {change.runs for change in scenario.rows[0].changes} == {3}

    def test_what_it_was_compared_with_is_saved_beside_it(self, world: World) -> None:
        gate.run(world.order(), world.doors)
        assert json.loads((world.out / "baseline" / "baselines.json").read_text()) == {"runs": [], "steps": []}
        gate.run(world.order(), world.doors)
        saved = (world.out / "baseline" / "baselines.json").read_text()
        assert StoredRuns.model_validate_json(saved).runs == (world.kept[0],)

    def test_scenarios_have_histories_of_their_own(self, world: World) -> None:
        gate.run(world.order(scenarios=TWO), world.doors)
        judgement = gate.run(world.order(scenarios={"peak": TWO["peak"]}), world.doors)
        assert [each.provenance.newest_id for each in judgement.scenarios] == [world.kept[1].id]
        assert {name for name, _ in world.asked} == {"baseline", "peak"}

    def test_no_more_is_read_than_can_be_of_use(self, world: World) -> None:
        gate.run(world.order(), world.doors)
        assert {limit for _, limit in world.asked} == {60}

    def test_decide_is_the_same_for_the_same(self, world: World) -> None:
        order = world.order()
        gate.run(order, world.doors)
        made = gate.measure("baseline", order, world.doors)
        histories = {made.id: StoredRuns(runs=tuple(world.kept))}
        twice = [gate.decide([made], histories, order, judged_at=world.clock, begun=None) for _ in range(2)]
        assert twice[0] == twice[1]
        assert twice[0].seconds is None


class TestWhatBecomesABaseline:
    def test_a_sound_run(self, world: World) -> None:
        gate.run(world.order(baseline={"keep": 7}), world.doors)
        [kept] = world.kept
        assert kept.why == "run"
        assert kept.stored_at.utcoffset() is not None
        assert world.pruned == [("baseline", 7)]
        assert world.said[-1] == f"baseline: stored as baseline {kept.id}"

    def test_not_one_that_failed(self, world: World) -> None:
        for _ in range(8):
            gate.run(world.order(), world.doors)
        world.answers = slower
        assert gate.run(world.order(), world.doors).verdict is Verdict.FAIL
        assert len(world.kept) == 8
        assert "not stored as a baseline" in world.said[-1]

    def test_not_one_that_breaks_a_budget(self, world: World) -> None:
        assert gate.run(world.order(budgets=["p95 < 1ms"]), world.doors).verdict is Verdict.FAIL
        assert world.kept == []

    @pytest.mark.parametrize(
        ("how", "code"),
        [
            ({"users_reached": 1}, ReasonCode.LOAD_NOT_REACHED),
            ({"ended_because": "locust-quit"}, ReasonCode.RECORDING_INCOMPLETE),
            ({"recording": recording(SOUND, cpu=0.99)}, ReasonCode.GENERATOR_SATURATED),
        ],
    )
    def test_not_one_that_was_not_measured_soundly(self, world: World, how: dict[str, Any], code: ReasonCode) -> None:
        world.driven = how
        judgement = gate.run(world.order(), world.doors)
        assert code in reasons(judgement)
        assert world.kept == []
        assert "the run is not sound enough" in world.said[-1]

    def test_only_the_sound_one_of_two(self, world: World) -> None:
        world.answers = lambda name: recording(SOUND, cpu=0.99 if name == "peak" else 0.1)
        gate.run(world.order(scenarios=TWO), world.doors)
        assert [each.measurement.scenario.name for each in world.kept] == ["baseline"]

    @pytest.mark.parametrize(
        ("event", "store", "kept"),
        [
            ("local", None, True),
            ("push", None, True),
            ("schedule", None, True),
            ("pull_request", None, False),
            ("pull_request", True, False),  # what is not merged is not the accepted state, whoever asks
            ("pull_request_target", True, False),
            ("merge_group", None, False),
            ("push", False, False),
            ("local", False, False),
            ("something_new", None, False),
            ("something_new", True, True),
        ],
    )
    def test_the_event_and_the_arguments_say_whether(
        self, world: World, event: str, store: bool | None, kept: bool
    ) -> None:
        gate.run(world.order(event=event, overrides=Overrides(store=store)), world.doors)
        assert bool(world.kept) is kept
        assert ("store" in world.did) is kept


LONG = {**SCENARIO, "duration": "10m", "warm_up": "10s"}
SHORT = {**SCENARIO, "duration": "30s", "warm_up": "10s"}


class TestHowLong:
    @pytest.mark.parametrize(
        ("limit", "duration", "lasted"),
        [
            (None, None, [600, 30]),
            (None, 60, [60, 60]),
            (240, None, [120, 30]),
            (240, 60, [60, 60]),
            (240, 300, [120, 120]),
            (20, None, [10, 10]),
            (10_000, None, [600, 30]),
        ],
    )
    def test_a_time_limit_is_shared_and_shortens_only(
        self, world: World, limit: float | None, duration: float | None, lasted: list[float]
    ) -> None:
        order = world.order(
            scenarios={"long": LONG, "short": SHORT},
            duration=duration,
            overrides=Overrides(time_limit=limit),
        )
        gate.run(order, world.doors)
        assert [each.profile.duration for each in world.orders] == lasted
        assert all(each.profile.warm_up <= each.profile.duration / 2 for each in world.orders)


def test_every_document_is_written_and_nothing_half_written(world: World) -> None:
    judgement = gate.run(world.order(), world.doors)
    names = {path.name for path in world.out.iterdir() if path.is_file()}
    assert {"comment.md", "report.html", "junit.xml", "judgement.json", "baseline_stats.csv"} <= names
    assert not [path for path in world.out.rglob("*") if path.name.endswith(".tmp")]
    assert Judgement.model_validate_json((world.out / "judgement.json").read_bytes()) == judgement
    assert judgement.seconds == (judgement.judged_at - world.clock.replace(hour=8, minute=1)).total_seconds()

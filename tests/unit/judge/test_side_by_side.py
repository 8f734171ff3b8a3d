"""Base and head by pairs of blocks: what is called, what is not, and what must be shown twice."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfgate.judge.pairing import TurnPair, in_turns, pair_up
from perfgate.judge.sequential import planned_looks
from perfgate.judge.side_by_side import alarms, enough
from perfgate.judge.summary import summarise
from perfgate.judge.verdict import judge_scenario
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Kind, ScenarioJudgement
from perfgate.records.measurement import Measurement, SideBySide, SideLoad, Subject
from perfgate.records.metric import Metric
from perfgate.records.pairs import Design, FreshStart, Side
from perfgate.records.recording import Recording
from perfgate.records.stack import Stack, StackKind
from perfgate.records.starts import StartLuck
from perfgate.records.verdict import NoteCode, ReasonCode, Verdict
from perfgate.report.prose import plain
from perfgate.report.wording.notes import say_note
from perfgate.report.wording.reasons import say
from perfgate.settings.criteria import SIDE_BY_SIDE_TOLERANCES, parse_budget, parse_tolerances
from tests.builders import measurement, stored, times
from tests.turns import BLOCK, schedule, side

POLICY = Policy(tolerances_side_by_side=SIDE_BY_SIDE_TOLERANCES)
TODAY = date(2026, 1, 1)


def measured(
    *changes: float,
    pairs: int = 25,
    planned: int | None = None,
    control: float | None = None,
    failing: float = 0.0,
    median: float = 0.1,
    design: dict[str, Any] | None = None,
    **others: Any,
) -> Measurement:
    """One pair of fresh starts for each of `changes`, by which the head is slower; statistics are of the first.

    `control`: by how much the base is slower than itself.
    """
    starts, summaries = [], None
    for number, change in enumerate(changes):
        turns = schedule(pairs, seed=number)
        base = side([each.base for each in turns], seed=10 + number, median=median, **others)
        head = side(
            [each.head for each in turns],
            seed=20 + number,
            factor=1 + change,
            failing=failing,
            median=median,
            **others,
        )
        starts.append(FreshStart(pairs=pair_up(base, head, turns), ended_because="planned"))
        if summaries is None:
            windows = [each.base for each in turns], [each.head for each in turns]
            summaries = [
                summarise(in_turns(each, window), started_at=0, ended_at=pairs * BLOCK, warm_up=0)
                for each, window in zip((base, head), windows, strict=True)
            ]
    assert summaries is not None
    of_base, of_head = summaries
    beside = SideBySide(
        subject=Subject(commit="b" * 40),
        stack=Stack(kind=StackKind.PROCESS, target="http://b", digest="d", services=(), seconds_to_ready=1, faults=()),
        total=of_base.total,
        endpoints=of_base.endpoints,
        design=Design(seed=1, block=BLOCK, looks=planned_looks((planned or pairs) - 1, 6), **(design or {})),
        starts=tuple(starts),
        control=None if control is None else _control(control, pairs, median, others),
    )
    return measurement({"GET /": times(0.1, 10)}).model_copy(
        update={"side_by_side": beside, "total": of_head.total, "endpoints": of_head.endpoints}
    )


def _control(change: float, pairs: int, median: float, others: Any) -> FreshStart:
    turns = schedule(pairs, seed=77)
    base, again = (
        side([getattr(each, name) for each in turns], seed=seed, factor=factor, median=median, **others)
        for name, seed, factor in (("base", 78, 1.0), ("head", 79, 1 + change))
    )
    return FreshStart(pairs=pair_up(base, again, turns), ended_because="planned")


def judged(each: Measurement, policy: Policy = POLICY) -> ScenarioJudgement:
    return judge_scenario(each, [], policy, today=TODAY)


def codes(judgement: ScenarioJudgement) -> set[ReasonCode]:
    return {reason.code for reason in judgement.reasons}


def change(judgement: ScenarioJudgement, metric: Metric, label: str = TOTAL) -> Any:
    row = next(each for each in judgement.rows if each.label == label)
    return next(each for each in row.changes if each.metric is metric)


class TestVerdict:
    def test_no_change_is_shown_and_passes(self) -> None:
        result = judged(measured(0.0, pairs=40))
        assert result.verdict is Verdict.PASS
        assert change(result, Metric.P50).kind is Kind.UNCHANGED
        assert change(result, Metric.P50).bound_worse < 0.05

    def test_a_regression_that_fresh_starts_confirm_fails_and_is_measured_right(self) -> None:
        result = judged(measured(0.2, 0.2))
        assert result.verdict is Verdict.FAIL
        assert {reason.metric for reason in result.reasons if reason.code is ReasonCode.REGRESSION} >= {Metric.P50}
        found = change(result, Metric.P50)
        assert found.change == pytest.approx(0.2, abs=0.03)
        assert 0.1 < found.bound_better < 0.2 < found.bound_worse < 0.3

    def test_a_regression_that_fresh_starts_do_not_show_again_is_conditional(self) -> None:
        result = judged(measured(0.2, 0.0))
        assert result.verdict is Verdict.CONDITIONAL
        assert ReasonCode.UNCONFIRMED in codes(result)
        assert ReasonCode.REGRESSION not in codes(result)
        facts = next(each.facts for each in result.reasons if each.code is ReasonCode.UNCONFIRMED)
        assert facts["change"] == pytest.approx(0.2, abs=0.03)
        assert facts["again"] == pytest.approx(0.0, abs=0.03)

    @pytest.mark.parametrize("again", [-0.1, 0.0, 0.05, 0.2, 0.5])
    def test_whatever_fresh_starts_show_a_change_lies_within_its_interval(self, again: float) -> None:
        result, once = judged(measured(0.2, again)), change(judged(measured(0.2)), Metric.P50)
        for metric in (Metric.P50, Metric.P95):
            told = change(result, metric)
            assert told.bound_better < told.change < told.bound_worse
        told = change(result, Metric.P50)
        assert told.change == pytest.approx(math.sqrt(1.2 * (1 + again)) - 1, abs=0.03)
        assert told.bound_better <= once.bound_better
        assert told.bound_worse >= once.bound_worse

    def test_what_did_not_look_slower_is_told_as_it_was_judged(self) -> None:
        """By the first starts, though the total, which did, was measured again."""
        first = change(judged(measured(0.0)), Metric.P50)
        assert change(judged(measured(0.0, 0.2)), Metric.P50) == first

    def test_a_regression_that_was_not_measured_again_is_conditional(self) -> None:
        result = judged(measured(0.2))
        assert result.verdict is Verdict.CONDITIONAL
        assert ReasonCode.UNCONFIRMED in codes(result)

    @pytest.mark.parametrize("moved", [0.15, -0.15])
    def test_where_the_base_moves_against_itself_as_much_the_runner_is_to_blame(self, moved: float) -> None:
        result = judged(measured(0.2, 0.2, control=moved))
        assert result.verdict is Verdict.CONDITIONAL
        reason = next(each for each in result.reasons if each.code is ReasonCode.NOISY_RUNNER)
        assert reason.facts["change"] == pytest.approx(0.2, abs=0.03)
        assert reason.facts["control"] == pytest.approx(moved, abs=0.03)
        assert ReasonCode.REGRESSION not in codes(result)
        assert result.provenance.side_by_side is not None
        assert {each.refutes for each in result.provenance.side_by_side.control} == {True}

    @pytest.mark.parametrize("moved", [0.0, 0.05, -0.05])
    def test_a_control_that_moves_less_lets_the_fail_stand_and_is_shown(self, moved: float) -> None:
        result = judged(measured(0.2, 0.2, control=moved))
        assert result.verdict is Verdict.FAIL
        assert codes(result) == {ReasonCode.REGRESSION}
        assert result.provenance.side_by_side is not None
        shown = result.provenance.side_by_side.control[0]
        assert shown.change == pytest.approx(moved, abs=0.03)
        assert shown.low is not None
        assert shown.high is not None
        assert shown.low < moved < shown.high
        assert not shown.refutes

    def test_the_control_speaks_of_each_comparison_by_itself(self) -> None:
        """The base's own move on one endpoint excuses nothing on another."""
        labels = ("GET /a", "GET /b")
        each = measured(0.4, 0.4, control=0.4, pairs=40, endpoints=labels, slow=("GET /a",), rate=120)
        both = measured(0.4, 0.4, control=0.0, pairs=40, endpoints=labels, rate=120)
        assert each.side_by_side is not None
        assert both.side_by_side is not None
        beside = both.side_by_side.model_copy(update={"control": each.side_by_side.control})
        result = judged(both.model_copy(update={"side_by_side": beside}))
        told = [(each.code, (each.endpoint, each.metric)) for each in result.reasons]
        doubted = {where for code, where in told if code is ReasonCode.NOISY_RUNNER}
        blamed = {where for code, where in told if code is ReasonCode.REGRESSION}
        assert ("GET /a", Metric.P50) in doubted
        assert ("GET /b", Metric.P50) in blamed
        assert not doubted & blamed
        assert result.verdict is Verdict.FAIL

    def test_faster_passes_and_is_said(self) -> None:
        result = judged(measured(-0.3))
        assert result.verdict is Verdict.PASS
        assert NoteCode.FASTER in {note.code for note in result.notes}

    def test_luck_learned_here_takes_the_place_of_the_assumption(self) -> None:
        each = measured(0.2, 0.2)
        assert each.side_by_side is not None
        bounds = []
        for luck in (None, StartLuck(per_start=0.003, runs=12), StartLuck(per_start=0.08, runs=12)):
            known = each.side_by_side.model_copy(update={"start_luck": luck})
            bounds.append(change(judged(each.model_copy(update={"side_by_side": known})), Metric.P50).bound_better)
        assert bounds[1] > bounds[0] > bounds[2]

    def test_few_requests_are_unclear_and_say_how_much_load_is_missing(self) -> None:
        result = judged(measured(0.0, pairs=10, rate=6))
        assert result.verdict is Verdict.CONDITIONAL
        reason = next(each for each in result.reasons if each.code is ReasonCode.INCONCLUSIVE)
        assert reason.facts["pairs"] == 9
        more = reason.facts["more_seconds"]
        assert isinstance(more, float)
        assert more > 20

    @pytest.mark.parametrize(("pairs", "told"), [(9, True), (10, False)])
    def test_so_few_pairs_that_nothing_could_be_accused_say_so(self, pairs: int, told: bool) -> None:
        """Of eight that are judged, the smallest level is 1 in 256, and each of two metrics has 1 in 400."""
        result = judged(measured(0.5, pairs=pairs))
        assert result.verdict is Verdict.CONDITIONAL
        sentences = " ".join(plain(say(each).sentence) for each in result.reasons)
        assert ("So few pairs of blocks can show no slow-down, however large." in sentences) is told

    def test_what_is_unclear_since_the_load_ended_for_a_regression_wants_no_more_load(self) -> None:
        each = measured(0.1, 0.1, pairs=20)
        measured_beside = each.side_by_side
        assert measured_beside is not None
        first, again = measured_beside.starts

        def remedy(ended: Literal["decided", "planned"]) -> str:
            starts = (first.model_copy(update={"ended_because": ended}), again)
            beside = measured_beside.model_copy(update={"starts": starts})
            result = judged(each.model_copy(update={"side_by_side": beside}))
            assert {ReasonCode.REGRESSION, ReasonCode.INCONCLUSIVE} == codes(result)
            return plain(say(next(one for one in result.reasons if one.code is ReasonCode.INCONCLUSIVE)).remedy)

        assert remedy("decided") == (
            "The load ended as soon as p50 of all endpoints together looked slower, too short for the rest: "
            "settle that first."
        )
        assert remedy("planned").endswith("Widen the tolerance in perfgate.yml.")

    def test_too_few_pairs_never_pass(self) -> None:
        result = judged(measured(0.0, pairs=5))
        assert result.verdict is Verdict.CONDITIONAL
        assert codes(result) == {ReasonCode.INCONCLUSIVE}

    def test_blocks_too_small_for_a_percentile_never_pass_in_silence(self) -> None:
        result = judged(measured(0.0, pairs=60, rate=15))
        doubted = {reason.metric for reason in result.reasons if reason.code is ReasonCode.TOO_FEW_REQUESTS}
        assert doubted == {Metric.P95}
        assert result.verdict is Verdict.CONDITIONAL

    @pytest.mark.parametrize("name", ["GET /rare: p50", "max"])
    def test_a_tolerance_that_nothing_was_held_against_is_a_reason(self, name: str) -> None:
        policy = Policy(tolerances_side_by_side=parse_tolerances({name: "10%"}))
        result = judged(measured(0.0, pairs=40), policy)
        assert result.verdict is Verdict.CONDITIONAL
        assert codes(result) & {ReasonCode.TOO_FEW_REQUESTS, ReasonCode.INCONCLUSIVE, ReasonCode.NOT_COVERED}

    def test_a_thin_endpoint_with_a_tolerance_of_its_own_can_make_the_verdict_unclear(self) -> None:
        policy = Policy(tolerances_side_by_side=parse_tolerances({"GET /: p50": "5%"}))
        assert ReasonCode.INCONCLUSIVE in codes(judged(measured(0.0, pairs=12, rate=12), policy))

    def test_a_change_below_the_floor_is_nobodys_concern(self) -> None:
        assert judged(measured(0.2, 0.2, median=0.001)).verdict is Verdict.PASS

    def test_errors_that_rise_fail_without_pairs(self) -> None:
        result = judged(measured(0.0, failing=0.05))
        assert result.verdict is Verdict.FAIL
        assert ReasonCode.ERRORS_ROSE in codes(result)

    def test_errors_that_may_have_risen_are_told_by_themselves(self) -> None:
        """Beside times that are unclear, too: those would be told as noise."""
        result = judged(measured(0.0, pairs=20, failing=0.01))
        errors = next(each for each in result.reasons if each.metric is Metric.ERROR_RATIO)
        assert (errors.code, errors.verdict) == (ReasonCode.INCONCLUSIVE, Verdict.CONDITIONAL)
        said = say(errors)
        assert "error ratio of all endpoints together is 0.7 %, 0 % beside it on the base (" in plain(said.sentence)
        found = change(result, Metric.ERROR_RATIO)
        assert found.kind is Kind.INCONCLUSIVE
        assert 50 < found.more_seconds < 90
        assert plain(said.remedy).startswith("Read the failure messages in the report. About ")

    def test_without_tolerances_and_budgets_nothing_was_checked(self) -> None:
        assert codes(judged(measured(0.0), Policy())) == {ReasonCode.NOTHING_CHECKED}

    def test_a_base_that_answers_nothing_is_no_base(self) -> None:
        each = measured(0.0, pairs=40)
        assert each.side_by_side is not None
        total = each.side_by_side.total
        dead = total.model_copy(update={"failures": total.requests, "response_times": None})
        broken = each.model_copy(update={"side_by_side": each.side_by_side.model_copy(update={"total": dead})})
        assert codes(judged(broken)) == {ReasonCode.BASE_BROKE}
        assert judged(broken, Policy(budgets=(parse_budget("p95 < 10s"),))).verdict is Verdict.CONDITIONAL

    def test_stored_runs_have_no_say(self) -> None:
        slow = measurement({"GET /": times(0.01, 500)})
        result = judge_scenario(measured(0.0, pairs=40), [stored(slow)], POLICY, today=TODAY)
        assert result.verdict is Verdict.PASS
        assert result.provenance.runs == 0

    def test_throughput_is_compared_where_it_is_asked_for(self) -> None:
        policy = Policy(tolerances_side_by_side=parse_tolerances({"throughput": "10%"}))
        slower = measured(0.0, failing=0.3)
        beside = slower.side_by_side
        assert beside is not None
        found = change(judged(slower, policy), Metric.THROUGHPUT)
        assert found.change == pytest.approx(-0.3, abs=0.05)
        assert found.bound_better > found.bound_worse

    def test_mean_is_compared_by_logarithms(self) -> None:
        policy = Policy(tolerances_side_by_side=parse_tolerances({"mean": "5%"}))
        assert change(judged(measured(0.2, 0.2), policy), Metric.MEAN).change == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize(
    "each",
    [
        pytest.param(measured(0.0, pairs=40), id="pass"),
        pytest.param(measured(0.2, 0.2, control=0.02), id="fail"),
        pytest.param(measured(0.2, 0.2, control=-0.2), id="noisy"),
        pytest.param(measured(0.2, 0.0), id="unconfirmed"),
        pytest.param(measured(0.0, pairs=10, rate=6), id="unclear"),
        pytest.param(measured(0.0, failing=0.05), id="errors"),
    ],
)
def test_from_its_file_a_measurement_is_judged_just_so(each: Measurement) -> None:
    again = Measurement.model_validate_json(each.model_dump_json())
    assert again == each
    assert judged(again) == judged(each)


@pytest.mark.parametrize("changes", [(0.0,), (0.2, 0.2), (0.2, 0.0)])
def test_of_an_older_file_fresh_starts_have_the_looks_of_the_first(changes: tuple[float, ...]) -> None:
    """Files of earlier versions name no looks of their own for fresh starts, and had none."""
    each = measured(*changes, design={"fresh_looks": planned_looks(24, 6)})
    saved = json.loads(each.model_dump_json())
    assert saved["side_by_side"]["design"].pop("fresh_looks") == saved["side_by_side"]["design"]["looks"]
    assert judged(Measurement.model_validate(saved)) == judged(each)


class TestP99:
    """300 requests a side and block, so that blocks bear it: from 5,000 a side on it is judged."""

    POLICY = Policy(tolerances_side_by_side=parse_tolerances({"p99": "20%"}))

    def test_below_5000_requests_it_is_told_and_neither_fails_nor_passes(self) -> None:
        result = judged(measured(0.5, 0.5, pairs=12, rate=300), self.POLICY)
        assert change(result, Metric.P99).tolerance is None
        assert result.verdict is Verdict.CONDITIONAL
        reason = next(each for each in result.reasons if each.code is ReasonCode.TOO_FEW_REQUESTS)
        assert reason.facts["needed"] == 5000

    def test_from_5000_requests_on_it_fails_and_passes(self) -> None:
        assert judged(measured(0.5, 0.5, pairs=20, rate=300), self.POLICY).verdict is Verdict.FAIL
        assert judged(measured(0.0, pairs=30, rate=300), self.POLICY).verdict is Verdict.PASS

    def test_a_load_that_will_have_enough_goes_on_until_it_has(self) -> None:
        policy = Policy(tolerances_side_by_side=parse_tolerances({"p50": "5%", "p99": "20%"}))
        for pairs, planned, wanted in ((15, 60, None), (15, 16, "decided"), (40, 60, "decided")):
            each = measured(-0.1, pairs=pairs, planned=planned, rate=300)
            assert each.side_by_side is not None
            assert enough(each.side_by_side, (each.total, *each.endpoints), policy.side_by_side) == wanted


def test_throughput_is_shown_only_where_users_wait_for_answers() -> None:
    def shown(**design: Any) -> set[Metric]:
        row = judged(measured(0.0, design=design)).rows[0]
        return {each.metric for each in row.changes}

    assert Metric.THROUGHPUT in shown()
    assert Metric.THROUGHPUT not in shown(rate=60.0)
    assert Metric.MEAN in shown(rate=60.0)


class TestEndpoints:
    LABELS = ("GET /a", "GET /b", "GET /c")

    def test_only_the_slow_one_is_named(self) -> None:
        result = judged(measured(0.4, 0.4, endpoints=self.LABELS, slow=("GET /b",), rate=90))
        named = {reason.endpoint for reason in result.reasons if reason.code is ReasonCode.REGRESSION}
        assert "GET /b" in named
        assert not named & {"GET /a", "GET /c"}

    def test_where_only_the_total_can_be_shown_the_likely_source_is_named(self) -> None:
        """Eleven pairs are too few for one of many endpoints, and enough for the total."""
        many = tuple(f"GET /{number}" for number in range(30))
        result = judged(measured(0.6, 0.6, pairs=14, endpoints=many, slow=many[:20], rate=120))
        assert {each.endpoint for each in result.reasons} == {TOTAL}
        likely = [note.endpoint for note in result.notes if note.code is NoteCode.LIKELY_SOURCE]
        assert len(likely) == 3
        assert set(likely) <= set(many[:20])
        assert NoteCode.THIN_SLOWER not in {note.code for note in result.notes}  # the same once more

    def test_the_likely_source_has_the_change_that_its_row_has(self) -> None:
        """The mean of both starts, of which the second showed less."""
        many = tuple(f"GET /{number}" for number in range(30))
        result = judged(measured(0.6, 0.5, pairs=14, endpoints=many, slow=many[:20], rate=120))
        notes = [note for note in result.notes if note.code is NoteCode.LIKELY_SOURCE]
        assert notes
        for note in notes:
            row = next(row for row in result.rows if row.label == note.endpoint)
            shown = {change.metric: change.change for change in row.changes}
            assert note.metric is not None
            assert note.facts["change"] == pytest.approx(shown[note.metric])

    def test_a_thin_endpoint_makes_nothing_unclear_but_is_said(self) -> None:
        result = judged(measured(0.0, pairs=40, endpoints=self.LABELS))
        thin = [note for note in result.notes if note.code is NoteCode.THIN_ENDPOINT]
        assert [note.facts["endpoints"] for note in thin] == [3]
        assert result.verdict is Verdict.PASS

    @pytest.mark.parametrize(("factor", "told"), [(1.0, []), (1.05, []), (3.0, ["GET /rare"])])
    def test_a_thin_endpoint_that_no_block_bears_is_told_where_it_looks_slower(
        self, factor: float, told: list[str]
    ) -> None:
        """One request of 60, two in a block: no pair has a median of it, and the total hardly moves."""
        names = ("GET /rare", *["GET /"] * 29)
        result = judged(measured(factor - 1, pairs=40, endpoints=names, slow=("GET /rare",)))
        assert result.verdict is Verdict.PASS
        assert [note.endpoint for note in result.notes if note.code is NoteCode.THIN_SLOWER] == told

    def test_one_that_vanished_is_named(self) -> None:
        each = measured(0.0, pairs=40, endpoints=self.LABELS)
        result = judged(each.model_copy(update={"endpoints": each.endpoints[1:]}))
        vanished = [reason.endpoint for reason in result.reasons if reason.code is ReasonCode.ENDPOINT_VANISHED]
        assert vanished == ["GET /a"]

    def test_answers_of_another_size_than_the_base_has_are_named(self) -> None:
        each = measured(0.0, pairs=40, endpoints=self.LABELS)
        assert each.side_by_side is not None
        first, *others = each.side_by_side.endpoints
        large = first.model_copy(update={"bytes_received": first.bytes_received + 5000 * first.requests})
        beside = each.side_by_side.model_copy(update={"endpoints": (large, *others)})
        result = judged(each.model_copy(update={"side_by_side": beside}))
        assert [(reason.code, reason.endpoint, reason.facts["stored"]) for reason in result.reasons] == [
            (ReasonCode.ANSWERS_DIFFER, first.label, 0)
        ]
        assert result.verdict is Verdict.CONDITIONAL


class TestLooks:
    def test_more_load_is_wanted_only_while_it_could_change_the_verdict(self) -> None:
        for each, wanted in (
            (measured(0.0, pairs=40), "decided"),
            (measured(0.0, pairs=10, rate=6, planned=60), None),
            (measured(0.0, pairs=10, rate=6), "futile"),
            (measured(0.2), "decided"),
            (measured(0.2, 0.2), "decided"),
            (measured(0.2, 0.0), "decided"),
            (measured(0.2, 0.2, control=0.0), None),
        ):
            assert each.side_by_side is not None
            head = (each.total, *each.endpoints)
            assert enough(each.side_by_side, head, POLICY.side_by_side) == wanted

    @pytest.mark.parametrize(
        ("failing", "load", "wanted"),
        [
            (0.0, {"pairs": 40, "planned": 80}, "decided"),
            (0.01, {"pairs": 40, "planned": 80}, None),  # it may be chance: more load would tell
            (0.3, {"pairs": 40, "planned": 80}, None),  # certain at every look, and judged at one alone
            (0.0, {"pairs": 10, "rate": 6}, "futile"),
            (0.05, {"pairs": 10, "rate": 6}, None),  # no answer in times, and perhaps one in errors
        ],
    )
    def test_a_load_goes_on_while_errors_may_have_risen(
        self, failing: float, load: dict[str, int], wanted: str | None
    ) -> None:
        each = measured(0.0, failing=failing, **load)
        assert each.side_by_side is not None
        assert enough(each.side_by_side, (each.total, *each.endpoints), POLICY.side_by_side) == wanted

    def test_only_what_looks_slower_is_measured_again(self) -> None:
        for each, wanted in ((measured(0.0), False), (measured(0.2), True), (measured(-0.2), False)):
            assert each.side_by_side is not None
            assert alarms(each.side_by_side, (each.total, *each.endpoints), POLICY.side_by_side) is wanted


class TestPairing:
    def test_requests_that_reach_into_the_other_turn_are_counted_and_doubted(self) -> None:
        result = judged(measured(0.0, median=0.4))
        assert ReasonCode.NOISY_RUNNER in codes(result)
        assert result.verdict is not Verdict.PASS

    def test_the_first_pair_and_the_beginning_of_a_block_are_left_out(self) -> None:
        turns = schedule(3)
        recording = side([each.base for each in turns], seed=1, rate=10)
        first, *_ = pair_up(recording, recording, [TurnPair(each.base, each.base) for each in turns])
        assert first.blocks[0].base.requests == 8  # of ten in a second, two lie in its first 0.2 s

    @given(st.floats(0.1, 10), st.integers(1, 5))
    @settings(deadline=None, max_examples=20)
    def test_a_common_factor_changes_no_difference(self, factor: float, seed: int) -> None:
        turns = schedule(12, seed=seed)
        base, head = (
            side([getattr(each, name) for each in turns], seed=seed + at) for at, name in enumerate(("base", "head"))
        )
        scaled = [
            Recording(**{**vars(each), "response_time": (each.response_time * np.float32(factor))})
            for each in (base, head)
        ]
        for as_is, other in zip(pair_up(base, head, turns), pair_up(*scaled, turns), strict=True):
            for one, two in zip(as_is.blocks, other.blocks, strict=True):
                assert one.base.p50 is not None
                assert one.head.p50 is not None
                assert two.base.p50 is not None
                assert two.head.p50 is not None
                assert two.head.p50 / two.base.p50 == pytest.approx(one.head.p50 / one.base.p50, rel=1e-4)

    def test_turns_follow_one_another_without_a_gap_once_compacted(self) -> None:
        turns = schedule(4)
        windows = [each.head for each in turns]
        recording = in_turns(side(windows, seed=1, rate=10), windows)
        assert len(recording) == 40
        assert recording.start == pytest.approx(np.arange(40) / 10, abs=1e-5)

    def test_which_side_was_first_is_known(self) -> None:
        turns = schedule(20)
        assert {each.first for each in turns} == set(Side)
        assert all((each.base.opens < each.head.opens) == (each.first is Side.BASE) for each in turns)


class TestLoadOfEverySide:
    """A base that was loaded badly looks slow, and hides what a head costs."""

    def with_load(self, each: Measurement, side: Side, start: Literal["first", "again"], **load: Any) -> Measurement:
        assert each.side_by_side is not None
        found = SideLoad(side=side, start=start, requests=1000, p50=0.1, load=each.load.model_copy(update=load))
        beside = each.side_by_side.model_copy(update={"loads": (found,)})
        return each.model_copy(update={"side_by_side": beside})

    def test_sound_loads_are_no_reason(self) -> None:
        assert judged(self.with_load(measured(0.0, pairs=40), Side.BASE, "first")).verdict is Verdict.PASS

    def test_a_base_whose_generator_was_starved_makes_no_pass(self) -> None:
        each = measured(0.0, pairs=40)
        late = each.load.generator.model_copy(update={"loop_lag_p90": 0.05})
        result = judged(self.with_load(each, Side.BASE, "first", generator=late))
        assert result.verdict is Verdict.CONDITIONAL
        (reason,) = result.reasons
        assert reason.code is ReasonCode.GENERATOR_SATURATED
        assert "The load generator of the base did not get the processor in time" in plain(say(reason).sentence)

    def test_what_is_found_against_a_base_that_looks_slower_than_it_is_stands(self) -> None:
        each = measured(0.2, 0.2)
        late = each.load.generator.model_copy(update={"loop_lag_p90": 0.05})
        result = judged(self.with_load(each, Side.BASE, "first", generator=late))
        assert result.verdict is Verdict.FAIL
        assert codes(result) == {ReasonCode.REGRESSION, ReasonCode.GENERATOR_SATURATED}

    def test_a_head_whose_generator_was_starved_on_fresh_starts_is_not_accused(self) -> None:
        each = measured(0.2, 0.2)
        late = each.load.generator.model_copy(update={"loop_lag_p90": 0.05})
        result = judged(self.with_load(each, Side.HEAD, "again", generator=late))
        assert result.verdict is Verdict.CONDITIONAL
        assert ReasonCode.REGRESSION not in codes(result)
        reason = next(each for each in result.reasons if each.code is ReasonCode.GENERATOR_SATURATED)
        assert "of the head on the fresh starts" in plain(say(reason).sentence)

    def test_a_base_that_was_not_sent_its_rate_makes_no_pass(self) -> None:
        result = judged(self.with_load(measured(0.0, pairs=40), Side.BASE, "first", arrivals_unsent=100))
        (reason,) = result.reasons
        assert (result.verdict, reason.code) == (Verdict.CONDITIONAL, ReasonCode.LOAD_NOT_REACHED)
        assert plain(say(reason).sentence).startswith(
            "The load of the base did not reach its rate: 100 of 1,100 requests"
        )


def test_of_what_ran_already_the_reader_is_told_that_nothing_was_started_afresh() -> None:
    each = measured(0.2, 0.0)
    assert each.side_by_side is not None
    stack = each.side_by_side.stack.model_copy(update={"kind": StackKind.EXTERNAL})
    beside = each.side_by_side.model_copy(update={"stack": stack})
    result = judged(each.model_copy(update={"side_by_side": beside, "stack": stack}))
    (note,) = (note for note in result.notes if note.code is NoteCode.EXTERNAL_STACKS)
    assert "never started afresh" in plain(say_note(note))
    (told,) = {
        plain(say(each).sentence)
        for each in result.reasons
        if (each.code, each.metric) == (ReasonCode.UNCONFIRMED, Metric.P50) and each.endpoint == TOTAL
    }
    assert told.endswith("by new load generators.")
    assert NoteCode.EXTERNAL_STACKS not in {note.code for note in judged(measured(0.2, 0.0)).notes}


@pytest.mark.parametrize(
    ("subject", "kind", "set_apart", "told"),
    [
        (Subject(commit="b" * 40, dirty=False), StackKind.PROCESS, False, True),
        (Subject(commit="b" * 40, dirty=False), StackKind.PROCESS, True, False),  # by its variables
        (Subject(commit="b" * 40, dirty=True), StackKind.PROCESS, False, False),
        (Subject(commit="a" * 40, dirty=False), StackKind.PROCESS, False, False),
        (Subject(commit="b" * 40, dirty=False), StackKind.EXTERNAL, False, False),  # nobody knows what runs there
    ],
)
def test_a_head_that_is_its_own_base_is_told(subject: Subject, kind: StackKind, set_apart: bool, told: bool) -> None:
    each = measured(0.0, pairs=40)
    assert each.side_by_side is not None
    stack = each.side_by_side.stack.model_copy(update={"kind": kind})
    beside = each.side_by_side.model_copy(update={"stack": stack, "set_apart": set_apart})
    result = judged(each.model_copy(update={"side_by_side": beside, "subject": subject}))
    assert [note.code for note in result.notes if note.code is NoteCode.BASE_IS_HEAD] == [NoteCode.BASE_IS_HEAD] * told


def test_files_that_only_the_head_had_are_named() -> None:
    each = measured(0.0, pairs=40)
    assert each.side_by_side is not None
    beside = each.side_by_side.model_copy(update={"lacks": ("data/", "a", "b", "c", "d", "e")})
    result = judged(each.model_copy(update={"side_by_side": beside}))
    assert result.verdict is Verdict.PASS
    (note,) = (note for note in result.notes if note.code is NoteCode.BASE_LACKS_FILES)
    assert "so the base lacks them: data/, a, b, c and 2 others." in plain(say_note(note))


def test_swapped_stacks_have_a_fresh_start_in_each_pair_and_need_no_others() -> None:
    each = measured(0.3)
    beside = each.side_by_side
    assert beside is not None
    assert ReasonCode.UNCONFIRMED in codes(judged(each))
    start = beside.starts[0].model_copy(update={"swapped": True})
    found = judged(each.model_copy(update={"side_by_side": beside.model_copy(update={"starts": (start,)})}))
    assert found.verdict is Verdict.FAIL
    assert ReasonCode.REGRESSION in codes(found)
    assert ReasonCode.UNCONFIRMED not in codes(found)

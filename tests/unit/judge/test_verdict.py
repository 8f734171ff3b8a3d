import math
from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfgate.judge.comparison import PRIOR_SPREAD, Subject, estimate, pooled_spread
from perfgate.judge.verdict import blocks, judge, judge_scenario
from perfgate.records.baseline import Baseline
from perfgate.records.criteria import Acceptance, BlockOn, Policy, Tolerance, Waiver
from perfgate.records.judgement import Kind, ScenarioJudgement
from perfgate.records.load import GeneratorHealth
from perfgate.records.measurement import Measurement
from perfgate.records.metric import Metric
from perfgate.records.stack import StackFault
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict, worst
from perfgate.settings.criteria import DEFAULT_TOLERANCES, parse_budget, parse_demand
from tests.builders import measurement, stored, times

TODAY = date(2026, 6, 1)
POLICY = Policy(tolerances=DEFAULT_TOLERANCES)


def judged(
    candidate: Measurement, history: Sequence[Measurement | Baseline] = (), policy: Policy = POLICY, today: date = TODAY
) -> ScenarioJudgement:
    baselines = [each if isinstance(each, Baseline) else stored(each) for each in history]
    return judge_scenario(candidate, baselines, policy, today=today)


def run(median: float = 0.1, *, day: float = 0, count: int = 1000, seed: int = 1, **more: object) -> Measurement:
    return measurement({"GET /a": times(median, count, seed=seed)}, day=day, **more)  # type: ignore[arg-type]


def steady_history(runs: int = 10, median: float = 0.1) -> list[Measurement]:
    """Runs a few per cent apart."""
    return [run(median * math.exp(0.03 * math.sin(day)), day=day, seed=day) for day in range(runs)]


def codes(found: ScenarioJudgement) -> list[ReasonCode]:
    return [reason.code for reason in found.reasons]


def reason(found: ScenarioJudgement, code: ReasonCode) -> Reason:
    return next(each for each in found.reasons if each.code is code)


def notes(found: ScenarioJudgement) -> dict[NoteCode, Note]:
    return {note.code: note for note in found.notes}


def test_the_same_speed_as_a_steady_history_passes() -> None:
    found = judged(run(day=50), steady_history())
    assert (found.verdict, found.reasons) == (Verdict.PASS, ())
    assert {change.kind for row in found.rows for change in row.changes if change.tolerance} == {Kind.UNCHANGED}
    assert found.provenance.runs == 10


def test_a_regression_against_a_steady_history_fails_and_names_the_endpoint() -> None:
    found = judged(run(0.15, day=50), steady_history())
    assert found.verdict is Verdict.FAIL
    first = reason(found, ReasonCode.REGRESSION)
    assert first.facts["change"] == pytest.approx(0.5, abs=0.06)
    assert {each.endpoint for each in found.reasons} == {"total", "GET /a"}
    assert found.rows[1].verdict is Verdict.FAIL


def test_of_several_that_are_slower_the_worst_stands_first() -> None:
    def at(slower: dict[str, float], day: float) -> Measurement:
        made = {f"GET /{name}": times(0.1 * slower.get(name, 1), 1000, seed=at) for at, name in enumerate("abcd", 7)}
        return measurement(made, day=day)

    found = judged(at({"b": 2, "c": 4, "d": 3}, 50), [at({}, day) for day in range(10)])
    assert [row.label for row in found.rows] == ["total", "GET /c", "GET /d", "GET /b", "GET /a"]
    accused = [each.endpoint for each in found.reasons if each.code is ReasonCode.REGRESSION]
    assert list(dict.fromkeys(accused)) == ["total", "GET /c", "GET /d", "GET /b"]
    assert accused == sorted(accused, key=[row.label for row in found.rows].index)


def test_a_small_change_is_inconclusive_while_the_history_is_short_and_says_why() -> None:
    found = judged(run(0.11, day=50), [run()])
    assert found.verdict is Verdict.CONDITIONAL
    facts = reason(found, ReasonCode.INCONCLUSIVE).facts
    assert (facts["runs"], facts["runs_needed"], facts["spread_from"]) == (1, 7, "prior")


@pytest.mark.parametrize("runs", [1, 3, 7, 8, 20])
def test_a_large_regression_fails_however_short_the_history(runs: int) -> None:
    assert judged(run(0.3, day=50), steady_history(runs)).verdict is Verdict.FAIL


def test_faster_is_a_pass_with_a_note() -> None:
    found = judged(run(0.05, day=50), steady_history())
    assert found.verdict is Verdict.PASS
    assert notes(found)[NoteCode.FASTER].facts["change"] == pytest.approx(-0.5, abs=0.05)


def test_a_change_below_the_absolute_floor_is_no_regression() -> None:
    found = judged(run(0.0015, day=50), [run(0.0005, day=day, seed=day) for day in range(10)])
    assert found.verdict is Verdict.PASS


def test_a_short_endpoint_can_fail_but_cannot_be_inconclusive() -> None:
    def mixed(thin: float, day: float) -> Measurement:
        return measurement({"GET /a": times(0.1, 2000, seed=int(day)), "GET /thin": times(thin, 15)}, day=day)

    history = [mixed(0.1, day) for day in range(10)]
    slower = judged(mixed(1.0, 50), history)
    assert ReasonCode.REGRESSION in codes(slower)
    assert {each.endpoint for each in slower.reasons if each.verdict is Verdict.FAIL} == {"GET /thin"}
    same = judged(mixed(0.1, 50), history)
    assert same.verdict is Verdict.PASS
    assert notes(same)[NoteCode.THIN_ENDPOINT].endpoint == "GET /thin"


def test_too_few_requests_where_somebody_relies_on_them() -> None:
    few = judged(run(day=50, count=50), [run(count=50)])
    assert reason(few, ReasonCode.TOO_FEW_REQUESTS).facts == {"requests": 50, "needed": 200}
    named = Policy(budgets=(parse_budget("GET /a: p99 < 5s"),))
    assert codes(judged(run(count=300), policy=named)) == [ReasonCode.TOO_FEW_REQUESTS]


def test_without_a_baseline_it_is_conditional_and_other_loads_are_counted() -> None:
    found = judged(run(day=50), [run(digest="other"), run(day=1, digest="other")])
    assert codes(found) == [ReasonCode.NO_BASELINE]
    assert reason(found, ReasonCode.NO_BASELINE).facts["other_loads"] == 2
    assert {row.presence for row in found.rows} == {"only"}


def test_nothing_to_check_is_never_a_pass() -> None:
    assert codes(judged(run(), policy=Policy())) == [ReasonCode.NOTHING_CHECKED]
    assert judged(run(), policy=Policy()).verdict is Verdict.CONDITIONAL


def test_budgets_alone_can_pass() -> None:
    found = judged(run(), policy=Policy(budgets=(parse_budget("p95 < 1s"), parse_budget("success_rate > 99%"))))
    assert found.verdict is Verdict.PASS
    assert [each.status for each in found.budgets] == ["met", "met"]
    assert found.budgets[0].used == pytest.approx(0.164, abs=0.01)
    assert found.budgets[1].used == 0


@pytest.mark.parametrize(
    ("text", "failures", "verdict"),
    [
        ("p95 < 50ms", 0, Verdict.FAIL),
        ("p50 <= 1s", 0, Verdict.PASS),
        ("success_rate > 99%", 100, Verdict.FAIL),
        ("error_ratio < 1%", 100, Verdict.FAIL),
        ("error_ratio < 1%", 11, Verdict.CONDITIONAL),
        ("failures <= 3", 4, Verdict.FAIL),
        ("requests >= 5000", 0, Verdict.FAIL),
        ("throughput >= 16/s", 0, Verdict.PASS),
        ("max < 1ms", 0, Verdict.FAIL),
        ("mean < 1ms", 0, Verdict.FAIL),
    ],
)
def test_budgets(text: str, failures: int, verdict: Verdict) -> None:
    found = judged(run(failures={"GET /a": failures}), policy=Policy(budgets=(parse_budget(text),)))
    assert found.verdict is verdict
    assert codes(found) == ([] if verdict is Verdict.PASS else [ReasonCode.BUDGET])


def test_a_percentile_that_breaks_its_budget_only_by_luck_is_conditional() -> None:
    value = judged(run(), policy=Policy(budgets=(parse_budget("p95 < 9s"),))).budgets[0].value
    assert value is not None
    found = judged(run(), policy=Policy(budgets=(parse_budget(f"p95 < {value * 990:.3f}ms"),)))
    assert (found.verdict, codes(found)) == (Verdict.CONDITIONAL, [ReasonCode.BUDGET])


def test_a_budget_on_what_was_not_requested_is_not_met() -> None:
    found = judged(run(), policy=Policy(budgets=(parse_budget("GET /gone: p95 < 1s"),)))
    assert codes(found) == [ReasonCode.NOT_COVERED]
    assert found.budgets[0].status == "unknown"


def test_a_budget_without_one_success_is_not_met() -> None:
    only_failures = measurement({}, failures={"GET /a": 100})
    found = judged(only_failures, policy=Policy(budgets=(parse_budget("p95 < 1s"),)))
    assert found.verdict is Verdict.CONDITIONAL
    assert reason(found, ReasonCode.NOT_COVERED).facts["why"] == "no request succeeded"


def test_a_budget_that_cannot_fail_is_noted() -> None:
    found = judged(run(), policy=Policy(budgets=(parse_budget("p95 < 60s"),)))
    assert notes(found)[NoteCode.LOOSE_BUDGET].facts["used"] == pytest.approx(0.0027, abs=2e-4)


def test_errors_that_rose_fail() -> None:
    found = judged(run(day=50, failures={"GET /a": 50}), steady_history())
    assert found.verdict is Verdict.FAIL
    rose = reason(found, ReasonCode.ERRORS_ROSE)
    assert rose.facts["baseline"] == 0
    assert rose.facts["candidate"] == pytest.approx(50 / 1050)


def test_a_few_errors_more_are_inconclusive_and_none_is_no_doubt() -> None:
    assert codes(judged(run(day=50, failures={"GET /a": 7}), steady_history())) == [ReasonCode.INCONCLUSIVE]
    with_errors = [run(day=day, seed=day, failures={"GET /a": 50}) for day in range(10)]
    assert judged(run(day=50), with_errors).verdict is Verdict.PASS


def test_an_endpoint_that_vanished_and_one_that_is_new() -> None:
    before = measurement({"GET /a": times(0.1, 500), "GET /b": times(0.1, 500)})
    after = measurement({"GET /a": times(0.1, 500), "GET /c": times(0.1, 500)}, day=1)
    found = judged(after, [before])
    assert reason(found, ReasonCode.ENDPOINT_VANISHED).endpoint == "GET /b"
    assert notes(found)[NoteCode.NEW_ENDPOINT].endpoint == "GET /c"
    presence = {row.label: row.presence for row in found.rows}
    assert presence == {"total": "both", "GET /a": "both", "GET /b": "vanished", "GET /c": "new"}


def test_names_that_hold_ids_are_told_together() -> None:
    def named(first: int, requests: int, day: int) -> Measurement:
        ids = {f"GET /{number}": times(0.1, requests) for number in range(first, first + 30)}
        return measurement({"GET /a": times(0.1, 500), **ids}, day=day)

    found = judged(named(200, 20, 1), [named(100, 20, 0)])
    assert codes(found).count(ReasonCode.ENDPOINT_VANISHED) == 1
    assert reason(found, ReasonCode.ENDPOINT_VANISHED).facts == {"label": "GET /100", "others": 29}
    assert [note.facts["others"] for note in found.notes if note.code is NoteCode.NEW_ENDPOINT] == [29]


def test_an_endpoint_that_was_hardly_requested_is_no_doubt_where_it_is_not_now() -> None:
    before = measurement({"GET /a": times(0.1, 500), "GET /rare": times(0.1, 4)})
    found = judged(measurement({"GET /a": times(0.1, 500)}, day=1), [before])
    assert ReasonCode.ENDPOINT_VANISHED not in codes(found)
    assert notes(found)[NoteCode.RARE_ENDPOINT].endpoint == "GET /rare"


def test_what_was_declared_or_required_must_be_exercised() -> None:
    found = judged(
        run(declared=["GET /a", "GET /rare"]),
        policy=Policy(required=(parse_demand("POST /hook"), parse_demand("GET /a"))),
    )
    assert found.coverage.missing == ("GET /rare", "POST /hook")
    assert codes(found).count(ReasonCode.NOT_COVERED) == 2


def test_a_broken_stack_fails_with_its_last_lines() -> None:
    fault = StackFault(service="api", kind="oom-killed", at=12.0, detail="exit code 137", log_tail="out of memory")
    found = judged(run(day=50, faults=(fault,)), steady_history())
    assert found.verdict is Verdict.FAIL
    assert reason(found, ReasonCode.STACK_BROKE).evidence == "out of memory"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"complete": False}, ReasonCode.RECORDING_INCOMPLETE),
        ({"users_reached": 5}, ReasonCode.LOAD_NOT_REACHED),
        ({"cpu": 0.97}, ReasonCode.GENERATOR_SATURATED),
    ],
)
def test_an_unsound_measurement_is_conditional(more: dict[str, object], code: ReasonCode) -> None:
    found = judged(run(day=50, **more), steady_history())
    assert (found.verdict, codes(found)) == (Verdict.CONDITIONAL, [code])


def test_a_late_event_loop_is_saturation_only_where_it_shows() -> None:
    late = GeneratorHealth(
        samples=60, cpu_mean=0.2, cpu_max=0.3, busy_share=0, loop_lag_p50=0.001, loop_lag_p90=0.02, loop_lag_p99=0.03
    )
    assert codes(judged(run(day=50, generator=late), steady_history())) == [ReasonCode.GENERATOR_SATURATED]
    slow = [run(1.0, day=day, seed=day) for day in range(10)]
    assert judged(run(1.0, day=50, generator=late), slow).verdict is Verdict.PASS


def test_a_saturated_generator_accuses_nobody() -> None:
    found = judged(run(0.3, day=50, cpu=0.97), steady_history())
    assert (found.verdict, ReasonCode.REGRESSION in codes(found)) == (Verdict.CONDITIONAL, False)


def test_runs_of_another_machine_lean_on_the_prior_and_are_named() -> None:
    elsewhere = [run(day=day, seed=day, cpu_model="cpu-2") for day in range(20)]
    found = judged(run(0.13, day=50), elsewhere)
    assert found.verdict is Verdict.CONDITIONAL
    assert "cpu-2 → cpu-1" in str(reason(found, ReasonCode.ENVIRONMENT_DIFFERS).facts["differences"])
    assert judged(run(0.4, day=50), elsewhere).verdict is Verdict.FAIL
    mixed = judged(run(day=50), [*elsewhere, *steady_history()])
    assert (mixed.verdict, mixed.provenance.runs) == (Verdict.PASS, 10)


def test_an_accepted_run_begins_a_new_history() -> None:
    accepted = stored(run(0.2, day=20), why="accepted")
    found = judged(run(0.2, day=50), [*steady_history(), accepted])
    assert found.provenance.runs == 1
    assert ReasonCode.REGRESSION not in codes(found)


def test_later_runs_and_the_run_itself_are_no_baseline() -> None:
    assert judged(run(day=5), [run(day=5), run(day=9)]).provenance.runs == 0


WAIVER = Waiver(metric=Metric.P95, endpoint=None, up_to=0.8, reason="new check", issue="#1", expires=date(2026, 12, 31))
P95_ONLY = (Tolerance(metric=Metric.P95, fail=0.25),)


def test_a_valid_waiver_makes_a_regression_conditional() -> None:
    named = WAIVER.model_copy(update={"endpoint": "GET /a"})
    policy = Policy(tolerances=P95_ONLY, waivers=(WAIVER, named))
    found = judged(run(0.15, day=50), steady_history(), policy)
    assert (found.verdict, set(codes(found))) == (Verdict.CONDITIONAL, {ReasonCode.WAIVED})
    assert found.waivers == (WAIVER, named)
    assert found.reasons[0].facts["reason"] == "new check"


@pytest.mark.parametrize(
    ("waiver", "note"),
    [
        (WAIVER.model_copy(update={"expires": date(2026, 5, 31)}), NoteCode.WAIVER_EXPIRED),
        (WAIVER.model_copy(update={"up_to": 0.3}), NoteCode.WAIVER_UNUSED),
        (WAIVER.model_copy(update={"metric": Metric.P50}), NoteCode.WAIVER_UNUSED),
        (WAIVER.model_copy(update={"endpoint": "GET /b"}), NoteCode.WAIVER_UNUSED),
    ],
)
def test_a_waiver_that_does_not_cover_it_leaves_the_fail(waiver: Waiver, note: NoteCode) -> None:
    found = judged(run(0.15, day=50), steady_history(), Policy(tolerances=P95_ONLY, waivers=(waiver,)))
    assert found.verdict is Verdict.FAIL
    assert note in notes(found)


ACCEPTED = Acceptance(how="comment", by="ada", metric=Metric.P95, endpoint=None, up_to=None, reason="new check")


@pytest.mark.parametrize(
    "acceptance",
    [
        ACCEPTED,
        ACCEPTED.model_copy(update={"up_to": 0.8}),
        Acceptance(how="label", by=None, metric=None, endpoint=None, reason="perfgate-accept"),
    ],
)
def test_an_acceptance_makes_a_regression_conditional_wherever_it_is(acceptance: Acceptance) -> None:
    policy = Policy(tolerances=P95_ONLY, acceptances=(acceptance,))
    found = judged(run(0.15, day=50), steady_history(), policy)
    assert (found.verdict, set(codes(found))) == (Verdict.CONDITIONAL, {ReasonCode.WAIVED})
    assert {each.endpoint for each in found.reasons} == {"total", "GET /a"}
    assert {each.facts["by"] for each in found.reasons} == {acceptance.by}
    assert found.waivers == ()


@pytest.mark.parametrize(
    ("acceptance", "note"),
    [
        (ACCEPTED.model_copy(update={"refused": "fork"}), NoteCode.ACCEPTANCE_REFUSED),
        (ACCEPTED.model_copy(update={"up_to": 0.3}), NoteCode.ACCEPTANCE_UNUSED),
        (ACCEPTED.model_copy(update={"metric": Metric.P50}), NoteCode.ACCEPTANCE_UNUSED),
        (ACCEPTED.model_copy(update={"endpoint": "GET /b"}), NoteCode.ACCEPTANCE_UNUSED),
    ],
)
def test_an_acceptance_that_does_not_count_leaves_the_fail(acceptance: Acceptance, note: NoteCode) -> None:
    policy = Policy(tolerances=P95_ONLY, acceptances=(acceptance,))
    found = judged(run(0.15, day=50), steady_history(), policy)
    assert found.verdict is Verdict.FAIL
    assert note in notes(found)


def test_a_budget_is_nothing_that_can_be_accepted() -> None:
    label = Acceptance(how="label", by=None, metric=None, endpoint=None, reason="perfgate-accept")
    found = judged(run(0.15, day=50), [], Policy(budgets=(parse_budget("p95 < 1ms"),), acceptances=(label,)))
    assert found.verdict is Verdict.FAIL


def test_a_shown_worsening_beyond_warn_and_below_fail_is_a_warning() -> None:
    policy = Policy(tolerances=(Tolerance(metric=Metric.P50, fail=0.5, warn=0.1),))
    found = judged(run(0.12, day=50), steady_history(20), policy)
    assert (found.verdict, set(codes(found))) == (Verdict.CONDITIONAL, {ReasonCode.WARNING})


def test_a_tolerance_for_one_endpoint_counts_before_the_general_one() -> None:
    general = Tolerance(metric=Metric.P50, fail=0.25)
    wide = Tolerance(metric=Metric.P50, endpoint="GET /a", fail=5.0)
    found = judged(run(0.15, day=50), steady_history(), Policy(tolerances=(general, wide)))
    assert {each.endpoint for each in found.reasons} == {"total"}


def test_throughput_is_worse_when_it_falls() -> None:
    policy = Policy(tolerances=(Tolerance(metric=Metric.THROUGHPUT, fail=0.2),))
    history = [run(day=day, seed=day, count=1000 + 10 * day) for day in range(10)]
    found = judged(run(day=50, count=500), history, policy)
    assert found.verdict is Verdict.FAIL
    change = next(each for each in found.rows[0].changes if each.metric is Metric.THROUGHPUT)
    assert change.change == pytest.approx(-0.52, abs=0.02)
    assert change.bound_worse is not None
    assert change.bound_better is not None
    assert change.bound_worse < change.change < change.bound_better < 0
    assert judged(run(day=50, count=2000), history, policy).verdict is Verdict.PASS


def test_no_warm_up_is_noted() -> None:
    assert NoteCode.NO_WARM_UP in notes(judged(run()))
    assert NoteCode.NO_WARM_UP not in notes(judged(run(warm_up=5.0)))


@settings(max_examples=20, deadline=None)
@given(st.floats(0.05, 20), st.floats(0.7, 1.6))
def test_scaling_all_times_changes_no_change(scale: float, ratio: float) -> None:
    def changes(factor: float) -> list[tuple[float, Kind]]:
        history = [run(0.1 * factor * (1 + day / 50), day=day, seed=day) for day in range(9)]
        policy = Policy(tolerances=(Tolerance(metric=Metric.P50, fail=0.25), Tolerance(metric=Metric.P95, fail=0.25)))
        found = judged(run(0.1 * factor * ratio, day=50), history, policy)
        return [(each.change, each.kind) for row in found.rows for each in row.changes]

    for (plain, kind), (scaled, scaled_kind) in zip(changes(1), changes(scale), strict=True):
        assert scaled == pytest.approx(plain, abs=1e-3)
        assert scaled_kind is kind


def test_the_prior_fades_as_runs_are_added() -> None:
    # Scaled inverse chi-squared with 8 degrees of freedom: by hand for logs 0 and 0.2, prior 0.15.
    assert pooled_spread([0, 0.2], 0.15) == pytest.approx(math.sqrt((8 * 0.15**2 + 0.02) / 9))
    assert pooled_spread([0.0], 0.15) == 0.15
    alike = [0.0] * 7
    assert pooled_spread(alike, 0.15) == pytest.approx(0.15 * math.sqrt(8 / 14))


def test_one_run_leans_on_the_prior_alone() -> None:
    subject = Subject(Metric.P50, run(day=1, count=100_000).total, (run(count=100_000).total,), POLICY.tolerances[0])
    measured = estimate(subject)
    assert measured is not None
    assert measured.spread == PRIOR_SPREAD[Metric.P50]
    assert measured.error == pytest.approx(0.15 * math.sqrt(2), rel=0.01)


def noisy(factor: float, day: float) -> Measurement:
    return run(0.1 * factor, day=day, count=400, seed=int(day) + 7)


# What histories are drawn from: enough that two gates seldom share a run, few enough to be made once.
NOISY_RUNS = [
    stored(noisy(float(np.exp(luck)), day)) for day, luck in enumerate(np.random.default_rng(7).normal(0, 0.1, 80))
]


@pytest.mark.parametrize(("runs", "slower"), [(1, 3.5), (3, 3.0), (8, 2.5), (20, 2.0)])
def test_error_rates_on_a_noisy_runner(runs: int, slower: float) -> None:
    """Between-run spread 10 %, 60 gates each: hardly a false fail, and a regression that large is found."""
    rng = np.random.default_rng(runs)
    false, found, many = 0, 0, 60
    for _ in range(many):
        history = [NOISY_RUNS[at] for at in rng.choice(len(NOISY_RUNS), runs, replace=False)]
        luck = float(np.exp(rng.normal(0, 0.1)))
        false += judged(noisy(luck, 100), history).verdict is Verdict.FAIL
        found += judged(noisy(slower * luck, 100), history).verdict is Verdict.FAIL
    assert false <= 1
    assert found >= 0.95 * many


def whole(*verdicts: Verdict, block_on: BlockOn = BlockOn.FAIL) -> tuple[Verdict, bool]:
    parts = [judged(run()).model_copy(update={"verdict": verdict}) for verdict in verdicts]
    found = judge(
        parts,
        block_on=block_on,
        event="local",
        branch=None,
        judged_at=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=None,
        version="0",
        policy=POLICY,
    )
    assert [each.verdict.rank for each in found.scenarios] == sorted((each.rank for each in verdicts), reverse=True)
    return found.verdict, found.blocks


def test_the_whole_is_the_worst_of_its_parts_and_nothing_is_no_pass() -> None:
    assert whole(Verdict.PASS, Verdict.FAIL, Verdict.CONDITIONAL) == (Verdict.FAIL, True)
    assert whole(Verdict.PASS, Verdict.CONDITIONAL) == (Verdict.CONDITIONAL, False)
    assert whole(Verdict.PASS) == (Verdict.PASS, False)
    assert whole() == (Verdict.CONDITIONAL, False)
    assert worst([]) is Verdict.CONDITIONAL


@pytest.mark.parametrize(
    ("verdict", "blocking"),
    [
        (Verdict.PASS, set()),
        (Verdict.CONDITIONAL, {BlockOn.CONDITIONAL}),
        (Verdict.FAIL, {BlockOn.CONDITIONAL, BlockOn.FAIL}),
    ],
)
def test_what_blocks_is_policy(verdict: Verdict, blocking: set[BlockOn]) -> None:
    assert {each for each in BlockOn if blocks(verdict, each)} == blocking


@pytest.mark.parametrize(("unsent", "doubted"), [(0, False), (3, False), (20, True)])
def test_a_rate_that_was_not_reached_is_doubted(unsent: int, doubted: bool) -> None:
    each = measurement({"GET /": times(0.1, 500)})
    late = each.model_copy(update={"load": each.load.model_copy(update={"arrivals_unsent": unsent})})
    result = judge_scenario(late, [], Policy(), today=date(2026, 1, 1))
    assert (ReasonCode.LOAD_NOT_REACHED in {reason.code for reason in result.reasons}) is doubted


@pytest.mark.parametrize(("lost", "doubted"), [(None, False), (0, False), (3, True)])
def test_requests_that_the_recording_lacks_are_doubted(lost: int | None, doubted: bool) -> None:
    each = measurement({"GET /": times(0.1, 500)})
    lacking = each.model_copy(update={"load": each.load.model_copy(update={"requests_lost": lost})})
    result = judge_scenario(lacking, [], Policy(), today=date(2026, 1, 1))
    assert (ReasonCode.RECORDING_INCOMPLETE in {reason.code for reason in result.reasons}) is doubted

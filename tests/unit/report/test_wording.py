from __future__ import annotations

from typing import Any

import pytest

from perfgate.records.criteria import Tolerance
from perfgate.records.judgement import Kind
from perfgate.records.metric import Metric
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict
from perfgate.report.figures import tally
from perfgate.report.prose import plain
from perfgate.report.wording.headline import headline
from perfgate.report.wording.notes import say_note
from perfgate.report.wording.page import doubts_of_runs
from perfgate.report.wording.reasons import say
from perfgate.report.wording.words import kind_word, notable, row_sign, row_word
from tests.builders import measurement
from tests.golden import judgements as made

LABEL = "GET /x`|*"
ROSE = {"baseline": 0, "candidate": 0.1, "change": 0.1}
LEVEL = {"change": 0.2, "since": "2026-01-13", "commit": "c" * 40, "runs": 9, "reference": None}
CREPT = {"reference": "v1.2.0", "change": 0.34, "low": 0.31, "high": 0.37, "tolerance": 0.15, "endpoints": 4}
ONE_UNCLEAR = {"comparisons": 1, "worst_endpoint": "GET /x"}
NOT_REQUESTED = {"why": "it was not requested"}


def reason(code: ReasonCode, verdict: Verdict = Verdict.CONDITIONAL, **others: Any) -> Reason:
    return Reason(code=code, verdict=verdict, **others)


@pytest.mark.parametrize("code", ReasonCode)
@pytest.mark.parametrize("facts", [{}, {"change": None, "value": "not a number", "worst_metric": "p42", "at": None}])
def test_every_reason_can_be_said_without_its_facts(code: ReasonCode, facts: dict[str, Any]) -> None:
    said = say(reason(code, facts=facts))
    assert plain(said.sentence).endswith(".")
    assert plain(said.remedy).endswith(".")


@pytest.mark.parametrize("code", ReasonCode)
def test_foreign_words_are_kept_apart_from_ours(code: ReasonCode) -> None:
    names = ["text", "service", "detail", "label", "why", "differences", "issue", "reason", "expires", "ended_because"]
    facts = dict.fromkeys(names, LABEL) | {"kind": LABEL, "worst_endpoint": LABEL, "worst_metric": "p95"}
    told = say(reason(code, endpoint=LABEL, metric=Metric.P95, facts=facts))
    ours = "".join(part for text in (told.sentence, told.remedy) for part in text.parts if isinstance(part, str))
    assert LABEL not in ours
    assert not set(ours) & set("`|*_[]<>\\@#")


@pytest.mark.parametrize("code", NoteCode)
def test_every_note_can_be_said(code: NoteCode) -> None:
    bare = say_note(Note(code=code))
    facts = {"requests": 29, "needed": 60, "runs": 1, "text": LABEL, "used": 0.001, "change": -0.2, "expires": LABEL}
    full = say_note(Note(code=code, endpoint=LABEL, metric=Metric.P95, facts=facts))
    assert plain(bare).endswith(".")
    assert plain(full).endswith(".")
    assert LABEL not in "".join(part for part in full.parts if isinstance(part, str))


@pytest.mark.parametrize(
    ("note", "text"),
    [
        (Note(code=NoteCode.THIN_ENDPOINT, endpoint="GET /x", facts={"requests": 29}), "(29 requests)"),
        (Note(code=NoteCode.NEW_ENDPOINT, endpoint="GET /x", facts={"others": 0}), "GET /x is new"),
        (
            Note(code=NoteCode.NEW_ENDPOINT, endpoint="GET /1", facts={"others": 1629}),
            "GET /1 and 1,629 other endpoints are new: there is nothing to compare them with yet.",
        ),
        (
            Note(code=NoteCode.THIN_ENDPOINT, facts={"endpoints": 6, "fewest": 31, "most": 1690, "needed": 1500}),
            "6 endpoints have too few requests to be judged by themselves (31 to 1,690, 1,500 needed)",
        ),
        (
            Note(
                code=NoteCode.LIKELY_SOURCE,
                endpoint="GET /x",
                metric=Metric.P50,
                facts={"change": 2.5, "bound_better": 1.8, "requests": 169},
            ),
            "Most likely it comes from GET /x: p50 there is +250 % (at least +180 %, 169 requests).",
        ),
        (Note(code=NoteCode.THIN_ENDPOINT, endpoint="GET /x", facts={"requests": 29, "needed": 60}), "60 needed)"),
        (
            Note(
                code=NoteCode.THIN_SLOWER,
                endpoint="GET /x",
                metric=Metric.P50,
                facts={"baseline": 0.1, "candidate": 0.4, "requests": 41, "needed": 1500, "others": 1},
            ),
            "GET /x looks slower, and 1 other endpoint too, which is no verdict: p50 was 100 ms on the base and",
        ),
        (
            Note(code=NoteCode.SAME_ANSWERS, endpoint="GET /x", facts={"endpoints": 4, "bytes": 1024}),
            "4 endpoints answer with 1 KiB each, all alike, as GET /x: maybe that is a login or an error page.",
        ),
        (Note(code=NoteCode.BASE_IS_HEAD), "Base and head are the same commit"),
        (Note(code=NoteCode.FASTER, metric=Metric.P95, facts={"change": -0.2}), "−20 %"),
        (
            Note(
                code=NoteCode.CREEP,
                endpoint="total",
                metric=Metric.P50,
                facts={"reference": "v1.2.0", "change": 0.09, "low": 0.06, "high": 0.12},
            ),
            "Since v1.2.0: p50 of all endpoints together +9 % (+6 … +12 %).",
        ),
        (
            Note(code=NoteCode.LEVEL_CHANGED, metric=Metric.P50, facts=LEVEL),
            "Compared only with the 9 runs since 2026-01-13 (cccccccc): the level of p50 changed by +20 % there.",
        ),
        (Note(code=NoteCode.FASTER, endpoint="GET /a", metric=Metric.P95), "p95 of GET /a got better."),
        (
            Note(code=NoteCode.LEVEL_CHANGED, metric=Metric.P50, facts={**LEVEL, "runs": 1, "reference": "v1.2.0"}),
            "the one run since 2026-01-13 (cccccccc): the level of p50, relative to v1.2.0, changed by +20 % there.",
        ),
        (
            Note(code=NoteCode.OTHER_REFERENCE, facts={"reference": "v1.2.0", "runs": 2}),
            "2 stored runs were measured beside another commit than v1.2.0 is now, or beside none, and are not",
        ),
    ],
)
def test_notes_say_their_numbers(note: Note, text: str) -> None:
    assert text in plain(say_note(note))


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (reason(ReasonCode.BUDGET, facts={"text": "p95 < 1s"}), "exceeded, but by so little"),
        (reason(ReasonCode.BUDGET, Verdict.FAIL, facts={"text": "p95 < 1s"}), "The budget p95 < 1s is broken"),
        (
            reason(ReasonCode.BUDGET, Verdict.FAIL, metric=Metric.P95, facts={"value": 1.5, "used": 1.5}),
            "p95 of all endpoints together is 1.50 s, 150 % of the limit.",
        ),
        (
            reason(ReasonCode.BUDGET, Verdict.FAIL, metric=Metric.P95, facts={"value": 12.3, "used": 12.3}),
            "p95 of all endpoints together is 12.3 s, 12.3 times the limit.",
        ),
        (
            reason(ReasonCode.BUDGET, Verdict.FAIL, metric=Metric.SUCCESS_RATE, facts={"value": 0.97, "used": 3}),
            "success rate of all endpoints together is 97 %, 300 % of the failures allowed.",
        ),
        (
            reason(ReasonCode.BUDGET, Verdict.FAIL, metric=Metric.SUCCESS_RATE, facts={"value": 0, "used": 100}),
            "success rate of all endpoints together is 0 %, 100 times the failures allowed.",
        ),
        (
            reason(ReasonCode.ERRORS_ROSE, metric=Metric.SUCCESS_RATE, facts={"baseline": 1, "candidate": 0.9}),
            "Fewer requests succeeded than before at all endpoints together: 90 % instead of 100 %",
        ),
        (
            reason(ReasonCode.ERRORS_ROSE, metric=Metric.ERROR_RATIO, facts=ROSE),
            "More requests failed than before at all endpoints together: 10 % instead of 0 % (+10 pp)",
        ),
        (
            reason(ReasonCode.WAIVED, metric=Metric.ERROR_RATIO, facts={"up_to": 0.02, "change": 0.01}),
            "error ratio of all endpoints together (+1 pp) is waived up to 2 pp",
        ),
        (
            reason(ReasonCode.WARNING, metric=Metric.P95, facts={"warn": 0.05, "change": 0.06}),
            "by more than its warning limit of 5 %: +6 %",
        ),
        (
            reason(ReasonCode.REGRESSION, metric=Metric.P95, facts={"baseline": 0, "candidate": 0.2, "change": 0.2}),
            "+200 ms, from 0 ms to 200 ms",
        ),
        (reason(ReasonCode.NO_BASELINE, facts={"other_loads": 3}), "3 stored runs put another load"),
        (
            reason(ReasonCode.NO_BASELINE, facts={"other_loads": 3, "other_references": 2}),
            "2 stored runs were measured beside another commit than baseline.reference is now",
        ),
        (
            reason(ReasonCode.CREEP, metric=Metric.P50, facts=CREPT),
            "together has become 34 % slower (+31 … +37 %), as 4 endpoints by themselves; up to 15 % is tolerated.",
        ),
        (
            reason(ReasonCode.BASE_BROKE, facts={"reference": "v1.2.0", "requests": 612, "failures": 612}),
            "The reference v1.2.0 did not work beside the head: 612 of its 612 requests failed.",
        ),
        (
            reason(
                ReasonCode.IDLE_SIDE_BUSY, facts={"base": 0.3, "head": 0.0, "busier": "base", "reference": "v1.2.0"}
            ),
            "The reference worked on while the other side had its turn: the reference used 30 % of a core",
        ),
        (reason(ReasonCode.INCONCLUSIVE, facts=ONE_UNCLEAR), "certain to call: a metric of GET"),
        (reason(ReasonCode.RECORDING_INCOMPLETE, facts={"lost": 1}), "1 was lost"),
        (reason(ReasonCode.NOT_COVERED, facts=NOT_REQUESTED), "was not exercised: it was not requested."),
        (reason(ReasonCode.NOT_COVERED, facts={"why": "foreign"}), "was not exercised (foreign)."),
    ],
)  # fmt: skip
def test_sentences(told: Reason, text: str) -> None:
    assert text in plain(say(told).sentence)


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (
            {"runs_needed": 4, "runs": 4, "spread": 0.06},
            "Store 4 more runs to compare with (4 now; runs differ by 6 % here)",
        ),
        ({"runs_needed": 1}, "Store 1 more run to compare with (0 now)"),
        ({"runs_needed": 0, "runs": 9, "spread": 0.06}, "Run longer, use a quieter machine (runs differ by 6 % here)"),
    ],
)
def test_what_to_do_about_noise(facts: dict[str, Any], text: str) -> None:
    assert text in plain(say(reason(ReasonCode.INCONCLUSIVE, facts=facts)).remedy)


def test_headlines_say_consequence_and_action() -> None:
    passed = made.passed()
    assert plain(headline(passed)) == (
        "Pass: nothing is slower than tolerated; both budgets hold. Merging is not blocked."
    )
    one, three = made.scenario(budgets=made.BUDGETS[:1]), made.scenario(budgets=made.BUDGETS[:1] * 3)
    assert "; the budget holds." in plain(headline(made.judgement(one)))
    assert "; all 3 budgets hold." in plain(headline(made.judgement(three)))
    assert plain(headline(made.judgement(made.scenario(rows_=[], budgets=())))).startswith(
        "Pass: nothing speaks against"
    )
    pushed = made.judgement(made.regressed(), event="push")
    assert plain(headline(pushed)).endswith("The job fails.")
    assert plain(headline(made.judgement(made.regressed(), event="push", blocks=False))).endswith("does not fail.")


def test_what_is_slower_but_not_judged_is_never_called_not_slower() -> None:
    rows = made.regressed().rows
    saturated = reason(ReasonCode.GENERATOR_SATURATED)
    told = plain(headline(made.judgement(made.scenario(rows_=rows, reasons=[saturated]))))
    assert told.startswith("Conditional: the load generator was the bottleneck.")


def test_headline_counts_what_it_does_not_name() -> None:
    reasons = [made.regression_reason("GET /health"), made.regression_reason("GET /metrics")]
    reasons += [
        reason(code, Verdict.FAIL) for code in (ReasonCode.BUDGET, ReasonCode.STACK_BROKE, ReasonCode.ERRORS_ROSE)
    ]
    told = plain(headline(made.judgement(made.scenario(reasons=reasons))))
    assert "2 comparisons got worse beyond their tolerance; one budget is broken; 2 more reasons." in told


@pytest.mark.parametrize("code", ReasonCode)
def test_every_reason_has_its_headline(code: ReasonCode) -> None:
    one = plain(headline(made.judgement(made.scenario(reasons=[reason(code)]))))
    two = plain(headline(made.judgement(made.scenario(reasons=[reason(code), reason(code)]))))
    assert one.startswith("Conditional: ")
    assert "a person should read" not in one + two


def test_a_conditional_without_reasons_still_asks_for_a_reader() -> None:
    empty = made.scenario(rows_=[], verdict=Verdict.CONDITIONAL)
    assert "a person should read this" in plain(headline(made.judgement(empty)))


@pytest.mark.parametrize(
    ("metric", "relative", "text"),
    [
        (Metric.P95, 0.231, "p95 of GET /x is 23.1 % slower"),
        (Metric.THROUGHPUT, -0.1, "throughput of GET /x is 10 % lower"),
        (Metric.FAILURES, 0.5, "number of failures of GET /x is 50 % higher"),
        (None, 0.5, "a metric of GET /x is worse"),
    ],
)
def test_a_single_regression_is_named(metric: Metric | None, relative: float, text: str) -> None:
    one = reason(ReasonCode.REGRESSION, Verdict.FAIL, endpoint="GET /x", metric=metric, facts={"change": relative})
    assert text in plain(headline(made.judgement(made.scenario(reasons=[one]))))


@pytest.mark.parametrize(
    ("metric", "kind", "word"),
    [
        (Metric.P95, Kind.REGRESSED, "slower"),
        (Metric.ERROR_RATIO, Kind.REGRESSED, "worse"),
        (Metric.THROUGHPUT, Kind.IMPROVED, "faster"),
        (Metric.ERROR_RATIO, Kind.IMPROVED, "better"),
        (Metric.P95, Kind.UNCHANGED, "unchanged"),
        (Metric.P95, Kind.INCONCLUSIVE, "unclear"),
    ],
)
def test_kinds(metric: Metric, kind: Kind, word: str) -> None:
    assert kind_word(made.change(metric, kind=kind)) == word


def test_the_notable_change_is_the_worst_that_is_judged() -> None:
    small = made.change(Metric.P50, relative=0.1, kind=Kind.REGRESSED)
    large = made.change(Metric.P95, relative=0.3, kind=Kind.REGRESSED)
    gain = made.change(Metric.THROUGHPUT, relative=0.9, kind=Kind.IMPROVED)
    unjudged = made.change(Metric.P99, relative=9, kind=Kind.REGRESSED, tolerance=False)
    assert notable([small, gain, large, unjudged]) == large
    assert notable([unjudged]) is None


def test_words_for_rows() -> None:
    total, health, *_ = made.rows()
    scenario = made.scenario()

    def word(reasons: list[Reason] = [], **changes: Any) -> str:  # noqa: B006 - never changed
        return row_word(health.model_copy(update=changes), made.scenario(reasons=reasons))

    def about(code: ReasonCode) -> list[Reason]:
        return [reason(code, endpoint="GET /health")]

    assert row_word(total, scenario) == "unchanged"
    assert row_word(total, made.scenario(reasons=[reason(ReasonCode.BUDGET)])) == "over budget"
    assert word(about(ReasonCode.ERRORS_ROSE)) == "more errors"
    assert word(about(ReasonCode.WAIVED)) == "waived"
    assert word(presence="vanished") == "vanished"
    assert word(presence="new", changes=()) == "new"
    assert word(changes=()) == "not compared"
    thin = made.change(Metric.P95, "GET /health", kind=Kind.INCONCLUSIVE, gated=False)
    assert word(changes=(thin,)) == "too thin"
    held = Tolerance(metric=Metric.ERROR_RATIO, fail=0.005)
    no_errors = made.change(Metric.ERROR_RATIO, "GET /health").model_copy(update={"tolerance": held})
    unjudged = made.change(Metric.P95, "GET /health", tolerance=False)
    assert word(changes=(no_errors,)) == "too thin"  # of its times nothing is known
    assert word(changes=(no_errors, unjudged)) == "unchanged"
    assert health.candidate is not None
    all_failed = health.candidate.model_copy(update={"failures": health.candidate.requests})
    assert word(changes=(no_errors,), candidate=all_failed) == "unchanged"  # as before, and there are no times
    assert word(about(ReasonCode.WARNING)) == "warning"
    assert tally(made.conditional(ReasonCode.WARNING).scenarios[0])["warning"] == 1
    assert row_sign(health.model_copy(update={"changes": (no_errors,)})) == "⚪"
    assert row_sign(health) == "🟢"
    assert row_sign(health.model_copy(update={"changes": ()})) == "⚪"
    assert row_sign(health.model_copy(update={"changes": (), "verdict": Verdict.FAIL})) == "🔴"


def test_a_slow_down_in_an_unsound_measurement_is_called_unclear_and_has_no_colour() -> None:
    moved = made.change(Metric.P95, "GET /health", relative=0.3, kind=Kind.REGRESSED)
    reason = Reason(code=ReasonCode.GENERATOR_SATURATED, verdict=Verdict.CONDITIONAL)
    scenario = made.scenario(rows_=made.with_change(made.rows(), moved, Verdict.PASS), reasons=[reason])
    row = next(row for row in scenario.rows if row.label == "GET /health")
    assert (row_sign(row), row_word(row, scenario)) == ("⚪", "unclear")
    assert tally(scenario)["slower"] == 0
    assert tally(scenario)["unclear"] == 1


def test_a_generator_that_waited_for_the_processor_is_no_bottleneck() -> None:
    late = reason(ReasonCode.GENERATOR_SATURATED, facts={"cpu_max": 0.06, "busy_share": 0.0, "loop_lag_p90": 0.0055})
    busy = reason(ReasonCode.GENERATOR_SATURATED, facts={"cpu_max": 0.99, "busy_share": 0.4, "loop_lag_p90": 0.0055})
    assert "had too much else to do" in plain(say(late).sentence)
    assert "was the bottleneck" in plain(say(busy).sentence)


def test_runs_that_differ_in_load_or_machine_are_laid_side_by_side_with_a_doubt() -> None:
    one = measurement({"GET /a": [0.1]})
    assert doubts_of_runs([one, one]) == []
    other = measurement({"GET /a": [0.1]}, digest="load-2", cpu_model="cpu-2")
    assert [plain(each) for each in doubts_of_runs([one, one, other])] == [
        "They put 2 different loads on, so their figures cannot be held against each other.",
        "They ran on 2 kinds of machine: a difference may be the machine's.",
    ]


def test_what_to_do_about_a_broken_budget_on_failures_is_not_to_be_faster() -> None:
    def remedy(metric: Metric) -> str:
        return plain(say(reason(ReasonCode.BUDGET, Verdict.FAIL, metric=metric, facts={"value": 0.9})).remedy)

    assert remedy(Metric.SUCCESS_RATE).startswith("Read the failure messages")
    assert remedy(Metric.P95).startswith("Make it faster")

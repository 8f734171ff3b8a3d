"""Single words and their signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Change, Kind, Row, ScenarioJudgement
from perfgate.records.metric import METRICS, Metric, Unit
from perfgate.records.verdict import ReasonCode, Verdict
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose

# Told apart without colour too: the word always stands beside the sign.
SIGNS: Final = {Verdict.PASS: "🟢", Verdict.CONDITIONAL: "🟡", Verdict.FAIL: "🔴"}
VERDICTS: Final = {Verdict.PASS: "Pass", Verdict.CONDITIONAL: "Conditional", Verdict.FAIL: "Fail"}

WARNED: Final = "warning"  # worse than the limit that warns, and within what is tolerated

METRIC_WORDS: Final = {
    Metric.REQUESTS: "number of requests",
    Metric.FAILURES: "number of failures",
    Metric.SUCCESS_RATE: "success rate",
    Metric.ERROR_RATIO: "error ratio",
    Metric.P50: "p50",
    Metric.P95: "p95",
    Metric.P99: "p99",
    Metric.MEAN: "mean response time",
    Metric.MAX: "longest response time",
    Metric.THROUGHPUT: "throughput",
    Metric.TOKENS_P50: "median of tokens per second",
    Metric.TOKENS_P5: "p5 of tokens per second",
}


def metric_word(metric: Metric | None) -> str:
    return METRIC_WORDS[metric] if metric else "a metric"


def of_limit(metric: Metric | None, used: float | None) -> str:
    """`, 62 % of the limit`, as it follows a value. A floor on successes is told by the failures that it allows.

    What fell although it was only not to grow uses nothing of its limit.
    """
    if used is None or used < 0:
        return ""
    allowed = "failures allowed" if metric is Metric.SUCCESS_RATE else "limit"
    return f", {numbers.used(used)} {'' if used >= numbers.MANIFOLD else 'of '}the {allowed}"


def place(endpoint: str | None) -> Prose:
    """Where: an endpoint by its label, or all together."""
    return prose("all endpoints together") if endpoint in {None, TOTAL} else prose("{}", Code(str(endpoint)))


def subject(metric: Metric | None, endpoint: str | None) -> Prose:
    """`p95 of GET /tickets`."""
    return prose("{} of {}", metric_word(metric), place(endpoint))


def kind_word(change: Change) -> str:
    """What became of a metric, in the words of its unit: only times are slower."""
    match change.kind:
        case Kind.REGRESSED:
            return "slower" if _is_speed(change) else "worse"
        case Kind.IMPROVED:
            return "faster" if _is_speed(change) else "better"
        case Kind.UNCHANGED:
            return "unchanged"
        case Kind.INCONCLUSIVE:
            return "unclear"


def _is_speed(change: Change) -> bool:
    return METRICS[change.metric].unit in {Unit.SECONDS, Unit.PER_SECOND}


KIND_ORDER: Final = (Kind.REGRESSED, Kind.INCONCLUSIVE, Kind.IMPROVED, Kind.UNCHANGED)


def notable(changes: Sequence[Change]) -> Change | None:
    """The change that says most about an endpoint: the worst kind of those judged, then the largest."""
    judged = [change for change in changes if change.tolerance is not None]
    return min(judged, key=lambda change: (KIND_ORDER.index(change.kind), -abs(change.change)), default=None)


def row_word(row: Row, scenario: ScenarioJudgement) -> str:
    """What became of an endpoint, in a word or two."""
    if row.presence == "vanished":
        return "vanished"
    on_the_load = [reason for reason in scenario.reasons if "series" not in reason.facts]
    own = [reason for reason in on_the_load if (reason.endpoint or TOTAL) == row.label]
    codes = {reason.code for reason in own}
    if ReasonCode.BUDGET in codes:
        return "over budget"
    if ReasonCode.ERRORS_ROSE in codes:
        return "more errors"
    if ReasonCode.WAIVED in codes and row.verdict is not Verdict.FAIL:
        return "waived"
    if ReasonCode.UNCONFIRMED in codes:
        return "not confirmed"
    if row.presence == "new":
        return "new"
    change = notable(row.changes)
    if change is None:
        return "not compared"
    if is_thin(row, change):
        return "too thin"
    if is_warned(row, change, scenario):
        return WARNED
    return kind_word(change) if change.kind is not Kind.REGRESSED or accused(row, change) else "unclear"


def row_sign(row: Row) -> str:
    """The verdict's; white where there is none: nothing was held against anything, or nothing could be called."""
    change = notable(row.changes)
    called = change is not None and change.kind in {Kind.IMPROVED, Kind.UNCHANGED} and not is_thin(row, change)
    return SIGNS[row.verdict] if called or row.verdict is not Verdict.PASS else "⚪"


def is_warned(row: Row, change: Change, scenario: ScenarioJudgement) -> bool:
    """Whether it is worse than the limit that warns, and within what is tolerated. `change`: what is most notable."""
    warned = (each.code is ReasonCode.WARNING and (each.endpoint or TOTAL) == row.label for each in scenario.reasons)
    return change.kind is Kind.UNCHANGED and any(warned)


def is_thin(row: Row, change: Change) -> bool:
    """Whether the row has too few requests to be called. `change`: what is most notable of it.

    That none of a few requests failed does not make an endpoint unchanged whose times could not be compared at all.
    """
    if change.kind is Kind.UNCHANGED:
        answered = row.candidate is not None and row.candidate.failures < row.candidate.requests
        return answered and not any(_is_speed(each) for each in row.changes)
    return change.kind is Kind.INCONCLUSIVE and not change.gated


def accused(row: Row, change: Change) -> bool:
    """Whether a change for the worse is held against the row: times of an unsound measurement accuse nobody."""
    return change.kind is Kind.REGRESSED and row.verdict is not Verdict.PASS

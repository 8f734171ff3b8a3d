"""The acceptance table: every budget, tolerance, demand and check, its status as the reasons have decided it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from perfgate.judge.changes import worsening
from perfgate.judge.values import observations, percentile_of
from perfgate.records.acceptance import Coverage, Criterion, CriterionKind, Status
from perfgate.records.criteria import Tolerance
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.judgement import Change, Checked, Kind, ScenarioJudgement, TelemetryChecked
from perfgate.records.metric import METRICS
from perfgate.records.stack import StackKind
from perfgate.records.verdict import Reason, ReasonCode, Verdict

# From the best to the worst; several comparisons under one tolerance have the worst of theirs.
ORDER: Final = (Status.MET, Status.WARNING, Status.WAIVED, Status.UNCLEAR, Status.NOT_MEASURED, Status.NOT_MET)
DECIDED_BY: Final = {
    ReasonCode.REGRESSION: Status.NOT_MET,
    ReasonCode.ERRORS_ROSE: Status.NOT_MET,
    ReasonCode.WAIVED: Status.WAIVED,
    ReasonCode.UNCONFIRMED: Status.UNCLEAR,
    ReasonCode.WARNING: Status.WARNING,
}


def acceptance(judged: ScenarioJudgement, tolerances: Sequence[Tolerance]) -> tuple[Criterion, ...]:
    """Of a judgement that is complete but for this table, which never says otherwise than its reasons do."""
    return (
        *(_budget(each, judged) for each in judged.budgets),
        *(_telemetry(each) for each in judged.telemetry_budgets),
        *(row for each in tolerances for row in _tolerance(each, judged)),
        *_coverage(judged.coverage),
        *_stack(judged),
        *_soundness(judged),
    )


def _budget(checked: Checked, judged: ScenarioJudgement) -> Criterion:
    budget = checked.budget
    statistics = _statistics(budget.endpoint or TOTAL, judged)
    percentile = percentile_of(statistics, budget.metric) if statistics else None
    own = [reason for reason in judged.reasons if reason.facts.get("budget") == budget.text]
    too_few = any(reason.code is ReasonCode.TOO_FEW_REQUESTS for reason in own)
    failed = any(reason.code is ReasonCode.BUDGET and reason.verdict is Verdict.FAIL for reason in own)
    status = {"met": Status.UNCLEAR if too_few else Status.MET, "unknown": Status.NOT_MEASURED}.get(
        checked.status, Status.NOT_MET if failed else Status.UNCLEAR
    )
    return Criterion(
        kind=CriterionKind.BUDGET,
        status=status,
        text=budget.text,
        endpoint=budget.endpoint,
        metric=budget.metric,
        target=budget.limit,
        value=checked.value,
        low=percentile.low if percentile else None,
        high=percentile.high if percentile else None,
        evidence={
            "requests": observations(statistics, budget.metric) if statistics else 0,
            "failures": statistics.failures if statistics else 0,
            "used": checked.used,
        },
    )


def _telemetry(checked: TelemetryChecked) -> Criterion:
    budget = checked.budget
    status = {
        "met": Status.MET,
        "broken": Status.NOT_MET,
        "uncertain": Status.UNCLEAR,
        "unknown": Status.NOT_MEASURED,
    }[checked.status]
    return Criterion(
        kind=CriterionKind.TELEMETRY,
        status=status,
        text=budget.text,
        target=budget.limit,
        value=checked.value,
        low=checked.low,
        high=checked.high,
        evidence={
            "subject": checked.key.subject if checked.key else None,
            "name": checked.key.name if checked.key else None,
            "statistic": budget.statistic.value,
            "unit": budget.unit.value,
            "used": checked.used,
        },
    )


def _tolerance(tolerance: Tolerance, judged: ScenarioJudgement) -> Iterator[Criterion]:
    """One row for all together, one for the endpoints: the worst of them speaks, and is named."""
    held = [change for row in judged.rows for change in row.changes if change.tolerance == tolerance]
    total = [change for change in held if change.endpoint == TOTAL]
    endpoints = [change for change in held if change.endpoint != TOTAL]
    for group in (total, endpoints):
        if group:
            yield _held(tolerance, group, judged)
    if not held:
        yield Criterion(
            kind=CriterionKind.TOLERANCE,
            status=Status.NOT_MEASURED,
            text="",
            endpoint=tolerance.endpoint,
            metric=tolerance.metric,
            target=tolerance.fail,
            evidence={"comparisons": 0},
        )


def _held(tolerance: Tolerance, group: Sequence[Change], judged: ScenarioJudgement) -> Criterion:
    decided = [(_status(change, judged.reasons), change) for change in group]
    sure = [each for each in decided if each[0] is not Status.NOT_MEASURED]
    status, worst = max(sure or decided, key=lambda each: (ORDER.index(each[0]), worsening(each[1])))
    better = METRICS[worst.metric].lower_is_better
    statistics = _statistics(worst.endpoint, judged)
    return Criterion(
        kind=CriterionKind.TOLERANCE,
        status=status,
        text="",
        endpoint=worst.endpoint,
        metric=tolerance.metric,
        target=tolerance.fail,
        value=worst.change,
        low=worst.bound_better if better else worst.bound_worse,
        high=worst.bound_worse if better else worst.bound_better,
        absolute=worst.absolute,
        evidence={
            "comparisons": len(group),
            "thin": len(decided) - len(sure),
            "runs": worst.runs,
            "from": worst.spread_from,
            "requests": statistics.requests if statistics else 0,
            "baseline": worst.baseline,
            "candidate": worst.candidate,
        },
    )


def _status(change: Change, reasons: Sequence[Reason]) -> Status:
    own = (reason.code for reason in reasons if (reason.endpoint, reason.metric) == (change.endpoint, change.metric))
    decided = next((DECIDED_BY[code] for code in own if code in DECIDED_BY), None)
    if decided is not None:
        return decided
    if change.kind in {Kind.UNCHANGED, Kind.IMPROVED}:
        return Status.MET
    # Worse without a reason: the times of an unsound measurement accuse nobody, and prove nothing.
    return Status.UNCLEAR if change.gated or change.kind is Kind.REGRESSED else Status.NOT_MEASURED


def _coverage(coverage: Coverage) -> Iterator[Criterion]:
    for each in coverage.demands:
        yield Criterion(
            kind=CriterionKind.COVERAGE,
            status=Status.MET if each.met_by else Status.NOT_MET,
            text=each.demand.text,
            value=each.met_by,
            evidence={"requests": each.requests, "scenarios": ", ".join(each.scenarios)[:500]},
        )
    share = coverage.exercised_share
    if coverage.at_least is not None and share is not None:
        yield Criterion(
            kind=CriterionKind.COVERAGE,
            status=Status.MET if share >= coverage.at_least else Status.NOT_MET,
            text="",
            target=coverage.at_least,
            value=share,
            evidence={
                "document": coverage.document,
                "exercised": sum(each.succeeded > 0 for each in coverage.operations),
                "operations": len(coverage.operations),
            },
        )


def _stack(judged: ScenarioJudgement) -> Iterator[Criterion]:
    stack = judged.stack
    for fault in stack.faults:
        yield Criterion(
            kind=CriterionKind.STACK,
            status=Status.NOT_MET,
            text="stack",
            evidence={"service": fault.service, "fault": fault.kind, "at": fault.at},
        )
    if not stack.faults:
        # Nobody watches what was running already.
        watched = stack.kind is not StackKind.EXTERNAL
        yield Criterion(
            kind=CriterionKind.STACK,
            status=Status.MET if watched else Status.NOT_MEASURED,
            text="stack",
            evidence={"services": len(stack.services), "seconds": judged.load.measured},
        )


def _soundness(judged: ScenarioJudgement) -> Iterator[Criterion]:
    load, health = judged.load, judged.load.generator
    codes = {reason.code for reason in judged.reasons}
    total = _statistics(TOTAL, judged)

    def row(text: str, code: ReasonCode, evidence: dict[str, str | int | float | None], *, known: bool) -> Criterion:
        status = Status.NOT_MET if code in codes else Status.MET if known else Status.NOT_MEASURED
        return Criterion(kind=CriterionKind.MEASUREMENT, status=status, text=text, evidence=evidence)

    yield row(
        "load",
        ReasonCode.LOAD_NOT_REACHED,
        {"wanted": load.users_wanted, "reached": load.users_reached, "unsent": load.arrivals_unsent},
        known=True,
    )
    yield row(
        "recording",
        ReasonCode.RECORDING_INCOMPLETE,
        {"requests": total.requests if total else 0, "lost": load.requests_lost},
        known=load.complete,
    )
    yield row(
        "generator",
        ReasonCode.GENERATOR_SATURATED,
        {"cpu_max": health.cpu_max, "loop_lag_p90": health.loop_lag_p90},
        known=bool(health.samples),
    )


def _statistics(label: str, judged: ScenarioJudgement) -> EndpointStatistics | None:
    return next((row.candidate for row in judged.rows if row.label == label), None)

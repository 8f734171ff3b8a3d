"""Every comparison of a measurement with its history, the error of a false alarm shared between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from perfgate.judge.comparison import ENOUGH_RUNS, Estimate, Subject, change_of, estimate, null_of, ratio_change
from perfgate.judge.history import History
from perfgate.judge.inference import holm_levels
from perfgate.judge.values import needed_requests, observations
from perfgate.records.criteria import Policy, Tolerance
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.judgement import Change, Kind
from perfgate.records.measurement import Measurement
from perfgate.records.metric import METRICS, PERCENTILES, RATIOS, Metric
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict

# Compared and shown whether or not a tolerance is set.
ALWAYS_SHOWN: Final = (Metric.P50, Metric.P95, Metric.P99, Metric.THROUGHPUT, Metric.ERROR_RATIO)
FEW: Final = 2  # notes of a kind that are told one by one


@dataclass(frozen=True)
class _Compared:
    label: str
    subject: Subject
    measured: Estimate | None


def changes(measurement: Measurement, history: History, policy: Policy) -> tuple[Change, ...]:
    """Of the total and of every endpoint that is on both sides."""
    compared = [each for each in _subjects(measurement, history, policy) if each.subject.history]
    judged = [each for each in compared if each.subject.tolerance is not None]
    estimated = [each for each in judged if each.measured is not None]
    p_values = [_p_value(each) for each in estimated]
    # Comparisons of ratios take an equal share; Holm's steps are for those that have a p-value.
    share = len(estimated) / len(judged) if judged else 1.0
    levels = {
        (each.label, each.subject.metric): level
        for each, level in zip(estimated, holm_levels(p_values, policy.alpha_fail * share), strict=True)
    }
    ratio_level = policy.alpha_fail / max(len(judged), 1)
    found = []
    for each in compared:
        if each.subject.metric in RATIOS:
            change = ratio_change(each.label, each.subject, level=ratio_level, alpha_pass=policy.alpha_pass)
        elif each.measured is not None:
            level = levels.get((each.label, each.subject.metric), policy.alpha_fail)
            change = change_of(each.label, each.subject, each.measured, level=level, alpha_pass=policy.alpha_pass)
        else:
            change = None
        if change is not None:
            found.append(change)
    return tuple(found)


def change_reasons(found: Sequence[Change], unsound: bool) -> Iterator[Reason]:
    """Regressions and warnings. Unsound times accuse nobody."""
    for change in found:
        if change.tolerance is None:
            continue
        worse = worsening(change)
        if change.kind is Kind.REGRESSED and not (unsound and change.metric not in RATIOS):
            code = ReasonCode.ERRORS_ROSE if change.metric in RATIOS else ReasonCode.REGRESSION
            yield _reason(code, Verdict.FAIL, change, {"tolerance": change.tolerance.fail})
        elif change.tolerance.warn is not None and worse > change.tolerance.warn and _certain(change):
            yield _reason(ReasonCode.WARNING, Verdict.CONDITIONAL, change, {"warn": change.tolerance.warn})


def inconclusive_reasons(found: Sequence[Change]) -> Iterator[Reason]:
    unclear = [change for change in found if change.gated and change.kind is Kind.INCONCLUSIVE]
    if unclear:
        yield _inconclusive(unclear)


def thin_notes(found: Sequence[Change], measurement: Measurement) -> Iterator[Note]:
    for label in dict.fromkeys(change.endpoint for change in found if change.tolerance and not change.gated):
        statistics = measurement.statistics(label)
        if statistics is not None and label != TOTAL:
            yield Note(
                code=NoteCode.THIN_ENDPOINT,
                endpoint=label,
                metric=next(each.metric for each in found if each.endpoint == label and not each.gated),
                facts={"requests": statistics.requests, "needed": _needed(found, label)},
            )


def together(thin: Iterable[Note]) -> tuple[Note, ...]:
    """One note for many thin endpoints."""
    notes = tuple(thin)
    if len(notes) <= FEW:
        return notes
    requests = [each.facts["requests"] for each in notes]
    counts = sorted(each for each in requests if isinstance(each, int))
    needed = max(each for note in notes if isinstance(each := note.facts["needed"], int))
    facts = {"endpoints": len(notes), "fewest": counts[0], "most": counts[-1], "needed": needed}
    return (Note(code=NoteCode.THIN_ENDPOINT, facts=facts),)


def faster_notes(found: Sequence[Change]) -> Iterator[Note]:
    for change in found:
        if change.tolerance is not None and change.kind is Kind.IMPROVED and change.metric not in RATIOS:
            yield Note(
                code=NoteCode.FASTER,
                endpoint=change.endpoint,
                metric=change.metric,
                facts={"change": change.change, "baseline": change.baseline, "candidate": change.candidate},
            )


def thin_reasons(measurement: Measurement, history: History, policy: Policy) -> Iterator[Reason]:
    """Too few requests where somebody relies on it: for all together, or for an endpoint that is named."""
    if not history.runs:
        return
    for tolerance in policy.tolerances:
        label = tolerance.endpoint or TOTAL
        statistics = measurement.statistics(label)
        if statistics is None or tolerance.metric not in PERCENTILES:
            continue
        have, needed = observations(statistics, tolerance.metric), needed_requests(tolerance.metric)
        if have < needed:
            yield Reason(
                code=ReasonCode.TOO_FEW_REQUESTS,
                verdict=Verdict.CONDITIONAL,
                endpoint=label,
                metric=tolerance.metric,
                facts={"requests": have, "needed": needed},
            )


def tolerance_for(metric: Metric, label: str, policy: Policy) -> Tolerance | None:
    """One that names the endpoint counts before one for all."""
    named = (each for each in policy.tolerances if each.metric is metric and each.endpoint == label)
    general = (each for each in policy.tolerances if each.metric is metric and each.endpoint is None)
    return next(named, None) or next(general, None)


def _subjects(measurement: Measurement, history: History, policy: Policy) -> Iterator[_Compared]:
    metrics = tuple(dict.fromkeys((*ALWAYS_SHOWN, *(each.metric for each in policy.tolerances))))
    for statistics in (measurement.total, *measurement.endpoints):
        before = _before(statistics, history)
        for metric in metrics:
            subject = Subject(
                metric,
                statistics,
                before,
                tolerance_for(metric, statistics.label, policy),
                other_machine=history.other_machine,
            )
            yield _Compared(statistics.label, subject, estimate(subject))


def _before(statistics: EndpointStatistics, history: History) -> tuple[EndpointStatistics, ...]:
    found = (run.measurement.statistics(statistics.label) for run in history.runs)
    return tuple(each for each in found if each is not None and each.requests)


def _p_value(compared: _Compared) -> float:
    if compared.measured is None or compared.subject.tolerance is None:
        return 1.0
    return compared.measured.p_value(null_of(compared.subject.tolerance))


def worsening(change: Change) -> float:
    return change.change if METRICS[change.metric].lower_is_better else -change.change


def _certain(change: Change) -> bool:
    bound = change.bound_better
    return bound is not None and (bound > 0 if METRICS[change.metric].lower_is_better else bound < 0)


def _reason(code: ReasonCode, verdict: Verdict, change: Change, facts: dict[str, str | int | float | None]) -> Reason:
    return Reason(
        code=code,
        verdict=verdict,
        endpoint=change.endpoint,
        metric=change.metric,
        facts={
            "change": change.change,
            "worsening": worsening(change),
            "bound_better": change.bound_better,
            "bound_worse": change.bound_worse,
            "baseline": change.baseline,
            "candidate": change.candidate,
            "spread_from": change.spread_from,
            **facts,
        },
    )


def _inconclusive(unclear: Sequence[Change]) -> Reason:
    widest = max(unclear, key=lambda change: abs(change.bound_worse or 0.0))
    return too_uncertain(
        widest,
        len(unclear),
        {
            "spread": widest.spread,
            "spread_from": widest.spread_from,
            "runs": widest.runs,
            "runs_needed": max(ENOUGH_RUNS - widest.runs, 0),
        },
    )


def too_uncertain(widest: Change, comparisons: int, facts: Mapping[str, str | int | float | None]) -> Reason:
    """The widest of them speaks for all."""
    return Reason(
        code=ReasonCode.INCONCLUSIVE,
        verdict=Verdict.CONDITIONAL,
        endpoint=widest.endpoint,
        metric=widest.metric,
        facts={
            "comparisons": comparisons,
            "worst_endpoint": widest.endpoint,
            "worst_metric": widest.metric.value,
            "bound_worse": widest.bound_worse,
            "smallest_detectable": widest.smallest_detectable,
            **facts,
        },
    )


def _needed(found: Sequence[Change], label: str) -> int:
    return max(needed_requests(change.metric) for change in found if change.endpoint == label and change.tolerance)

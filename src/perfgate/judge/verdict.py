"""The judgement as a table of contents: is it sound, within budget, covered, no worse than before?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from perfgate.judge.budgets import budget_notes, budget_reasons, check_budgets
from perfgate.judge.changes import change_notes, change_reasons, changes, thin_reasons
from perfgate.judge.coverage import coverage_reasons, not_covered
from perfgate.judge.history import History, comparable, provenance
from perfgate.judge.validity import UNSOUND_TIMES, validity_notes, validity_reasons
from perfgate.judge.waivers import apply_waivers, waiver_notes
from perfgate.records.baseline import Baseline
from perfgate.records.criteria import BlockOn, Policy
from perfgate.records.judgement import (
    Change,
    Judgement,
    Note,
    NoteCode,
    Reason,
    ReasonCode,
    Row,
    ScenarioJudgement,
    Verdict,
    worst,
)
from perfgate.records.measurement import EndpointStatistics, Measurement


def judge_scenario(
    measurement: Measurement, baselines: Sequence[Baseline], policy: Policy, *, today: date
) -> ScenarioJudgement:
    """The same arguments give the same judgement; `today` is for waivers that expire."""
    history = comparable(measurement, baselines, policy.history)
    checked = check_budgets(measurement, policy)
    missing = not_covered(measurement, policy)
    compared = changes(measurement, history, policy)
    validity = tuple(validity_reasons(measurement))
    unsound = any(reason.code in UNSOUND_TIMES for reason in validity)
    found = [
        *validity,
        *budget_reasons(checked, measurement, policy),
        *coverage_reasons(missing),
        *_history_reasons(measurement, history, policy),
        *thin_reasons(measurement, history, policy),
        *change_reasons(compared, unsound),
    ]
    reasons, used = apply_waivers(_distinct(found), policy.waivers, today)
    notes = [
        *validity_notes(measurement),
        *budget_notes(checked),
        *change_notes(compared, measurement),
        *_new_endpoints(measurement, history),
        *waiver_notes(policy.waivers, used, today),
    ]
    return ScenarioJudgement(
        measurement_id=measurement.id,
        verdict=worst([Verdict.PASS, *(reason.verdict for reason in reasons)]),
        reasons=tuple(sorted(reasons, key=lambda reason: -reason.verdict.rank)),
        notes=tuple(notes),
        scenario=measurement.scenario,
        subject=measurement.subject,
        fingerprint=measurement.fingerprint,
        stack=measurement.stack,
        load=measurement.load,
        timeline=measurement.timeline,
        provenance=provenance(measurement, history),
        rows=_rows(measurement, history, compared, reasons),
        budgets=checked,
        waivers=used,
        required=policy.required,
        not_covered=tuple(missing),
    )


def judge(
    scenarios: Iterable[ScenarioJudgement],
    *,
    block_on: BlockOn,
    event: str,
    branch: str | None,
    judged_at: datetime,
    seconds: float | None,
    version: str,
    policy: Policy,
) -> Judgement:
    """The whole is the worst of its parts."""
    ordered = tuple(sorted(scenarios, key=lambda scenario: -scenario.verdict.rank))
    verdict = worst(scenario.verdict for scenario in ordered)
    return Judgement(
        perfgate=version,
        judged_at=judged_at,
        verdict=verdict,
        blocks=blocks(verdict, block_on),
        block_on=block_on.value,
        event=event,
        branch=branch,
        seconds=seconds,
        scenarios=ordered,
        confidence_fail=1 - policy.alpha_fail,
        confidence_pass=1 - policy.alpha_pass,
    )


def blocks(verdict: Verdict, block_on: BlockOn) -> bool:
    match block_on:
        case BlockOn.NEVER:
            return False
        case BlockOn.FAIL:
            return verdict is Verdict.FAIL
        case BlockOn.CONDITIONAL:
            return verdict is not Verdict.PASS


def _history_reasons(measurement: Measurement, history: History, policy: Policy) -> Iterator[Reason]:
    if not history.runs:
        if not policy.budgets and not policy.tolerances:
            yield Reason(code=ReasonCode.NOTHING_CHECKED, verdict=Verdict.CONDITIONAL)
        elif policy.tolerances:
            yield Reason(
                code=ReasonCode.NO_BASELINE,
                verdict=Verdict.CONDITIONAL,
                facts={"other_loads": history.other_loads},
            )
        return
    if history.other_machine:
        differences = "; ".join(provenance(measurement, history).differences)[:500]
        yield Reason(
            code=ReasonCode.ENVIRONMENT_DIFFERS, verdict=Verdict.CONDITIONAL, facts={"differences": differences}
        )
    newest = history.newest
    present = {each.label for each in measurement.endpoints if each.requests}
    for label in sorted(each.label for each in newest.endpoints if each.requests) if newest else ():
        if label not in present:
            yield Reason(
                code=ReasonCode.ENDPOINT_VANISHED,
                verdict=Verdict.CONDITIONAL,
                endpoint=label,
                facts={"label": label},
            )


def _new_endpoints(measurement: Measurement, history: History) -> Iterator[Note]:
    if history.newest is None:
        return
    before = {each.label for each in history.newest.endpoints}
    for each in measurement.endpoints:
        if each.label not in before:
            yield Note(code=NoteCode.NEW_ENDPOINT, endpoint=each.label, facts={"requests": each.requests})


def _rows(
    measurement: Measurement, history: History, compared: Sequence[Change], reasons: Sequence[Reason]
) -> tuple[Row, ...]:
    newest = history.newest
    first = newest is None
    before = {each.label: each for each in newest.endpoints} if newest else {}
    now = {each.label: each for each in measurement.endpoints}
    endpoints = [
        _row(label, now.get(label), before.get(label), compared, reasons, first=first) for label in now | before
    ]
    base = newest.total if newest else None
    total = _row(measurement.total.label, measurement.total, base, compared, reasons, first=first)
    return (total, *sorted(endpoints, key=lambda row: (-row.verdict.rank, row.label)))


def _row(
    label: str,
    candidate: EndpointStatistics | None,
    baseline: EndpointStatistics | None,
    compared: Sequence[Change],
    reasons: Sequence[Reason],
    *,
    first: bool,
) -> Row:
    return Row(
        label=label,
        presence="only" if first else "vanished" if candidate is None else "both" if baseline else "new",
        candidate=candidate,
        baseline=baseline,
        verdict=worst([Verdict.PASS, *(reason.verdict for reason in reasons if reason.endpoint == label)]),
        changes=tuple(change for change in compared if change.endpoint == label),
    )


def _distinct(reasons: Iterable[Reason]) -> list[Reason]:
    """One reason of a kind for an endpoint and metric; the first is the most precise."""
    seen: dict[tuple[object, ...], Reason] = {}
    for reason in reasons:
        metric = None if reason.code is ReasonCode.NOT_COVERED else reason.metric
        part = reason.facts.get("budget") if reason.code is ReasonCode.BUDGET else reason.facts.get("service")
        seen.setdefault((reason.code, reason.endpoint, metric, part), reason)
    return list(seen.values())

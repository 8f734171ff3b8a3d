"""The judgement as a table of contents: is it sound, within budget, covered, no worse than before?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final

from perfgate.judge.acceptance import acceptance
from perfgate.judge.against import Against, by_reference, side_by_side, stored
from perfgate.judge.behind import trend_of_endpoints, trend_of_total
from perfgate.judge.budgets import budget_notes, budget_reasons, check_budgets
from perfgate.judge.changes import change_reasons, faster_notes
from perfgate.judge.coverage import cover, coverage_reasons
from perfgate.judge.inside import inside_notes, inside_reasons
from perfgate.judge.telemetry_budgets import check_telemetry_budgets, telemetry_budget_reasons
from perfgate.judge.traffic import journey_reasons, refusal_reasons
from perfgate.judge.validity import spoils_times, validity_notes, validity_reasons
from perfgate.judge.waivers import acceptance_notes, apply_waivers, waiver_notes
from perfgate.judge.where_to_look import where_to_look
from perfgate.records.baseline import Baseline
from perfgate.records.criteria import BlockOn, Policy, Rules
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.judgement import Change, Judgement, Row, ScenarioJudgement
from perfgate.records.measurement import Measurement
from perfgate.records.step import Step
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict, worst

# The fact that tells apart reasons of one code that have the same endpoint and metric, or none.
PART_OF: Final = {
    ReasonCode.BUDGET: "budget",
    ReasonCode.NOT_MEASURED: "budget",
    ReasonCode.GROWTH_UNCERTAIN: "budget",
    ReasonCode.NOT_COVERED: "label",
    ReasonCode.SIGNATURE_REFUSED: "status",
    ReasonCode.GENERATOR_SATURATED: "side",
}


def judge_scenario(
    measurement: Measurement,
    baselines: Sequence[Baseline],
    policy: Policy,
    *,
    today: date,
    elsewhere: Sequence[Measurement] = (),
    steps: Sequence[Step] = (),
) -> ScenarioJudgement:
    """The same arguments give the same judgement; `today` is for waivers that expire.

    `elsewhere`: the run's other measurements, which may have exercised what is demanded. `steps`: where the level of
    `baselines` changed; what was before the newest is shown, and not compared with.
    """
    checked = check_budgets(measurement, policy)
    coverage = cover(measurement, policy, elsewhere)
    against = (
        side_by_side(measurement, policy)
        or by_reference(measurement, baselines, policy, steps)
        or stored(measurement, baselines, policy, steps)
    )
    validity = tuple(validity_reasons(measurement))
    unsound = any(spoils_times(reason) for reason in (*validity, *against.reasons))
    inside = check_telemetry_budgets(measurement, policy, unsound=unsound)
    found = [
        *validity,
        *refusal_reasons(measurement),
        *journey_reasons(measurement, policy),
        *budget_reasons(checked, measurement, policy),
        *telemetry_budget_reasons(inside, swapped=measurement.swapped),
        *inside_reasons(measurement),
        *coverage_reasons(coverage),
        *_vanished_endpoints(measurement, against),
        *against.reasons,
        *change_reasons(against.changes, unsound),
    ]
    reasons, used, accepted = apply_waivers(_distinct(found), policy.waivers, policy.acceptances, today)
    notes = [
        *validity_notes(measurement),
        *budget_notes(checked),
        *inside_notes(measurement, unsound=unsound),
        *against.notes,
        *faster_notes(against.changes),
        *_new_endpoints(measurement, against),
        *waiver_notes(policy.waivers, used, today),
        *acceptance_notes(policy.acceptances, accepted),
    ]
    rows = _rows(measurement, against, reasons)
    judged = ScenarioJudgement(
        measurement_id=measurement.id,
        verdict=worst([Verdict.PASS, *(reason.verdict for reason in reasons)]),
        reasons=tuple(sorted(reasons, key=_to_be_read)),
        notes=tuple(notes),
        scenario=measurement.scenario,
        subject=measurement.subject,
        fingerprint=measurement.fingerprint,
        stack=measurement.stack,
        load=measurement.load,
        timeline=measurement.timeline,
        provenance=against.provenance,
        rows=rows,
        budgets=checked,
        waivers=used,
        coverage=coverage,
        telemetry=measurement.telemetry,
        base_telemetry=measurement.side_by_side.telemetry if measurement.side_by_side else None,
        telemetry_budgets=inside,
        where_to_look=where_to_look(measurement, against.runs, reasons),
        pairs=against.pairs,
        trend=trend_of_total(against.trend),
        trend_of_endpoints=trend_of_endpoints(against.trend, [row.label for row in rows[1:]]),
        trend_steps=against.trend.steps,
    )
    on_one_machine = measurement.side_by_side is not None or measurement.reference is not None
    tolerances = (policy.side_by_side if on_one_machine else policy).tolerances
    return judged.model_copy(update={"criteria": acceptance(judged, tolerances)})


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
    rules: Rules | None = None,
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
        rules=rules,
    )


def blocks(verdict: Verdict, block_on: BlockOn) -> bool:
    match block_on:
        case BlockOn.NEVER:
            return False
        case BlockOn.FAIL:
            return verdict is Verdict.FAIL
        case BlockOn.CONDITIONAL:
            return verdict is not Verdict.PASS


def _vanished_endpoints(measurement: Measurement, against: Against) -> Iterator[Reason]:
    present = {each.label for each in measurement.endpoints if each.requests}
    for each in sorted(against.before or (), key=lambda each: each.label):
        if each.requests and each.label not in present and each.label != TOTAL:
            yield Reason(
                code=ReasonCode.ENDPOINT_VANISHED,
                verdict=Verdict.CONDITIONAL,
                endpoint=each.label,
                facts={"label": each.label},
            )


def _new_endpoints(measurement: Measurement, against: Against) -> Iterator[Note]:
    if against.before is None:
        return
    before = {each.label for each in against.before}
    for each in measurement.endpoints:
        if each.label not in before:
            yield Note(code=NoteCode.NEW_ENDPOINT, endpoint=each.label, facts={"requests": each.requests})


def _rows(measurement: Measurement, against: Against, reasons: Sequence[Reason]) -> tuple[Row, ...]:
    first = against.before is None
    before = {each.label: each for each in against.before or ()}
    now = {each.label: each for each in (measurement.total, *measurement.endpoints)}
    total, *endpoints = (
        _row(label, now.get(label), before.get(label), against.changes, reasons, first=first)
        for label in {TOTAL: None} | now | before
    )
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
        part = reason.facts.get(PART_OF.get(reason.code, "service"))
        seen.setdefault((reason.code, reason.endpoint, metric, part), reason)
    return list(seen.values())


def _to_be_read(reason: Reason) -> tuple[bool, int]:
    """Worst first, but for what explains the others: a refused signature is the cause of failures, not one more."""
    return reason.code is not ReasonCode.SIGNATURE_REFUSED, -reason.verdict.rank

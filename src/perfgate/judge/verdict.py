"""The judgement as a table of contents: is it sound, within budget, covered, no worse than before?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from perfgate.judge.acceptance import acceptance
from perfgate.judge.against import Against, by_reference, side_by_side, stored
from perfgate.judge.answers import answer_notes, answer_reasons
from perfgate.judge.behind import trend_of_endpoints, trend_of_total
from perfgate.judge.budgets import budget_notes, budget_reasons, check_budgets
from perfgate.judge.changes import change_reasons, faster_notes
from perfgate.judge.coverage import cover, coverage_reasons
from perfgate.judge.inside import inside_notes, inside_reasons
from perfgate.judge.relied_on import not_requested, nothing_checked
from perfgate.judge.rows import new_endpoints, rare_endpoints, rows, vanished_endpoints
from perfgate.judge.silence import silence_reasons
from perfgate.judge.telemetry_budgets import check_telemetry_budgets, telemetry_budget_reasons
from perfgate.judge.traffic import journey_reasons, refusal_reasons
from perfgate.judge.validity import spoils_times, validity_notes, validity_reasons
from perfgate.judge.waivers import acceptance_notes, apply_waivers, waiver_notes
from perfgate.judge.where_to_look import where_to_look
from perfgate.records.acceptance import Coverage
from perfgate.records.baseline import Baseline
from perfgate.records.criteria import BlockOn, Policy, Rules, Tolerance
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Checked, Judgement, Row, ScenarioJudgement, TelemetryChecked
from perfgate.records.measurement import Measurement
from perfgate.records.step import Step
from perfgate.records.verdict import Note, Reason, ReasonCode, Verdict, worst

# The fact that tells apart reasons of one code that have the same endpoint and metric, or none.
PART_OF: Final = {
    ReasonCode.BUDGET: "budget",
    ReasonCode.NOT_MEASURED: "budget",
    ReasonCode.GROWTH_UNCERTAIN: "budget",
    ReasonCode.NOT_COVERED: "label",
    ReasonCode.SIGNATURE_REFUSED: "status",
    ReasonCode.GENERATOR_SATURATED: "side",
    ReasonCode.LOAD_NOT_REACHED: "silent",
}


@dataclass(frozen=True)
class Examined:
    """A measurement, and what it was held against."""

    measurement: Measurement
    policy: Policy
    validity: tuple[Reason, ...]
    budgets: tuple[Checked, ...]
    telemetry_budgets: tuple[TelemetryChecked, ...]
    coverage: Coverage
    against: Against
    elsewhere: tuple[Measurement, ...]  # the run's other measurements
    unsound: bool  # response times say nothing


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
    examined = _examine(measurement, baselines, policy, elsewhere, steps)
    found = _distinct(_reasons(examined))
    reasons, used, accepted = apply_waivers(found, policy.waivers, policy.acceptances, today)
    against = examined.against
    shown = rows(measurement, against, reasons)
    judged = ScenarioJudgement(
        measurement_id=measurement.id,
        verdict=worst([Verdict.PASS, *(reason.verdict for reason in reasons)]),
        reasons=_to_be_read(reasons, shown),
        notes=(
            *_notes(examined),
            *waiver_notes(policy.waivers, used, today),
            *acceptance_notes(policy.acceptances, accepted),
        ),
        scenario=measurement.scenario,
        subject=measurement.subject,
        fingerprint=measurement.fingerprint,
        stack=measurement.stack,
        load=measurement.load,
        timeline=measurement.timeline,
        provenance=against.provenance,
        rows=shown,
        budgets=examined.budgets,
        waivers=used,
        coverage=examined.coverage,
        telemetry=measurement.telemetry,
        base_telemetry=measurement.side_by_side.telemetry if measurement.side_by_side else None,
        telemetry_budgets=examined.telemetry_budgets,
        where_to_look=where_to_look(measurement, against.runs, reasons),
        pairs=against.pairs,
        trend=trend_of_total(against.trend),
        trend_of_endpoints=trend_of_endpoints(against.trend, [row.label for row in shown[1:]]),
        trend_steps=against.trend.steps,
    )
    return judged.model_copy(update={"criteria": acceptance(judged, _tolerances(measurement, policy))})


def _examine(
    measurement: Measurement,
    baselines: Sequence[Baseline],
    policy: Policy,
    elsewhere: Sequence[Measurement],
    steps: Sequence[Step],
) -> Examined:
    against = (
        side_by_side(measurement, policy)
        or by_reference(measurement, baselines, policy, steps)
        or stored(measurement, baselines, policy, steps)
    )
    validity = tuple(validity_reasons(measurement))
    unsound = any(spoils_times(reason) for reason in (*validity, *against.reasons))
    return Examined(
        measurement=measurement,
        policy=policy,
        validity=validity,
        budgets=check_budgets(measurement, policy),
        telemetry_budgets=check_telemetry_budgets(measurement, policy, unsound=unsound),
        coverage=cover(measurement, policy, elsewhere),
        against=against,
        elsewhere=tuple(elsewhere),
        unsound=unsound,
    )


def _reasons(of: Examined) -> Iterator[Reason]:
    tolerances = _tolerances(of.measurement, of.policy)
    yield from of.validity
    yield from silence_reasons(of.measurement)
    yield from refusal_reasons(of.measurement)
    yield from journey_reasons(of.measurement, of.policy)
    yield from budget_reasons(of.budgets, of.measurement, of.policy)
    yield from telemetry_budget_reasons(of.telemetry_budgets, swapped=of.measurement.swapped)
    yield from inside_reasons(of.measurement)
    yield from coverage_reasons(of.coverage)
    yield from nothing_checked(of.budgets, of.telemetry_budgets, tolerances)
    yield from not_requested(of.measurement, of.against, tolerances, of.elsewhere)
    yield from vanished_endpoints(of.measurement, of.against)
    yield from answer_reasons(of.measurement, of.against)
    yield from of.against.reasons
    yield from change_reasons(of.against.changes, of.unsound)


def _notes(of: Examined) -> Iterator[Note]:
    yield from validity_notes(of.measurement)
    yield from budget_notes(of.budgets)
    yield from inside_notes(of.measurement, unsound=of.unsound)
    yield from answer_notes(of.measurement)
    yield from of.against.notes
    yield from faster_notes(of.against.changes)
    yield from new_endpoints(of.measurement, of.against)
    yield from rare_endpoints(of.measurement, of.against)


def _tolerances(measurement: Measurement, policy: Policy) -> tuple[Tolerance, ...]:
    """Both sides on one machine bear tighter ones than runs on two."""
    on_one_machine = measurement.side_by_side is not None or measurement.reference is not None
    return (policy.side_by_side if on_one_machine else policy).tolerances


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


def _distinct(reasons: Iterable[Reason]) -> list[Reason]:
    """One reason of a kind for an endpoint and metric; the first is the most precise."""
    seen: dict[tuple[object, ...], Reason] = {}
    for reason in reasons:
        metric = None if reason.code is ReasonCode.NOT_COVERED else reason.metric
        part = reason.facts.get(PART_OF.get(reason.code, "service"))
        seen.setdefault((reason.code, reason.endpoint, metric, part), reason)
    return list(seen.values())


def _to_be_read(reasons: Sequence[Reason], shown: Sequence[Row]) -> tuple[Reason, ...]:
    """Worst first, those of a kind together, and of these the endpoints as the rows have them. But first what explains
    the others: a refused signature is the cause of failures, not one more.
    """
    kinds = list(dict.fromkeys(reason.code for reason in reasons))
    places = {row.label: at for at, row in enumerate(shown)}

    def place(reason: Reason) -> tuple[bool, int, int, int]:
        explains = reason.code is ReasonCode.SIGNATURE_REFUSED
        at = places.get(reason.endpoint or TOTAL, len(places))
        return not explains, -reason.verdict.rank, kinds.index(reason.code), at

    return tuple(sorted(reasons, key=place))

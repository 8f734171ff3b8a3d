"""What the candidate is held against: stored runs, or the base that was measured beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from perfgate.judge.behind import Trend, pair_evidence, ratio_evidence, trend
from perfgate.judge.by_reference import judge_ratios, ratio_changes
from perfgate.judge.changes import changes, inconclusive_reasons, thin_notes, thin_reasons, together
from perfgate.judge.creep import creep
from perfgate.judge.history import History, comparable, level_notes, provenance
from perfgate.judge.paired_changes import controls_shown, paired_changes
from perfgate.judge.paired_notes import (
    same_code_notes,
    source_notes,
    start_notes,
    swap_notes,
    thin_slower_notes,
)
from perfgate.judge.paired_notes import thin_notes as thin_beside
from perfgate.judge.paired_reasons import paired_reasons
from perfgate.judge.processor import idle_notes, idle_reasons, stacks_cpu
from perfgate.judge.reference_reasons import other_reference_notes, reference_reasons
from perfgate.judge.side_by_side import judge_pairs
from perfgate.records.baseline import Baseline
from perfgate.records.criteria import Policy
from perfgate.records.endpoint import EndpointStatistics
from perfgate.records.evidence import PairEvidence
from perfgate.records.judgement import Change
from perfgate.records.measurement import Measurement
from perfgate.records.provenance import Provenance, ReferenceProvenance, SideBySideProvenance
from perfgate.records.step import Step
from perfgate.records.verdict import Note, Reason, ReasonCode, Verdict


@dataclass(frozen=True)
class Against:
    """`before`: the total and the endpoints of the other side; None: there is nothing to compare with."""

    before: tuple[EndpointStatistics, ...] | None
    changes: tuple[Change, ...]
    reasons: tuple[Reason, ...]
    notes: tuple[Note, ...]
    provenance: Provenance
    pairs: tuple[PairEvidence, ...] = ()
    trend: Trend = field(default_factory=Trend)
    runs: tuple[Baseline, ...] = ()  # comparable stored ones, the newest first


def stored(
    measurement: Measurement, baselines: Sequence[Baseline], policy: Policy, steps: Sequence[Step] = ()
) -> Against:
    history = comparable(measurement, baselines, policy.history, steps)
    found = changes(measurement, history, policy)
    newest = history.newest
    return Against(
        before=(newest.total, *newest.endpoints) if newest else None,
        changes=found,
        reasons=(
            *_history_reasons(measurement, history, policy),
            *thin_reasons(measurement, history, policy),
            *inconclusive_reasons(found),
        ),
        notes=(*level_notes(history), *together(thin_notes(found, measurement))),
        provenance=provenance(measurement, history),
        trend=trend(history, steps),
        runs=tuple(history.runs),
    )


def by_reference(
    measurement: Measurement, baselines: Sequence[Baseline], policy: Policy, steps: Sequence[Step] = ()
) -> Against | None:
    """None: no reference was measured beside it."""
    reference = measurement.reference
    if reference is None:
        return None
    policy, head = policy.side_by_side, (measurement.total, *measurement.endpoints)
    history = comparable(measurement, baselines, policy.history, steps)
    judged = judge_ratios(measurement, history, policy)
    found = ratio_changes(judged, measurement, history, policy)
    crept, crept_notes = creep(judged, reference, policy.creep)
    cpu, newest = stacks_cpu(reference.beside), history.newest
    return Against(
        before=(newest.total, *newest.endpoints) if newest else None,
        changes=found,
        reasons=(
            *_history_reasons(measurement, history, policy),
            *reference_reasons(reference, judged, found, history, policy),
            *crept,
            *idle_reasons(cpu, reference.name),
        ),
        notes=(
            *crept_notes,
            *level_notes(history),
            *other_reference_notes(reference, history),
            *idle_notes(cpu, reference.name),
            *together(thin_beside(found, head)),
        ),
        provenance=provenance(measurement, history).model_copy(
            update={
                "reference": ReferenceProvenance(
                    name=reference.name,
                    commit=reference.commit,
                    pairs=tuple(len(start.pairs) for start in reference.beside.starts),
                    block=reference.beside.design.block,
                    other_references=history.other_references,
                    cpu=cpu,
                )
            }
        ),
        pairs=ratio_evidence(judged, policy.alpha_pass),
        trend=trend(history, steps, reference),
        runs=tuple(history.runs),
    )


def side_by_side(measurement: Measurement, policy: Policy) -> Against | None:
    """None: no base was measured beside it."""
    measured = measurement.side_by_side
    if measured is None:
        return None
    policy = policy.side_by_side
    head = (measurement.total, *measurement.endpoints)
    judged = judge_pairs(measured, head, policy)
    found = paired_changes(judged, measured, head, policy)
    cpu = stacks_cpu(measured)
    control_pairs = None if measured.control is None else len(measured.control.pairs)
    many = tuple(len(start.pairs) for start in measured.starts)
    return Against(
        before=(measured.total, *measured.endpoints),
        changes=found,
        reasons=(*paired_reasons(measured, found, judged, policy), *idle_reasons(cpu)),
        notes=(
            *same_code_notes(measurement),
            *source_notes(judged),
            *idle_notes(cpu),
            *swap_notes(measured),
            *start_notes(measured),
            *thin_slower_notes(measured, found, head, policy),
            *together(thin_beside(found, head)),
        ),
        provenance=Provenance(
            runs=0,
            newest_id=None,
            newest_commit=measured.subject.commit,
            newest_at=None,
            oldest_at=None,
            differences=(),
            side_by_side=SideBySideProvenance(
                base=measured.subject,
                pairs=many,
                block=measured.design.block,
                seconds=2 * (sum(many) + (control_pairs or 0)) * measured.design.block,
                swapped=measured.starts[0].swapped,
                cpu=cpu,
                control_pairs=control_pairs,
                control=controls_shown(judged),
                start_luck=measured.start_luck,
                looks=measured.design.looks,
                fresh_looks=measured.design.fresh_looks,
                ended_because=tuple(start.ended_because for start in measured.starts),
            ),
        ),
        pairs=pair_evidence(judged),
    )


def _history_reasons(measurement: Measurement, history: History, policy: Policy) -> Iterator[Reason]:
    if not history.runs:
        if policy.tolerances:
            yield Reason(
                code=ReasonCode.NO_BASELINE,
                verdict=Verdict.CONDITIONAL,
                facts={"other_loads": history.other_loads, "other_references": history.other_references},
            )
    elif history.other_machine:
        differences = "; ".join(provenance(measurement, history).differences)[:500]
        yield Reason(
            code=ReasonCode.ENVIRONMENT_DIFFERS, verdict=Verdict.CONDITIONAL, facts={"differences": differences}
        )

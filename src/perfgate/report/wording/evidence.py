"""What lies behind a comparison, in words: for who cannot see the charts, and for who wants to be sure."""

from __future__ import annotations

from perfgate.records.evidence import PairEvidence, StartEvidence
from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.metric import METRICS
from perfgate.records.provenance import SideBySideProvenance
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose
from perfgate.report.wording.words import subject

ENDED = {
    "decided": "ended early, since more load could not have changed the verdict",
    "planned": "went on to the last planned look",
    "stack-broke": "ended because a stack broke",
    "futile": "ended early, since more load would hardly have decided it",
}


def how_pairs_are_read(scenario: ScenarioJudgement) -> Prose | None:
    """The rules of the comparison. None: nothing was measured side by side."""
    beside, reference = scenario.provenance.side_by_side, scenario.provenance.reference
    if beside is not None:
        return prose(
            "Each point is one pair of blocks of {}, one on either side, with the same requests and in random order. "
            "{}",
            numbers.span(beside.block),
            _looks(beside),
        )
    if reference is None:
        return None
    name, runs = Code(reference.name), scenario.provenance.runs
    against = prose(
        "how much slower or faster than {} the head was, less what {} on average",
        name,
        numbers.counted(runs, "stored run was", "stored runs were"),
    )
    return prose(
        "Each point is one pair of blocks of {}, one of the head and one of {}, with the same requests and in random "
        "order: {}.",
        numbers.span(reference.block),
        name,
        against if runs else prose("how much slower or faster than {} the head was", name),
    )


def what_pairs_show(scenario: ScenarioJudgement) -> Prose:
    """The caption of their chart."""
    reference = scenario.provenance.reference
    if reference is None:
        return prose("Change of the head against the base, pair by pair")
    name = Code(reference.name)
    if not scenario.provenance.runs:
        return prose("Change of the head against {}, pair by pair", name)
    return prose("Change of the head against the stored runs, by each pair's ratio to {}", name)


def _looks(beside: SideBySideProvenance) -> str:
    if not beside.looks:
        return ""
    looks, fresh = (", ".join(map(numbers.count, each)) for each in (beside.looks, beside.fresh_looks))
    if len(beside.ended_because) > 1 and beside.fresh_looks not in {(), beside.looks}:
        looks += f" (on fresh starts after {fresh})"
    ended = "; ".join(
        f"{'the first starts' if at == 0 else 'the fresh ones'} {ENDED.get(each, each)}"
        for at, each in enumerate(beside.ended_because)
    )
    return f"Planned looks: after {looks} pairs, not counting the first" + (f"; {ended}." if ended else ".")


def pairs_in_words(evidence: PairEvidence) -> Prose:
    """`p95 of GET /x: of 37 pairs 36 were worse, +23.1 % (+18.1 … +28.1 %); on fresh starts of 20 pairs …`"""
    told = [_start(start, evidence) for start in evidence.starts]
    joined = "" if evidence.joined <= 1 else f" (neighbours are alike, so {evidence.joined} were taken together)"
    again = f"; on fresh starts, {told[1]}" if len(told) > 1 else ""
    if evidence.control is not None:
        again += f"; as a control, base against base, {_start(evidence.control, evidence)}"
    return prose(
        "{}: {}{}{}.", subject(evidence.metric, evidence.endpoint), told[0] if told else "no pair", joined, again
    )


def _start(start: StartEvidence, evidence: PairEvidence) -> str:
    sign = 1 if METRICS[evidence.metric].lower_is_better else -1
    worse = sum(sign * each > 0 for each in start.changes)
    change = numbers.moved(evidence.metric, start.estimate, absolute=False)
    ends = numbers.bounds(evidence.metric, start.bound_better, start.bound_worse, absolute=False)
    interval = "" if start.bound_better is None and start.bound_worse is None else f" ({ends})"
    return f"{worse} of {numbers.counted(len(start.changes), 'pair')} worse, {change}{interval}"

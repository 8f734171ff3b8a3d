"""How sure a comparison side by side is: what was done to find out, and what it showed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from perfgate.judge.paired import START_LUCK
from perfgate.records.judgement import Change, Kind, ScenarioJudgement
from perfgate.records.provenance import ControlShown, SideBySideProvenance, StacksCpu
from perfgate.records.stack import StackKind
from perfgate.records.verdict import ReasonCode
from perfgate.report import numbers
from perfgate.report.prose import Prose, prose
from perfgate.report.wording.words import subject

WITHHELD: Final = frozenset({ReasonCode.UNCONFIRMED, ReasonCode.NOISY_RUNNER})  # with reasons of their own
SHOWN: Final = 6  # comparisons told one by one


def how_sure_beside(scenario: ScenarioJudgement) -> Iterator[Prose]:
    found = scenario.provenance.side_by_side
    if found is None:
        return
    if not found.swapped:
        yield _luck(found)
    if len(found.pairs) > 1:
        yield prose(
            "Times and requests shown are of the first starts; a change is the mean of what both starts showed."
        )
    external = scenario.stack.kind is StackKind.EXTERNAL
    yield from _control(found, external=external)
    if found.cpu is not None:
        yield from processor_lines(found.cpu, "base")
    elif not external:  # of which a note tells
        yield prose("The stacks' processor time could not be read, so whether the idle side was idle is not known.")
    if "futile" in found.ended_because:
        yield prose("The load ended before its plan was done, since what was left of it could hardly decide anything.")
    yield from _undecided(scenario)


def _luck(found: SideBySideProvenance) -> Prose:
    learned = found.start_luck
    if learned is None:
        return prose(
            "How far a start is off by luck alone is assumed: {}. Bounds allow for it.", numbers.share(START_LUCK)
        )
    return prose(
        "A start is off by {} by luck alone, learned from {} of base against base. Bounds allow for it.",
        numbers.share(learned.per_start),
        numbers.counted(learned.runs, "run"),
    )


def _control(found: SideBySideProvenance, *, external: bool) -> Iterator[Prose]:
    if found.control_pairs is None:
        if len(found.pairs) > 1:
            yield prose("The base was not measured against itself: nothing was confirmed, or no time was left.")
        return
    many = numbers.counted(found.control_pairs, "pair of blocks", "pairs of blocks")
    did = "loaded by two new generators" if external else "started twice more"
    yield prose("As a control the base was {} and measured against itself ({}).", did, many)
    yield from map(_moved, found.control[:SHOWN])


def _moved(shown: ControlShown) -> Prose:
    return prose(
        "{} of base against base: {} ({}), where the head is at {}: {}.",
        subject(shown.metric, shown.endpoint),
        numbers.change(shown.change),
        numbers.interval(shown.low, shown.high),
        numbers.change(shown.claimed),
        "the runner moves it as much, so nobody is accused" if shown.refutes else "the runner does not explain that",
    )


def processor_lines(cpu: StacksCpu, other: str) -> Iterator[Prose]:
    """`other`: what the head was measured beside."""
    moved = f", {numbers.change(cpu.change)} ({numbers.interval(cpu.low, cpu.high)})" if cpu.change is not None else ""
    yield prose(
        "A request cost {} of processor time on the {} and {} on the head{}. That is told, not judged.",
        numbers.duration(cpu.base_per_request),
        other,
        numbers.duration(cpu.head_per_request),
        moved,
    )
    if cpu.base_idle is not None and cpu.head_idle is not None:
        yield prose(
            "While it was the other side's turn, the {} used {} of a core, the head {}.",
            other,
            numbers.share(cpu.base_idle),
            numbers.share(cpu.head_idle),
        )


def _undecided(scenario: ScenarioJudgement) -> Iterator[Prose]:
    """For each comparison by itself: what is missing, and what could have been seen."""
    told = {(reason.endpoint, reason.metric) for reason in scenario.reasons if reason.code in WITHHELD}
    unclear = [
        each
        for row in scenario.rows
        for each in row.changes
        if each.gated and each.kind is Kind.INCONCLUSIVE and each.spread_from == "pairs"
    ]
    yield from map(_missing, [each for each in unclear if (each.endpoint, each.metric) not in told][:SHOWN])


def _missing(change: Change) -> Prose:
    more = change.more_seconds
    needs = (
        "a longer load would hardly decide it"
        if more is None
        else f"about {numbers.span(math.ceil(more))} more of load would decide it, if it is what it seems"
    )
    return prose(
        "{} is not decided: {}; a worsening of {} or more could have been seen.",
        subject(change.metric, change.endpoint),
        needs,
        numbers.share(change.smallest_detectable),
    )

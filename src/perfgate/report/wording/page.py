"""What the page says beside its charts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.measurement import Measurement
from perfgate.report import numbers
from perfgate.report.prose import Prose, prose

ONE_CLOCK: Final = "The shaded part is the warm-up, which is not judged."
TURNS: Final = "The turns of the head, one after the other."


def inside_all_the_time(scenario: ScenarioJudgement) -> str:
    """Of a head that was loaded in turns with another side."""
    other = "reference" if scenario.provenance.reference else "base"
    return f"Inside the head's stack, all the time, so the turns of the {other} are in it too; on a clock of its own."


def curves_of_baseline(scenario: ScenarioJudgement) -> str:
    """What they are of; nothing where there are none."""
    if scenario.provenance.side_by_side:
        return "the base beside it"
    return "the newest comparable run" if scenario.provenance.runs else ""


def over_time(scenario: ScenarioJudgement) -> str:
    """The chart in words, for who cannot see it."""
    known = [each for each in scenario.timeline.p95 if each is not None]
    if not known:
        return "No request succeeded."
    failures = numbers.counted(sum(scenario.timeline.failures), "failure")
    return (
        f"p95 between {numbers.duration(min(known))} and {numbers.duration(max(known))} over "
        f"{numbers.span(len(scenario.timeline.requests) * scenario.timeline.step)}, warm-up included; {failures}."
    )


def doubts_of_runs(runs: Sequence[Measurement]) -> list[Prose]:
    """Why they may not be comparable that are laid beside each other."""
    told = []
    loads = len({each.scenario.digest for each in runs})
    if loads > 1:
        told.append(
            prose("They put {} different loads on, so their figures cannot be held against each other.", str(loads))
        )
    machines = {f"{each.fingerprint.cpu_model} × {each.fingerprint.cores}" for each in runs}
    if len(machines) > 1:
        told.append(
            prose(
                "They ran on {}: a difference may be the machine's.",
                numbers.counted(len(machines), "kind of machine", "kinds of machine"),
            )
        )
    return told

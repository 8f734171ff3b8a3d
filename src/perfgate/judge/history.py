"""Which stored runs the candidate may be compared with, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perfgate.records.baseline import Baseline
from perfgate.records.endpoint import TOTAL
from perfgate.records.measurement import Fingerprint, Measurement
from perfgate.records.provenance import Provenance
from perfgate.records.step import Step
from perfgate.records.verdict import Note, NoteCode

# Of the machine: without agreement on these the difference between two machines is in the comparison.
MACHINE = ("cpu_model", "cores", "system")
IN_TURNS = "-beside"  # after the digest of a load that was shared with another side
# Also shown when they differ; the code under test is expected to.
ALSO_SHOWN = ("memory", "kernel", "python", "perfgate", "locust")


@dataclass(frozen=True)
class History:
    """Comparable runs, the newest first. `other_machine`: no run of a machine like this one was there."""

    runs: tuple[Baseline, ...]
    known: tuple[Baseline, ...]  # also those of before they were comparable, the newest first
    step: Step | None  # the change of level with which the comparable ones begin
    other_machine: bool
    other_loads: int  # stored runs of this scenario that put another load on, so cannot be compared
    other_references: int = 0  # the same load, beside another commit than this candidate, or beside none

    @property
    def newest(self) -> Measurement | None:
        return self.runs[0].measurement if self.runs else None


def comparable(
    candidate: Measurement, baselines: Sequence[Baseline], limit: int, steps: Sequence[Step] = ()
) -> History:
    """Runs of the same load, older than the candidate, not before the newest accepted one; of like machines if any.

    Of those the ones since the newest of `steps`, changes of the level of all endpoints together.
    """
    older = sorted(
        (each for each in baselines if each.id != candidate.id and each.measurement.started_at <= candidate.started_at),
        key=lambda each: each.measurement.started_at,
        reverse=True,
    )
    same_load = [each for each in older if is_same_load(candidate, each.measurement)]
    measured_alike = [each for each in same_load if is_same_reference(candidate, each.measurement)]
    since_accepted = _until_accepted(measured_alike)
    alike = [each for each in since_accepted if like_machine(candidate, each)]
    runs, step = _since_newest_step(alike or since_accepted, steps)
    return History(
        runs=tuple(runs[:limit]),
        known=tuple(each for each in measured_alike if not alike or like_machine(candidate, each)),
        step=step,
        other_machine=not alike and bool(since_accepted),
        other_loads=len(older) - len(same_load),
        other_references=len(same_load) - len(measured_alike),
    )


def is_same_load(candidate: Measurement, other: Measurement) -> bool:
    """Of the same description; whether both were loaded in turns, `is_same_reference` knows."""
    return candidate.scenario.digest.removesuffix(IN_TURNS) == other.scenario.digest.removesuffix(IN_TURNS)


def is_same_reference(candidate: Measurement, other: Measurement) -> bool:
    """Measured beside the same commit, or both beside none: a ratio to one stack says nothing of one to another."""
    one, two = candidate.reference, other.reference
    if one is None or two is None:
        return one is two
    return one.commit is not None and one.commit == two.commit


def provenance(candidate: Measurement, history: History) -> Provenance:
    newest = history.newest
    return Provenance(
        runs=len(history.runs),
        newest_id=newest.id if newest else None,
        newest_commit=newest.subject.commit if newest else None,
        newest_at=newest.started_at if newest else None,
        oldest_at=history.runs[-1].measurement.started_at if history.runs else None,
        differences=_differences(candidate, history.runs[0], MACHINE + ALSO_SHOWN) if history.runs else (),
    )


def level_notes(history: History) -> Iterator[Note]:
    """Runs of before the newest change of level are not compared with, which a reader should know."""
    if history.step is None or not history.runs:
        return
    first = history.runs[-1].measurement
    yield Note(
        code=NoteCode.LEVEL_CHANGED,
        endpoint=history.step.endpoint,
        metric=history.step.metric,
        facts={
            "change": history.step.change,
            "since": first.started_at.date().isoformat(),
            "commit": first.subject.commit,
            "runs": len(history.runs),
            "reference": first.reference.name if first.reference else None,
        },
    )


def _until_accepted(newest_first: list[Baseline]) -> list[Baseline]:
    """Accepting a run says: from here on. What was before it is no longer the state to compare with."""
    for at, each in enumerate(newest_first):
        if each.why == "accepted":
            return newest_first[: at + 1]
    return newest_first


def _since_newest_step(newest_first: list[Baseline], steps: Sequence[Step]) -> tuple[list[Baseline], Step | None]:
    """What changed is told once; from then on runs are compared with those of the new level."""
    of_total = {step.run: step for step in reversed(steps) if step.endpoint == TOTAL}
    for at, each in enumerate(newest_first):
        if each.id in of_total:
            return newest_first[: at + 1], of_total[each.id]
    return newest_first, None


def like_machine(candidate: Measurement, baseline: Baseline) -> bool:
    return not _differences(candidate, baseline, MACHINE)


def _differences(candidate: Measurement, baseline: Baseline, fields: Sequence[str]) -> tuple[str, ...]:
    mine, theirs = candidate.fingerprint, baseline.measurement.fingerprint
    return tuple(_difference(field, mine, theirs) for field in fields if getattr(mine, field) != getattr(theirs, field))


def _difference(field: str, mine: Fingerprint, theirs: Fingerprint) -> str:
    return f"{field}: {getattr(theirs, field)} → {getattr(mine, field)}"

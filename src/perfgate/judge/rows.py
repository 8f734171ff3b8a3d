"""The endpoints of both sides, row by row: what is in both, what vanished, what is new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from perfgate.judge.against import Against
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.judgement import Change, Kind, Row
from perfgate.records.measurement import Measurement
from perfgate.records.metric import METRICS
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict, worst

NAMED: Final = 8  # endpoints of a kind; more are told together
RARE: Final = 5  # requests: of so many by chance none may come in another run (e**-5 is 0.7 %)


def rows(measurement: Measurement, against: Against, reasons: Sequence[Reason]) -> tuple[Row, ...]:
    first = against.before is None
    before = {each.label: each for each in against.before or ()}
    now = {each.label: each for each in (measurement.total, *measurement.endpoints)}
    total, *endpoints = (
        _row(label, now.get(label), before.get(label), against.changes, reasons, first=first)
        for label in {TOTAL: None} | now | before
    )
    return (total, *sorted(endpoints, key=_worst_first))


def _worst_first(row: Row) -> tuple[int, float, str]:
    """By verdict, then by how many times its tolerance it got worse; what passes by name."""
    accused = row.changes if row.verdict is not Verdict.PASS else ()
    return -row.verdict.rank, -max(map(_beyond, accused), default=0.0), row.label


def _beyond(change: Change) -> float:
    """Worsening in tolerances; none of what is called no worse, or has no tolerance to be held against."""
    if change.tolerance is None or not change.tolerance.fail or change.kind in {Kind.IMPROVED, Kind.UNCHANGED}:
        return 0.0
    worse = change.change if METRICS[change.metric].lower_is_better else -change.change
    return max(0.0, worse / change.tolerance.fail)


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


def vanished_endpoints(measurement: Measurement, against: Against) -> Iterator[Reason]:
    gone = [each.label for each in _gone(measurement, against) if each.requests >= RARE]
    for label, others in _named(gone):
        yield Reason(
            code=ReasonCode.ENDPOINT_VANISHED,
            verdict=Verdict.CONDITIONAL,
            endpoint=label,
            facts={"label": label, "others": others},
        )


def rare_endpoints(measurement: Measurement, against: Against) -> Iterator[Note]:
    rare = [each.label for each in _gone(measurement, against) if each.requests < RARE]
    for label, others in _named(rare):
        yield Note(code=NoteCode.RARE_ENDPOINT, endpoint=label, facts={"others": others, "fewer_than": RARE})


def new_endpoints(measurement: Measurement, against: Against) -> Iterator[Note]:
    if against.before is None:
        return
    before = {each.label for each in against.before}
    for label, others in _named([each.label for each in measurement.endpoints if each.label not in before]):
        yield Note(code=NoteCode.NEW_ENDPOINT, endpoint=label, facts={"others": others})


def _gone(measurement: Measurement, against: Against) -> list[EndpointStatistics]:
    present = {each.label for each in measurement.endpoints if each.requests}
    before = (each for each in against.before or () if each.requests and each.label != TOTAL)
    return sorted((each for each in before if each.label not in present), key=lambda each: each.label)


def _named(labels: list[str]) -> Iterator[tuple[str, int]]:
    """Each, or where names are as many as ids the first, and how many others there are."""
    if len(labels) <= NAMED:
        yield from ((label, 0) for label in labels)
    else:
        yield labels[0], len(labels) - 1

"""The endpoints of both sides, row by row: what is in both, what vanished, what is new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perfgate.judge.against import Against
from perfgate.records.endpoint import TOTAL, EndpointStatistics
from perfgate.records.judgement import Change, Row
from perfgate.records.measurement import Measurement
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict, worst


def rows(measurement: Measurement, against: Against, reasons: Sequence[Reason]) -> tuple[Row, ...]:
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


def vanished_endpoints(measurement: Measurement, against: Against) -> Iterator[Reason]:
    present = {each.label for each in measurement.endpoints if each.requests}
    for each in sorted(against.before or (), key=lambda each: each.label):
        if each.requests and each.label not in present and each.label != TOTAL:
            yield Reason(
                code=ReasonCode.ENDPOINT_VANISHED,
                verdict=Verdict.CONDITIONAL,
                endpoint=each.label,
                facts={"label": each.label},
            )


def new_endpoints(measurement: Measurement, against: Against) -> Iterator[Note]:
    if against.before is None:
        return
    before = {each.label for each in against.before}
    for each in measurement.endpoints:
        if each.label not in before:
            yield Note(code=NoteCode.NEW_ENDPOINT, endpoint=each.label, facts={"requests": each.requests})

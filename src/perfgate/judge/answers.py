"""Whether what was answered is of the size that it was before: an error page or a login page may be quick, and no
failure by its status.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from perfgate.judge.against import Against
from perfgate.records.endpoint import EndpointStatistics
from perfgate.records.measurement import Measurement
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict

TIMES: Final = 2.0  # as large, or as small, as any answer before
APART: Final = 64  # bytes; small answers differ by a digit or a name
FEWEST: Final = 20  # requests
ALIKE: Final = 3  # endpoints
FAILED: Final = 0.05  # of the requests; more are told as errors
WITHOUT_BODY: Final = frozenset({"HEAD", "OPTIONS"})


def answer_reasons(measurement: Measurement, against: Against) -> Iterator[Reason]:
    """One reason, about the endpoint whose answers changed most, and how many others did."""
    before = [run.measurement.endpoints for run in against.runs] or [against.before or ()]
    changed: list[tuple[float, EndpointStatistics, float, float]] = []
    for each in measurement.endpoints:
        now = _size(each)
        known = [size for run in before for other in run if other.label == each.label and (size := _size(other))]
        if now is None or not known:
            continue
        nearest = min(max(now, min(known)), max(known))  # of the range of those before
        times = max(now, nearest) / max(min(now, nearest), 1.0)
        if times > TIMES and abs(now - nearest) >= APART:
            changed.append((times, each, now, nearest))
    if changed:
        _, most, now, nearest = max(changed, key=lambda one: one[0])
        yield Reason(
            code=ReasonCode.ANSWERS_DIFFER,
            verdict=Verdict.CONDITIONAL,
            endpoint=most.label,
            facts={
                "bytes": round(now),
                "before": round(nearest),
                "others": len(changed) - 1,
                "stored": len(against.runs),
            },
        )


def answer_notes(measurement: Measurement) -> Iterator[Note]:
    """Where most endpoints answer with as many bytes as each other, and always: on a first run nothing else tells of a
    login page behind every path.
    """
    sizes = {each.label: size for each in measurement.endpoints if (size := _size(each)) is not None}
    constant = Counter(int(size) for size in sizes.values() if size.is_integer() and size >= APART)
    for size, many in constant.most_common(1):
        if many >= ALIKE and many > len(sizes) / 2:
            first = next(label for label, each in sizes.items() if each == size)
            yield Note(code=NoteCode.SAME_ANSWERS, endpoint=first, facts={"endpoints": many, "bytes": size})


def _size(endpoint: EndpointStatistics) -> float | None:
    """Mean bytes of an answer; None: there are too few that succeeded, or they have no body."""
    told = endpoint.endpoint
    if told is None or told.is_aside or told.method in WITHOUT_BODY or endpoint.requests < FEWEST:
        return None
    return None if endpoint.failures > FAILED * endpoint.requests else endpoint.bytes_received / endpoint.requests

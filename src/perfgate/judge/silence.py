"""Whether users were there and yet nothing was sent: all of them waited for answers.

A closed load is silent while an application hangs: those few requests are the only ones that are slow, and one that is
never answered has no time at all, so that no percentile tells of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from perfgate.records.measurement import Measurement, Timeline
from perfgate.records.verdict import Reason, ReasonCode, Verdict

# Requests that users send at the rate of the rest of the run in the silence: of Poisson arrivals none comes of so many
# once in e**20 runs.
MISSED: Final = 20
# Users who send in step are silent between, each time about as long.
LONGER: Final = 3


@dataclass(frozen=True)
class _Silence:
    first: int  # step
    steps: int
    user_seconds: float


def silence_reasons(measurement: Measurement) -> Iterator[Reason]:
    """Of a load that is alone: in turns each side is silent while it is the other's."""
    if measurement.side_by_side is not None or measurement.reference is not None or measurement.stack.faults:
        return
    timeline = measurement.timeline
    users = _known(timeline)
    silences = sorted(_silences(timeline, users), key=lambda each: -each.steps)
    if not silences:
        return
    longest, others = silences[0], silences[1:]
    whole = _whole(timeline)
    busy = sum(users[:whole]) * timeline.step - sum(each.user_seconds for each in silences)
    missed = longest.user_seconds * sum(timeline.requests[:whole]) / busy if busy > 0 else 0.0
    if missed < MISSED or (others and longest.steps < LONGER * others[0].steps):
        return
    yield Reason(
        code=ReasonCode.LOAD_NOT_REACHED,
        verdict=Verdict.CONDITIONAL,
        facts={
            "silent": longest.steps * timeline.step,
            "at": longest.first * timeline.step,
            "users": users[longest.first],
            "missed": round(missed),
            "to_the_end": str(longest.first + longest.steps >= whole),
        },
    )


def _whole(timeline: Timeline) -> int:
    """Steps without the last, which may be of part of its time."""
    return max(len(timeline.requests) - 1, 0)


def _known(timeline: Timeline) -> list[int]:
    """Users at each step; where that is unknown, as many as before."""
    return list(itertools.accumulate(timeline.users, lambda before, now: before if now is None else now, initial=0))[1:]


def _silences(timeline: Timeline, users: list[int]) -> Iterator[_Silence]:
    begin = int(timeline.warm_up // timeline.step)
    steps = [at for at in range(begin, _whole(timeline)) if timeline.requests[at] == 0 and users[at] > 0]
    for _, run in itertools.groupby(enumerate(steps), key=lambda pair: pair[1] - pair[0]):
        silent = [at for _, at in run]
        yield _Silence(silent[0], len(silent), sum(users[at] for at in silent) * timeline.step)

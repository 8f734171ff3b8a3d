"""What somebody wrote down and relies on, and nothing was held against: never silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perfgate.judge.against import Against
from perfgate.records.criteria import Tolerance
from perfgate.records.judgement import Checked, TelemetryChecked
from perfgate.records.measurement import Measurement
from perfgate.records.verdict import Reason, ReasonCode, Verdict


def nothing_checked(
    budgets: Sequence[Checked], inside: Sequence[TelemetryChecked], tolerances: Sequence[Tolerance]
) -> Iterator[Reason]:
    """Budgets of other scenarios are no budgets of this one."""
    if not budgets and not inside and not tolerances:
        yield Reason(code=ReasonCode.NOTHING_CHECKED, verdict=Verdict.CONDITIONAL)


def not_requested(
    measurement: Measurement, against: Against, tolerances: Sequence[Tolerance], elsewhere: Sequence[Measurement]
) -> Iterator[Reason]:
    """Tolerances that name an endpoint which no scenario of the run came to, as where it was renamed, or misspelt. One
    that was there before is told as vanished.
    """
    there = {each.label for run in (measurement, *elsewhere) for each in run.endpoints if each.requests}
    there |= {each.label for each in against.before or () if each.requests}
    for label in dict.fromkeys(each.endpoint for each in tolerances):
        if label is not None and label not in there:
            yield Reason(
                code=ReasonCode.NOT_COVERED,
                verdict=Verdict.CONDITIONAL,
                endpoint=label,
                facts={"label": label, "why": "it was not requested"},
            )

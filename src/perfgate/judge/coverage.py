"""What was declared or required, and not exercised."""

from __future__ import annotations

from collections.abc import Iterator

from perfgate.records.criteria import Policy
from perfgate.records.judgement import Reason, ReasonCode, Verdict
from perfgate.records.measurement import Measurement


def not_covered(measurement: Measurement, policy: Policy) -> dict[str, str]:
    """Label of every required or declared endpoint that was not exercised, and why that counts."""
    exercised = {each.label for each in measurement.endpoints if each.requests}
    declared = {endpoint.label: "declared traffic never came to it" for endpoint in measurement.scenario.declared}
    required = dict.fromkeys(policy.required, "required, and not requested by this scenario")
    return {label: why for label, why in (declared | required).items() if label not in exercised}


def coverage_reasons(missing: dict[str, str]) -> Iterator[Reason]:
    for label, why in missing.items():
        yield Reason(
            code=ReasonCode.NOT_COVERED,
            verdict=Verdict.CONDITIONAL,
            endpoint=label,
            facts={"label": label, "why": why},
        )

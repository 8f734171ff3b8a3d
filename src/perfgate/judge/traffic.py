"""Signed requests that are refused, and journeys that fail: what statistics alone do not say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from perfgate.records.criteria import Policy
from perfgate.records.endpoint import JOURNEY
from perfgate.records.load import Finding, SignatureRefusal
from perfgate.records.measurement import Measurement
from perfgate.records.metric import Metric
from perfgate.records.verdict import Reason, ReasonCode, Verdict

FEW: Final = 0.01  # a smaller share of server errors, or of failed journeys, is left to budgets and tolerances
HELD_BY: Final = frozenset({Metric.FAILURES, Metric.SUCCESS_RATE, Metric.ERROR_RATIO})


def refusal_reasons(measurement: Measurement) -> Iterator[Reason]:
    for each in measurement.load.refusals:
        statistics = measurement.statistics(each.label)
        statuses = statistics.statuses if statistics else {}
        refused = sum(many for status, many in statuses.items() if _is_like(each, status))
        requests = statistics.requests if statistics else 0
        if each.finding is Finding.SERVER_ERROR and refused <= FEW * requests:
            continue
        yield Reason(
            code=ReasonCode.SIGNATURE_REFUSED,
            verdict=Verdict.CONDITIONAL,
            endpoint=each.label,
            facts={
                "finding": each.finding.value,
                "status": each.status,
                "refused": refused,
                "requests": requests,
                "style": each.style,
                "style_setting": None if each.style is None else f"json_style: {each.style}",
                "wrongly": each.wrongly,
                "clock_off": each.clock_off,
            },
            evidence="\n".join((*each.probes, f"answer: {each.answer}")),
        )


def _is_like(refusal: SignatureRefusal, status: int) -> bool:
    return status >= 500 if refusal.status >= 500 else status == refusal.status


def journey_reasons(measurement: Measurement, policy: Policy) -> Iterator[Reason]:
    """Failed journeys are in no total, so a budget on all together does not see them."""
    held = {budget.endpoint for budget in policy.budgets if budget.metric in HELD_BY}
    for each in measurement.endpoints:
        if each.endpoint is None or each.endpoint.method != JOURNEY or each.label in held:
            continue
        if each.failures > FEW * each.requests:
            yield Reason(
                code=ReasonCode.JOURNEY_FAILED,
                verdict=Verdict.CONDITIONAL,
                endpoint=each.label,
                facts={"label": each.label, "failures": each.failures, "requests": each.requests},
                evidence="\n".join(f"{found.count} times: {found.message}" for found in each.failure_messages),
            )

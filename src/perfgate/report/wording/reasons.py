"""One sentence and one remedy for every reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perfgate.records.verdict import Reason, ReasonCode
from perfgate.report.prose import Prose
from perfgate.report.wording import about_application as application
from perfgate.report.wording import about_comparison as comparison
from perfgate.report.wording import about_inside as inside
from perfgate.report.wording import about_load as load
from perfgate.report.wording import about_traffic as traffic
from perfgate.report.wording import reference
from perfgate.report.wording.facts import Facts
from perfgate.report.wording.said import Said


@dataclass(frozen=True)
class Told:
    """`remedy`: None where the next reason has the same one, which is told there."""

    reason: Reason
    sentence: Prose
    remedy: Prose | None


def tell(reasons: Sequence[Reason]) -> list[Told]:
    """Each in its order; a remedy that neighbours share once, after the last of them."""
    said = [say(reason) for reason in reasons]
    remedies = [each.remedy for each in said]
    return [
        Told(reason, each.sentence, None if remedies[at : at + 1] == [each.remedy] else each.remedy)
        for at, (reason, each) in enumerate(zip(reasons, said, strict=True), start=1)
    ]


def say(reason: Reason) -> Said:  # noqa: C901, PLR0912 - one arm a code: the type checker finds a forgotten one
    facts = Facts(reason.facts)
    match reason.code:
        case ReasonCode.BUDGET if "series" in reason.facts:
            return inside.series_budget(reason, facts)
        case ReasonCode.GROWTH_UNCERTAIN:
            return inside.growth_uncertain(reason, facts)
        case ReasonCode.NOT_MEASURED:
            return inside.not_measured(reason, facts)
        case ReasonCode.BACKLOG:
            return inside.backlog(reason, facts)
        case ReasonCode.POOL_EXHAUSTED:
            return inside.pool_exhausted(reason, facts)
        case ReasonCode.BUDGET:
            return application.budget(reason, facts)
        case ReasonCode.REGRESSION:
            return application.regression(reason, facts)
        case ReasonCode.WARNING:
            return application.warning(reason, facts)
        case ReasonCode.WAIVED:
            return application.waived(reason, facts)
        case ReasonCode.ERRORS_ROSE:
            return application.errors_rose(reason, facts)
        case ReasonCode.STACK_BROKE:
            return application.stack_broke(reason, facts)
        case ReasonCode.NOT_COVERED:
            return application.not_covered(reason, facts)
        case ReasonCode.ENDPOINT_VANISHED:
            return application.endpoint_vanished(reason, facts)
        case ReasonCode.ANSWERS_DIFFER:
            return application.answers_differ(reason, facts)
        case ReasonCode.SIGNATURE_REFUSED:
            return traffic.signature_refused(reason, facts)
        case ReasonCode.JOURNEY_FAILED:
            return traffic.journey_failed(reason, facts)
        case ReasonCode.INCONCLUSIVE:
            return comparison.inconclusive(reason, facts)
        case ReasonCode.CREEP:
            return reference.creep(reason, facts)
        case ReasonCode.BASE_BROKE:
            return comparison.base_broke(reason, facts)
        case ReasonCode.UNCONFIRMED:
            return comparison.unconfirmed(reason, facts)
        case ReasonCode.NO_BASELINE:
            return comparison.no_baseline(reason, facts)
        case ReasonCode.ENVIRONMENT_DIFFERS:
            return comparison.environment_differs(reason, facts)
        case ReasonCode.NOISY_RUNNER:
            return comparison.noisy_runner(reason, facts)
        case ReasonCode.IDLE_SIDE_BUSY:
            return comparison.idle_side_busy(reason, facts)
        case ReasonCode.GENERATOR_SATURATED:
            return load.generator_saturated(reason, facts)
        case ReasonCode.LOAD_NOT_REACHED:
            return load.load_not_reached(reason, facts)
        case ReasonCode.RECORDING_INCOMPLETE:
            return load.recording_incomplete(reason, facts)
        case ReasonCode.TOO_FEW_REQUESTS:
            return load.too_few_requests(reason, facts)
        case ReasonCode.NOTHING_CHECKED:
            return comparison.nothing_checked(reason, facts)

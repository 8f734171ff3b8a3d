"""The first line: verdict word, consequence, action."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Change, Judgement, Kind, ScenarioJudgement
from perfgate.records.metric import METRICS, Unit
from perfgate.records.verdict import Reason, ReasonCode, Verdict
from perfgate.report import numbers
from perfgate.report.prose import Prose, joined, prose
from perfgate.report.wording.about_application import OF_FAILURES
from perfgate.report.wording.facts import Facts
from perfgate.report.wording.words import VERDICTS, metric_word, place

CAUSES_SHOWN = 2


def headline(judgement: Judgement) -> Prose:
    """`Conditional: nothing is shown to be slower; one endpoint is waived. Merging is not blocked.`"""
    told = joined(_consequence(judgement.verdict, judgement.scenarios))
    return prose("{}: {}. {}", VERDICTS[judgement.verdict], told, consequence_for_job(judgement))


def headline_of(scenario: ScenarioJudgement) -> Prose:
    """Of one of several: `Conditional: nothing is shown to be slower; one endpoint is waived`."""
    return prose("{}: {}", VERDICTS[scenario.verdict], joined(_consequence(scenario.verdict, [scenario])))


def consequence_for_job(judgement: Judgement) -> str:
    if judgement.event == "pull_request":
        return "Merging is blocked." if judgement.blocks else "Merging is not blocked."
    return "The job fails." if judgement.blocks else "The job does not fail."


def _consequence(verdict: Verdict, scenarios: Sequence[ScenarioJudgement]) -> list[Prose]:
    match verdict:
        case Verdict.FAIL:
            return _causes([each for each in _reasons(scenarios) if each.verdict is Verdict.FAIL])
        case Verdict.CONDITIONAL:
            return [*_nothing_slower(scenarios), *_causes(list(_reasons(scenarios)))]
        case Verdict.PASS:
            return _all_well(scenarios)


def _reasons(scenarios: Sequence[ScenarioJudgement]) -> Iterable[Reason]:
    return (reason for scenario in scenarios for reason in scenario.reasons)


def _nothing_slower(scenarios: Sequence[ScenarioJudgement]) -> list[Prose]:
    """Said only of what was compared; a waived regression is named by its own cause."""
    if not any(_judged(scenarios)):
        return []
    codes = {reason.code for reason in _reasons(scenarios)}
    waived = {(each.endpoint or TOTAL, each.metric) for each in _reasons(scenarios) if each.code is ReasonCode.WAIVED}
    slower = {(each.endpoint, each.metric) for each in _judged(scenarios) if each.kind is Kind.REGRESSED}
    if slower - waived:
        return []
    if ReasonCode.WARNING in codes:
        return [prose("nothing is slower than tolerated")]
    return [prose("nothing else is shown to be slower" if waived else "nothing is shown to be slower")]


def _judged(scenarios: Sequence[ScenarioJudgement]) -> Iterable[Change]:
    return (
        change
        for scenario in scenarios
        for row in scenario.rows
        for change in row.changes
        if change.tolerance is not None
    )


def _all_well(scenarios: Sequence[ScenarioJudgement]) -> list[Prose]:
    pieces = []
    if any(_judged(scenarios)):
        faster = sum(
            any(change.kind is Kind.IMPROVED for change in row.changes)
            for scenario in scenarios
            for row in scenario.rows
            if row.label != TOTAL
        )
        pieces.append(prose("nothing is slower than tolerated"))
        if faster:
            pieces.append(prose("{} faster", numbers.counted(faster, "endpoint")))
    budgets = sum(len(each.budgets) + len(each.telemetry_budgets) for each in scenarios)
    if budgets:
        all_of_them = {1: "the budget holds", 2: "both budgets hold"}
        pieces.append(prose("{}", all_of_them.get(budgets, f"all {budgets} budgets hold")))
    return pieces or [prose("nothing speaks against it")]


def _causes(reasons: list[Reason]) -> list[Prose]:
    """The first codes, each with how often it came; the rest as a number."""
    counts = Counter(reason.code for reason in reasons)
    first = {code: next(reason for reason in reasons if reason.code is code) for code in counts}
    shown = [_cause(first[code], many) for code, many in list(counts.items())[:CAUSES_SHOWN]]
    rest = sum(list(counts.values())[CAUSES_SHOWN:])
    if rest:
        shown.append(prose("{}", numbers.counted(rest, "more reason")))
    return shown or [prose("a person should read this")]


def _cause(reason: Reason, many: int) -> Prose:  # noqa: C901, PLR0912 - one arm a code
    facts = Facts(reason.facts)
    match reason.code:
        case ReasonCode.BUDGET if reason.verdict is Verdict.CONDITIONAL:
            return prose("{} broken", _many(many, "one budget may be", "budgets may be"))
        case ReasonCode.BUDGET:
            return prose("{} broken", _many(many, "one budget is", "budgets are"))
        case ReasonCode.REGRESSION if many == 1:
            return prose("{} of {} is {}", metric_word(reason.metric), place(reason.endpoint), _worse(reason, facts))
        case ReasonCode.REGRESSION:
            return prose("{} comparisons got worse beyond their tolerance", str(many))
        case ReasonCode.STACK_BROKE:
            return prose("the stack broke under load ({})", facts.code("service", "a service"))
        case ReasonCode.ERRORS_ROSE:
            return prose("more requests fail than before")
        case ReasonCode.INCONCLUSIVE if reason.metric in OF_FAILURES:
            return prose("whether more requests fail is not certain")
        case ReasonCode.INCONCLUSIVE:
            return prose("this run was too noisy to exclude a slow-down")
        case ReasonCode.BASE_BROKE:
            return prose("the base itself did not work")
        case ReasonCode.UNCONFIRMED:
            return prose("{} not confirmed on fresh starts", _many(many, "one slow-down was", "slow-downs were"))
        case ReasonCode.NO_BASELINE:
            return prose("there is no baseline to compare with yet")
        case ReasonCode.WARNING:
            return prose("{} crossed", _many(many, "one warning limit is", "warning limits are"))
        case ReasonCode.WAIVED:
            return prose("{} waived", _many(many, "one slow-down is", "slow-downs are"))
        case ReasonCode.NOT_COVERED:
            return prose("{} not exercised", _many(many, "one endpoint was", "endpoints were"))
        case ReasonCode.ENDPOINT_VANISHED:
            several = many + (facts.whole("others") or 0)
            return prose("{} vanished", _many(several, "one endpoint", "endpoints"))
        case ReasonCode.ANSWERS_DIFFER:
            return prose("answers are of another size than before")
        case ReasonCode.SIGNATURE_REFUSED:
            return prose("signed requests were refused")
        case ReasonCode.JOURNEY_FAILED:
            return prose("{} failed", _many(many, "a journey", "journeys"))
        case ReasonCode.NOISY_RUNNER:
            return prose("the machine was too unsteady")
        case ReasonCode.IDLE_SIDE_BUSY:
            return prose("one side worked in the other's turns")
        case ReasonCode.GENERATOR_SATURATED:
            return prose("the load generator was the bottleneck")
        case ReasonCode.LOAD_NOT_REACHED:
            return prose("the load was lower than asked for")
        case ReasonCode.RECORDING_INCOMPLETE:
            return prose("the recording is not whole")
        case ReasonCode.TOO_FEW_REQUESTS:
            return prose("there were too few requests")
        case ReasonCode.ENVIRONMENT_DIFFERS:
            return prose("the baseline comes from another environment")
        case ReasonCode.NOTHING_CHECKED:
            return prose("nothing was checked")
        case ReasonCode.NOT_MEASURED:
            return prose("{} held against nothing", _many(many, "one budget was", "budgets were"))
        case ReasonCode.GROWTH_UNCERTAIN:
            return prose("{} too uncertain to judge", _many(many, "one growth is", "growths are"))
        case ReasonCode.BACKLOG:
            return prose("the backlog of {} grew", facts.code("service", "a queue"))
        case ReasonCode.CREEP:
            return prose("more has crept in since {} than is tolerated", facts.code("reference", "the reference"))
        case ReasonCode.POOL_EXHAUSTED:
            return prose("the pool {} was exhausted", facts.code("service", "of connections"))


def _many(many: int, one: str, several: str) -> str:
    return one if many == 1 else f"{many} {several}"


def _worse(reason: Reason, facts: Facts) -> str:
    """`23.1 % slower`."""
    amount, metric = facts.number("change"), reason.metric
    if amount is None or metric is None:
        return "worse"
    times = METRICS[metric].unit is Unit.SECONDS
    word = "slower" if times else "higher" if METRICS[metric].lower_is_better else "lower"
    return f"{numbers.moved(metric, abs(amount), absolute=facts.absolute(metric)).removeprefix('+')} {word}"

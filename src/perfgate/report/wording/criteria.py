"""The acceptance table in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from perfgate.records.acceptance import Criterion, CriterionKind, Status
from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.metric import METRICS, Metric
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose
from perfgate.report.wording.facts import Facts
from perfgate.report.wording.inside import series_amount
from perfgate.report.wording.words import metric_word, of_limit, place, subject

# Told apart without colour too: the word always stands beside the sign.
STATUS_SIGNS: Final = {
    Status.MET: "✅",
    Status.WARNING: "⚠️",
    Status.WAIVED: "🟡",
    Status.UNCLEAR: "❔",
    Status.NOT_MEASURED: "⚪",
    Status.NOT_MET: "❌",
}
STATUS_WORDS: Final = {
    Status.MET: "met",
    Status.WARNING: "met, with a warning",
    Status.WAIVED: "waived",
    Status.UNCLEAR: "unclear",
    Status.NOT_MEASURED: "not measured",
    Status.NOT_MET: "not met",
}
MET: Final = frozenset({Status.MET, Status.WARNING})
WORST_FIRST: Final = (
    Status.NOT_MET,
    Status.WAIVED,
    Status.UNCLEAR,
    Status.NOT_MEASURED,
    Status.WARNING,
    Status.MET,
)
CHECKS: Final = {
    "load": "the load is what was asked for",
    "recording": "every request is recorded",
    "generator": "the load generator keeps up",
}
FROM: Final = {
    "history": "stored runs",
    "prior": "stored runs, their spread assumed",
    "mixed": "stored runs, their spread partly assumed",
    "pairs": "pairs of blocks",
}


@dataclass(frozen=True)
class AcceptanceRow:
    """`sign` and `word` say the status; `met` whether nothing is left to do."""

    criterion: Prose
    target: Prose
    value: Prose
    status: Status
    sign: str
    word: str
    evidence: Prose

    @property
    def met(self) -> bool:
        return self.status in MET


def acceptance_rows(scenario: ScenarioJudgement) -> list[AcceptanceRow]:
    """What is not met comes first; else in the order of the file."""
    ordered = sorted(scenario.criteria, key=lambda each: WORST_FIRST.index(each.status))
    return [acceptance_row(each) for each in ordered]


def acceptance_row(criterion: Criterion) -> AcceptanceRow:
    words = {
        CriterionKind.BUDGET: _budget,
        CriterionKind.TELEMETRY: _telemetry,
        CriterionKind.TOLERANCE: _tolerance,
        CriterionKind.COVERAGE: _coverage,
        CriterionKind.STACK: _stack,
        CriterionKind.MEASUREMENT: _measurement,
    }[criterion.kind](criterion, Facts(criterion.evidence))
    name, target, value, evidence = words
    return AcceptanceRow(
        criterion=name,
        target=target,
        value=value,
        status=criterion.status,
        sign=STATUS_SIGNS[criterion.status],
        word=STATUS_WORDS[criterion.status],
        evidence=evidence,
    )


Words = tuple[Prose, Prose, Prose, Prose]
NOTHING: Final = prose(numbers.UNKNOWN)


def _budget(criterion: Criterion, facts: Facts) -> Words:
    name = subject(criterion.metric, criterion.endpoint)
    if criterion.value is None or criterion.metric is None:
        return name, prose("{}", Code(criterion.text)), NOTHING, prose("nothing to measure it on")
    value = numbers.value(criterion.metric, criterion.value)
    return (
        name,
        prose("{}", Code(criterion.text)),
        prose("{}{}", value, of_limit(criterion.metric, facts.number("used"))),
        prose("{}{}", numbers.counted(facts.whole("requests") or 0, "request"), _ends(criterion)),
    )


def _telemetry(criterion: Criterion, facts: Facts) -> Words:
    name = prose("{}", Code(criterion.text.rsplit(":", 1)[0]))
    target = prose("{}", Code(criterion.text))
    if criterion.value is None:
        return name, target, NOTHING, prose("nothing to measure it on")
    used = facts.number("used")
    share = "" if used is None else f", {numbers.used(used)} {'' if used >= numbers.MANIFOLD else 'of '}the limit"
    value = f"{series_amount(facts, criterion.value)}{share}"
    evidence = prose("{} of {}", facts.code("name", "a series"), facts.code("subject"))
    if criterion.low is None or criterion.high is None:
        return name, target, prose("{}", value), evidence
    ends = (series_amount(facts, each) for each in (criterion.low, criterion.high))
    return name, target, prose("{}", value), evidence + prose(", between {} and {}", *ends)


def _ends(criterion: Criterion) -> str:
    """`, from 57 ms to 62 ms`: what this run alone knows of a percentile."""
    if criterion.metric is None or criterion.low is None:
        return ""
    low = numbers.value(criterion.metric, criterion.low)
    if criterion.high is None:
        return f", at least {low}"
    return f", between {low} and {numbers.value(criterion.metric, criterion.high)}"


def _tolerance(criterion: Criterion, facts: Facts) -> Words:
    metric, comparisons = criterion.metric, facts.whole("comparisons") or 0
    target = prose("at most {} worse", numbers.tolerated(metric, criterion.target))
    if criterion.value is None or metric is None:
        return subject(metric, criterion.endpoint), target, NOTHING, prose("there is nothing to compare with")
    name = subject(metric, criterion.endpoint)
    if comparisons > 1:
        name = prose("{} of each of {}", metric_word(metric), numbers.counted(comparisons, "endpoint"))
    moved = numbers.moved(metric, criterion.value, absolute=criterion.absolute)
    ends = numbers.bounds(
        metric,
        *_better_and_worse(criterion, metric),
        absolute=criterion.absolute,
    )
    value = prose("{} ({})", moved, ends)
    if comparisons > 1:
        value = prose("{} ({}) at worst, at {}", moved, ends, place(criterion.endpoint))
    many = numbers.count(facts.whole("runs"))
    source = facts.text("from")
    evidence = prose("{} {}", many, FROM.get(source or "", "runs"))
    if source == "sampling":
        evidence = prose("{}", numbers.counted(facts.whole("requests") or 0, "request"))
    thin = facts.whole("thin") or 0
    if thin:
        evidence += prose("; {} too few requests", "it has" if comparisons == 1 else f"{numbers.count(thin)} have")
    return name, target, value, evidence


def _better_and_worse(criterion: Criterion, metric: Metric) -> tuple[float | None, float | None]:
    """`low` and `high` as `numbers.bounds` asks for them."""
    ends = (criterion.low, criterion.high)
    return ends if METRICS[metric].lower_is_better else (ends[1], ends[0])


def _coverage(criterion: Criterion, facts: Facts) -> Words:
    if criterion.target is not None:
        return (
            prose("operations of {} exercised", facts.code("document", "the document")),
            prose("at least {}", numbers.share(criterion.target)),
            prose("{}", numbers.share(criterion.value)),
            prose(
                "{} of {}",
                numbers.count(facts.whole("exercised")),
                numbers.counted(facts.whole("operations") or 0, "operation"),
            ),
        )
    requests, met_by = facts.whole("requests") or 0, round(criterion.value or 0)
    evidence = prose("no request was made")
    if met_by:
        evidence = prose("in {}", facts.code("scenarios", "this run"))
    elif requests:
        evidence = prose("{}, none of which met it", numbers.counted(requests, "request"))
    return (
        prose("{}", Code(criterion.text)),
        prose("exercised"),
        prose("{}", numbers.counted(met_by, "request")),
        evidence,
    )


def _stack(criterion: Criterion, facts: Facts) -> Words:
    name, target = prose("the stack holds under load"), prose("no fault")
    if facts.text("service") is not None:
        evidence = prose("{} after the start of the load", numbers.span(facts.number("at")))
        return name, target, prose("{}: {}", facts.code("service"), facts.text("fault") or "broke"), evidence
    if criterion.status is Status.NOT_MEASURED:
        return name, target, NOTHING, prose("it was not started here, so nobody watched it")
    services = numbers.counted(facts.whole("services") or 0, "service")
    return name, target, prose("no fault"), prose("{} watched for {}", services, numbers.span(facts.number("seconds")))


def _measurement(criterion: Criterion, facts: Facts) -> Words:
    name = prose(CHECKS.get(criterion.text, "the measurement is sound"))
    match criterion.text:
        case "load":
            unsent = facts.whole("unsent") or 0
            return (
                name,
                prose("{}", numbers.counted(facts.whole("wanted") or 0, "user")),
                prose("{}", numbers.counted(facts.whole("reached") or 0, "user")),
                prose("{}", f"{numbers.counted(unsent, 'request')} not sent in time" if unsent else "at its height"),
            )
        case "recording":
            lost = facts.whole("lost")
            told = "not known" if lost is None else f"{numbers.count(lost)} lost"
            requests = numbers.counted(facts.whole("requests") or 0, "request")
            return name, prose("none lost"), prose("{}", told), prose("{} after the warm-up", requests)
        case _:
            busiest, late = numbers.share(facts.number("cpu_max")), numbers.duration(facts.number("loop_lag_p90"))
            return (
                name,
                prose("little delay of its own"),
                prose("timers {} late (p90)", late),
                prose("{} of a core at most", busiest),
            )

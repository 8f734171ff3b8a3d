"""What of the application was tested and what was not, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from perfgate.records.acceptance import Coverage, OperationCovered
from perfgate.records.endpoint import FIRST_TOKEN, JOURNEY, PER_TOKEN
from perfgate.records.judgement import ScenarioJudgement
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose
from perfgate.report.wording.criteria import MET
from perfgate.report.wording.words import place


@dataclass(frozen=True)
class Part:
    """Something of the application that the load should touch, or did. `partly`: not every documented status came."""

    what: Prose
    state: Literal["tested", "partly", "not tested"]


def tested(scenario: ScenarioJudgement) -> list[Part]:
    """What was exercised and what was not, the latter first: demanded, declared, documented, requested before."""
    coverage = scenario.coverage
    documented = {label for each in coverage.operations for label in each.labels}
    parts = [
        *_demanded(coverage),
        *(_operation(each) for each in coverage.operations),
        *_vanished(scenario),
        *_others(scenario, documented),
    ]
    order = ("not tested", "partly", "tested")
    return sorted(parts, key=lambda each: order.index(each.state))


def tested_counts(scenario: ScenarioJudgement) -> str:
    """`3 not tested, 9 tested`, for the title of a fold."""
    states = [each.state for each in tested(scenario)]
    return ", ".join(
        f"{numbers.count(states.count(state))} {word}"
        for state, word in (("not tested", "not tested"), ("partly", "in part"), ("tested", "tested"))
        if state in states
    )


def accepted_and_tested(scenario: ScenarioJudgement) -> str:
    """`12 of 14 criteria met; of the application 3 not tested, 9 tested`."""
    met = sum(each.status in MET for each in scenario.criteria)
    criteria = f"{numbers.count(met)} of {numbers.counted(len(scenario.criteria), 'criterion', 'criteria')} met"
    return f"{criteria}; of the application {tested_counts(scenario) or 'nothing tested'}"


def _demanded(coverage: Coverage) -> Iterator[Part]:
    known = {each.operation.label for each in coverage.operations if not each.succeeded}
    for label in coverage.silent:
        yield Part(prose("{}: declared traffic never came to it", place(label)), "not tested")
    for each in coverage.demands:
        if not each.met_by and each.demand.text not in known:
            why = "required, and none of its requests met that" if each.requests else "required, no request was made"
            yield Part(prose("{}: {}", Code(each.demand.text), why), "not tested")


def _operation(covered: OperationCovered) -> Part:
    name = place(covered.operation.label)
    if not covered.succeeded:
        why = f"{numbers.counted(covered.requests, 'request')}, all failed" if covered.requests else "no request"
        return Part(prose("{}: {}", name, why), "not tested")
    told = numbers.counted(covered.requests, "request")
    unexpected = (
        f"; answered {', '.join(map(str, covered.undocumented[:5]))}, which is not documented"
        if covered.undocumented
        else ""
    )
    if covered.unseen:
        missing = ", ".join(covered.unseen[:8])
        return Part(prose("{}: {}, never answered {}{}", name, told, missing, unexpected), "partly")
    return Part(prose("{}: {}{}", name, told, unexpected), "tested")


def _vanished(scenario: ScenarioJudgement) -> Iterator[Part]:
    for row in scenario.rows:
        if row.presence == "vanished" and row.label not in scenario.coverage.missing:
            yield Part(prose("{}: in the baseline, no request now", place(row.label)), "not tested")


def _others(scenario: ScenarioJudgement, documented: set[str]) -> Iterator[Part]:
    """Endpoints that were requested and that no document describes, and journeys."""
    for row in scenario.rows:
        endpoint = row.candidate.endpoint if row.candidate is not None else None
        if row.candidate is None or endpoint is None or row.label in documented:
            continue
        if endpoint.method in {FIRST_TOKEN, PER_TOKEN}:
            continue  # figures of a request that has a row of its own
        requests, failures = row.candidate.requests, row.candidate.failures
        many = numbers.counted(requests, "journey" if endpoint.method == JOURNEY else "request")
        unknown = ", not in the document" if scenario.coverage.document and not endpoint.is_aside else ""
        if requests and failures == requests:
            told = f"{many}, all failed{unknown}"
            yield Part(prose("{}: {}", place(row.label), told), "not tested")
        else:
            told = f"{many}{unknown}"
            yield Part(prose("{}: {}", place(row.label), told), "tested")

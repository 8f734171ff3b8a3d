"""JUnit XML, as CI systems show it: what blocks is a failure, what does not a passing case with something to read.

A criterion has the same name in every run, met or not, so that a CI system can show its history.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

from perfgate.records.acceptance import Criterion, CriterionKind, Status
from perfgate.records.criteria import BlockOn
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Change, Checked, Judgement, ScenarioJudgement
from perfgate.records.verdict import Reason, ReasonCode, Verdict
from perfgate.report import numbers
from perfgate.report.prose import lines, one_line, plain
from perfgate.report.wording.criteria import acceptance_row
from perfgate.report.wording.reasons import say
from perfgate.report.wording.words import kind_word, of_limit, subject

# What XML 1.0 cannot hold (its production 2, `Char`), not even as a reference.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
EVIDENCE = 8_000  # characters
OTHER_KINDS = {CriterionKind.TELEMETRY, CriterionKind.COVERAGE, CriterionKind.STACK, CriterionKind.MEASUREMENT}
CHECKED_BY = {
    "load": ReasonCode.LOAD_NOT_REACHED,
    "recording": ReasonCode.RECORDING_INCOMPLETE,
    "generator": ReasonCode.GENERATOR_SATURATED,
}


@dataclass(frozen=True)
class Case:
    name: str
    kind: str
    verdict: Verdict
    message: str
    details: str = ""
    skipped: bool = False
    blocks: bool = False


def junit_xml(judgement: Judgement) -> str:
    """One suite a scenario; one case a criterion, a judged comparison, and a reason that none of them tells."""
    suites = [(scenario, _blocking(_cases(scenario), judgement)) for scenario in judgement.scenarios]
    cases = [case for _, each in suites for case in each]
    root = ET.Element("testsuites", {"name": "perfgate"} | _totals(cases))
    for scenario, own in suites:
        root.append(_suite(scenario, own))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _blocking(cases: list[Case], judgement: Judgement) -> list[Case]:
    """A fail is a failure always; a conditional where the policy blocks on it."""
    failing = {Verdict.FAIL, Verdict.CONDITIONAL} if judgement.block_on == BlockOn.CONDITIONAL else {Verdict.FAIL}
    return [replace(case, blocks=case.verdict in failing and not case.skipped) for case in cases]


def _totals(cases: list[Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(case.blocks for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.skipped for case in cases)),
    }


def _suite(scenario: ScenarioJudgement, cases: list[Case]) -> ET.Element:
    name = _clean(one_line(scenario.scenario.name))
    started = f"{scenario.load.started_at:%Y-%m-%dT%H:%M:%S}"
    about = {"name": name, "timestamp": started, "time": f"{scenario.load.measured:.3f}"}
    suite = ET.Element("testsuite", about | _totals(cases))
    for case in cases:
        element = ET.SubElement(
            suite, "testcase", classname=f"perfgate.{name}.{case.kind}", name=_clean(case.name), time="0"
        )
        _tell(element, case)
    return suite


def _tell(element: ET.Element, case: Case) -> None:
    if case.skipped:
        ET.SubElement(element, "skipped", message=_clean(case.message))
    elif case.blocks:
        failure = ET.SubElement(element, "failure", message=_clean(case.message), type=case.kind)
        failure.text = _clean(case.details)
    elif case.message:
        ET.SubElement(element, "system-out").text = _clean("\n".join(filter(None, (case.message, case.details))))


def _cases(scenario: ScenarioJudgement) -> list[Case]:
    told: set[int] = set()
    cases = [_budget(checked, scenario, told) for checked in scenario.budgets]
    cases += [_criterion(each, scenario, told) for each in scenario.criteria if each.kind in OTHER_KINDS]
    cases += [
        _comparison(change, scenario, told) for row in scenario.rows for change in row.changes if change.tolerance
    ]
    return cases + [_reason(reason) for index, reason in enumerate(scenario.reasons) if index not in told]


def _budget(checked: Checked, scenario: ScenarioJudgement, told: set[int]) -> Case:
    name = one_line(checked.budget.text)
    if checked.status == "unknown":
        return Case(name, "budget", Verdict.CONDITIONAL, "there was nothing to measure it on", skipped=True)
    reason = _find(scenario, {ReasonCode.BUDGET}, checked.budget.endpoint, checked.budget.metric, told)
    found = numbers.value(checked.budget.metric, checked.value) + of_limit(checked.budget.metric, checked.used)
    if checked.status == "broken":
        return Case(name, "budget", reason.verdict if reason else Verdict.FAIL, found, _advice(reason))
    return Case(name, "budget", Verdict.PASS, found)


def _criterion(criterion: Criterion, scenario: ScenarioJudgement, told: set[int]) -> Case:
    row = acceptance_row(criterion)
    service = criterion.evidence.get("service")
    name = plain(row.criterion) + (f": {one_line(str(service))}" if service else "")
    found = f"{row.word}: {plain(row.value)} ({plain(row.evidence)}); asked for: {plain(row.target)}"
    reason = _reason_of(criterion, scenario, told)
    kind = criterion.kind.value
    if reason is None:
        verdict = {Status.NOT_MET: Verdict.FAIL}.get(criterion.status, Verdict.PASS)
        return Case(name, kind, verdict, found, skipped=criterion.status is Status.NOT_MEASURED)
    details = "\n".join(filter(None, (_advice(reason), lines(reason.evidence, EVIDENCE))))
    return Case(name, kind, reason.verdict, found, details)


def _reason_of(criterion: Criterion, scenario: ScenarioJudgement, told: set[int]) -> Reason | None:
    """The reason that the criterion gave, if it gave one. Met ones gave none."""
    if criterion.status is Status.MET:
        return None
    for index, reason in enumerate(scenario.reasons):
        if index not in told and _is_of(reason, criterion):
            told.add(index)
            return reason
    return None


def _is_of(reason: Reason, criterion: Criterion) -> bool:
    match criterion.kind:
        case CriterionKind.COVERAGE:
            named = (reason.facts.get("label") or "") == criterion.text
            return reason.code is ReasonCode.NOT_COVERED and named
        case CriterionKind.STACK:
            same = reason.facts.get("service") == criterion.evidence.get("service")
            return reason.code is ReasonCode.STACK_BROKE and same
        case CriterionKind.MEASUREMENT:
            return reason.code is CHECKED_BY.get(criterion.text)
        case _:
            return criterion.text in {reason.facts.get("budget"), reason.facts.get("text")}


def _comparison(change: Change, scenario: ScenarioJudgement, told: set[int]) -> Case:
    codes = {ReasonCode.REGRESSION, ReasonCode.WAIVED, ReasonCode.WARNING, ReasonCode.ERRORS_ROSE}
    reason = _find(scenario, codes, change.endpoint, change.metric, told)
    moved = numbers.moved(change.metric, change.change, absolute=change.absolute)
    ends = numbers.bounds(change.metric, change.bound_better, change.bound_worse, absolute=change.absolute)
    # Without a reason it is no failure: times of an unsound measurement are shown and not judged.
    verdict = reason.verdict if reason else Verdict.PASS
    name = f"{plain(subject(change.metric, change.endpoint))} against the baseline"
    return Case(name, "comparison", verdict, f"{kind_word(change)}: {moved} ({ends})", _advice(reason))


def _reason(reason: Reason) -> Case:
    where = "" if reason.endpoint is None else f" {one_line(reason.endpoint)}"
    details = "\n".join(filter(None, (plain(say(reason).remedy), lines(reason.evidence, EVIDENCE))))
    return Case(f"{reason.code.value}{where}", "reason", reason.verdict, plain(say(reason).sentence), details)


def _find(
    scenario: ScenarioJudgement, codes: set[ReasonCode], endpoint: str | None, metric: str, told: set[int]
) -> Reason | None:
    """The reason that this budget or comparison gave; it is told there, and not a second time."""
    for index, reason in enumerate(scenario.reasons):
        same = (reason.endpoint or TOTAL) == (endpoint or TOTAL) and reason.metric == metric
        if same and reason.code in codes and index not in told:
            told.add(index)
            return reason
    return None


def _advice(reason: Reason | None) -> str:
    return f"{plain(say(reason).sentence)}\n{plain(say(reason).remedy)}" if reason else ""


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)

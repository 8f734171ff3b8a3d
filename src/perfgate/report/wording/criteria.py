"""What was asked for, one by one, with what was found and whether it is met."""

from __future__ import annotations

from dataclasses import dataclass

from perfgate.records.judgement import Change, Checked, Kind, ScenarioJudgement
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose
from perfgate.report.wording.words import kind_word, of_limit, place, subject


@dataclass(frozen=True)
class Criterion:
    asked: Prose
    found: Prose
    status: str
    met: bool
    sign: str


@dataclass(frozen=True)
class Part:
    """Something of the application that the load should touch, or did."""

    what: Prose
    exercised: bool


def criteria(scenario: ScenarioJudgement) -> list[Criterion]:
    """Budgets, then required endpoints, then the stack, then every judged comparison; what is not met comes first."""
    asked = [_budget(checked) for checked in scenario.budgets]
    asked += [_required(label, exercised=label not in scenario.not_covered) for label in scenario.required]
    asked.append(_stack(scenario))
    asked += [_comparison(change) for row in scenario.rows for change in row.changes if change.tolerance is not None]
    return sorted(asked, key=lambda each: each.met)


def _budget(checked: Checked) -> Criterion:
    found = prose("nothing to measure it on")
    if checked.value is not None:
        value = numbers.value(checked.budget.metric, checked.value)
        found = prose("{}{}", value, of_limit(checked.budget.metric, checked.used))
    status = {"met": "met", "broken": "broken", "unknown": "not measured"}[checked.status]
    sign = {"met": "✅", "broken": "❌", "unknown": "❔"}[checked.status]
    return Criterion(prose("{}", Code(checked.budget.text)), found, status, checked.status == "met", sign)


def _required(label: str, *, exercised: bool) -> Criterion:
    found = prose("exercised" if exercised else "not exercised")
    return Criterion(prose("{} is exercised", Code(label)), found, *_met(exercised))


def _stack(scenario: ScenarioJudgement) -> Criterion:
    faults = scenario.stack.faults
    found = prose("no fault") if not faults else prose("{}: {}", Code(faults[0].service), faults[0].kind)
    return Criterion(prose("the stack holds under load"), found, *_met(not faults))


def _met(met: bool) -> tuple[str, bool, str]:
    return ("met", True, "✅") if met else ("not met", False, "❌")


def _comparison(change: Change) -> Criterion:
    tolerance = change.tolerance.fail if change.tolerance else None
    limit = numbers.tolerated(change.metric, tolerance)
    moved = numbers.moved(change.metric, change.change, absolute=change.absolute)
    ends = numbers.bounds(change.metric, change.bound_better, change.bound_worse, absolute=change.absolute)
    sign = {Kind.REGRESSED: "❌", Kind.INCONCLUSIVE: "❔", Kind.IMPROVED: "✅", Kind.UNCHANGED: "✅"}[change.kind]
    return Criterion(
        prose("{} at most {} worse", subject(change.metric, change.endpoint), limit),
        prose("{} ({})", moved, ends),
        kind_word(change) if change.gated or change.kind is not Kind.INCONCLUSIVE else "too thin to judge",
        change.kind in {Kind.IMPROVED, Kind.UNCHANGED},
        sign,
    )


def tested(scenario: ScenarioJudgement) -> list[Part]:
    """What was exercised and what was not, the latter first."""
    missing = [
        Part(prose("{}: required, no request was made", place(label)), exercised=False)
        for label in scenario.not_covered
    ]
    gone = [
        Part(prose("{}: in the baseline, no request now", place(row.label)), exercised=False)
        for row in scenario.rows
        if row.presence == "vanished" and row.label not in scenario.not_covered
    ]
    done = [
        Part(prose("{}: {}", place(row.label), numbers.counted(row.candidate.requests, "request")), exercised=True)
        for row in scenario.rows
        if row.candidate is not None and row.candidate.endpoint is not None
    ]
    return [*missing, *gone, *done]

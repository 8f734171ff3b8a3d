"""How far the result can be trusted, and under which settings it was made."""

from __future__ import annotations

from perfgate.records.criteria import Tolerance, Waiver
from perfgate.records.endpoint import TOTAL
from perfgate.records.judgement import Change, Judgement, ScenarioJudgement
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, joined, prose
from perfgate.report.wording.acceptance import settings_of
from perfgate.report.wording.beside import how_sure_beside
from perfgate.report.wording.recording import how_whole
from perfgate.report.wording.reference import how_sure_reference
from perfgate.report.wording.words import metric_word, place

SPREAD_FROM = {
    "history": "measured on the stored runs",
    "prior": "assumed, since too few runs are stored",
    "mixed": "partly measured, partly assumed",
    "pairs": "measured on pairs of blocks",
    "sampling": "from the requests of this run alone",
}


def how_sure(scenario: ScenarioJudgement, judgement: Judgement) -> list[Prose]:
    told = [
        prose(
            "A slow-down is called with {} confidence over all comparisons together, an unchanged with {} for each.",
            numbers.share(judgement.confidence_fail),
            numbers.share(judgement.confidence_pass),
        )
    ]
    stored = scenario.provenance
    if stored.runs:
        told.append(
            prose(
                "The baseline is {}, from {} to {}.",
                numbers.counted(stored.runs, "comparable run"),
                numbers.date(stored.oldest_at),
                numbers.date(stored.newest_at),
            )
        )
    if stored.differences:
        differing = joined([prose("{}", Code(each)) for each in stored.differences[:12]], ", ")
        told.append(prose("The newest of them differs in {}.", differing))
    told += [_spread(change) for change in _of_the_total(scenario) if change.spread is not None]
    return [
        *told,
        *how_sure_beside(scenario),
        *how_sure_reference(scenario),
        _generator(scenario),
        how_whole(scenario.load),
    ]


def _of_the_total(scenario: ScenarioJudgement) -> list[Change]:
    total = next((row for row in scenario.rows if row.label == TOTAL), None)
    return [change for change in total.changes if change.tolerance is not None] if total else []


def _spread(change: Change) -> Prose:
    return prose(
        "From {} to {} {} varies by {} ({}).",
        *(("pair", "pair") if change.spread_from == "pairs" else ("run", "run")),
        metric_word(change.metric),
        numbers.share(change.spread),
        SPREAD_FROM[change.spread_from],
    )


def _generator(scenario: ScenarioJudgement) -> Prose:
    health = scenario.load.generator
    return prose(
        "The load generator used {} of a core on average, {} at most; its timers came {} late (p90).",
        numbers.share(health.cpu_mean),
        numbers.share(health.cpu_max),
        numbers.duration(health.loop_lag_p90),
    )


def in_force(scenario: ScenarioJudgement, judgement: Judgement) -> list[tuple[str, Prose]]:
    """Name and value of what decides the result."""
    asked, stack = scenario.scenario, scenario.stack
    told = [
        ("load", _load(scenario)),
        ("traffic", prose("{}", Code(asked.traffic))),
        (
            "stack",
            prose(
                "{} at {}, ready after {}", stack.kind.value, Code(stack.target), numbers.span(stack.seconds_to_ready)
            ),
        ),
        ("blocks on", prose("{}", Code(judgement.block_on))),
        *([("settings of", settings_of(judgement.rules))] if judgement.rules else []),
        ("event, branch", prose("{}, {}", Code(judgement.event), Code(judgement.branch or "none"))),
        *_fingerprint(scenario, judgement),
    ]
    told += [("tolerance", _tolerance(each)) for each in _tolerances(scenario)]
    return told + [("waiver", _waiver(each)) for each in scenario.waivers]


def _load(scenario: ScenarioJudgement) -> Prose:
    asked = scenario.scenario
    return prose(
        "profile {}, {}, {} started, {} with {} warm-up",
        Code(asked.profile),
        numbers.counted(asked.users, "user"),
        numbers.rate(asked.spawn_rate),
        numbers.span(asked.duration),
        numbers.span(asked.warm_up),
    )


def _fingerprint(scenario: ScenarioJudgement, judgement: Judgement) -> list[tuple[str, Prose]]:
    """All that must agree before two runs may be compared without a doubt."""
    machine = scenario.fingerprint
    return [
        (
            "machine",
            prose(
                "{}, {}, {}, {}, kernel {}",
                Code(machine.cpu_model),
                numbers.counted(machine.cores, "core"),
                numbers.size(machine.memory),
                Code(machine.system),
                Code(machine.kernel),
            ),
        ),
        (
            "versions",
            prose(
                "PerfGate {}, Locust {}, Python {}",
                Code(judgement.perfgate),
                Code(machine.locust),
                Code(machine.python),
            ),
        ),
        (
            "digests",
            prose("scenario {}, stack {}", Code(machine.scenario_digest[:12]), Code(machine.stack_digest[:12])),
        ),
    ]


def _tolerances(scenario: ScenarioJudgement) -> list[Tolerance]:
    found: list[Tolerance] = []
    for row in scenario.rows:
        found += [change.tolerance for change in row.changes if change.tolerance and change.tolerance not in found]
    return found[:50]


def _tolerance(tolerance: Tolerance) -> Prose:
    warn = "" if tolerance.warn is None else f", warns at {numbers.tolerated(tolerance.metric, tolerance.warn)}"
    floor = f", from {numbers.value(tolerance.metric, tolerance.at_least)} on" if tolerance.at_least else ""
    where = prose("") if tolerance.endpoint is None else prose(" for {}", place(tolerance.endpoint))
    return prose(
        "{}{}: {}{}{}",
        metric_word(tolerance.metric),
        where,
        numbers.tolerated(tolerance.metric, tolerance.fail),
        warn,
        floor,
    )


def _waiver(waiver: Waiver) -> Prose:
    return prose(
        "{} of {} up to {} until {}: {}",
        metric_word(waiver.metric),
        place(waiver.endpoint),
        numbers.tolerated(waiver.metric, waiver.up_to),
        waiver.expires.isoformat(),
        Code(waiver.reason, 300),
    )

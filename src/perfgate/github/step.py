"""What a step of a workflow says by itself, without GitHub's interface: its summary, its outputs, its annotations."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from perfgate.errors import PerfGateError
from perfgate.github import checks, commands
from perfgate.github.mirror import Mirror, State
from perfgate.github.runner_files import add_outputs, add_to_summary, room_in_summary
from perfgate.github.section import summary_of
from perfgate.records.judgement import Judgement
from perfgate.records.verdict import ReasonCode
from perfgate.report.prose import one_line
from perfgate.settings.places import Places

MOST_REASONS: Final = 100
NAME_LIMIT: Final = 200
MOST_COMMANDS: Final = 10  # annotations of a level that GitHub shows of one step
LEVELS: Final[Mapping[checks.Level, commands.Level]] = {"failure": "error", "warning": "warning", "notice": "notice"}


def write_summary(outcome: Judgement | PerfGateError, environ: Mapping[str, str]) -> Mirror:
    name = environ.get("GITHUB_STEP_SUMMARY", "")
    if not name:
        return Mirror("summary", State.SKIPPED, why="GITHUB_STEP_SUMMARY is not set")
    file = Path(name)
    try:
        room = room_in_summary(file)
        text = summary_of(outcome, limit=room)
        if len(text.encode()) > room:
            return Mirror("summary", State.FAILED, why="the step's summary is full already")
        add_to_summary(file, text)
    except OSError as error:
        return Mirror("summary", State.FAILED, why=f"the step's summary cannot be written: {error.strerror}")
    return Mirror("summary", State.DONE)


def write_outputs(outcome: Judgement | PerfGateError, others: Mapping[str, str], environ: Mapping[str, str]) -> Mirror:
    """`others`: outputs beside the verdict's own."""
    name = environ.get("GITHUB_OUTPUT", "")
    if not name:
        return Mirror("outputs", State.SKIPPED, why="GITHUB_OUTPUT is not set")
    try:
        add_outputs(Path(name), {**others, **outputs_of(outcome)})
    except OSError as error:
        return Mirror("outputs", State.FAILED, why=f"the outputs cannot be written: {error.strerror}")
    return Mirror("outputs", State.DONE)


def outputs_of(outcome: Judgement | PerfGateError) -> dict[str, str]:
    """`reasons` is JSON of at most so many reasons, the worst first."""
    if isinstance(outcome, PerfGateError):
        return {"verdict": "error", "reasons": "[]", "regressions": "0"}
    reasons = [reason for scenario in outcome.scenarios for reason in scenario.reasons]
    told = [
        {
            "code": each.code.value,
            "verdict": each.verdict.value,
            "endpoint": None if each.endpoint is None else one_line(each.endpoint, NAME_LIMIT),
            "metric": None if each.metric is None else each.metric.value,
        }
        for each in sorted(reasons, key=lambda reason: -reason.verdict.rank)[:MOST_REASONS]
    ]
    regressions = sum(each.code is ReasonCode.REGRESSION for each in reasons)
    return {"verdict": outcome.verdict.value, "reasons": json.dumps(told), "regressions": str(regressions)}


def annotate(
    outcome: Judgement | PerfGateError, places: Places | None, elsewhere: str, command: Callable[[str], None]
) -> Mirror:
    """`elsewhere`: the file on which reasons stand that have no place of their own."""
    report = (
        checks.annotations_of(outcome, places) if isinstance(outcome, Judgement) else checks.failed(outcome).annotations
    )
    told: Counter[str] = Counter()
    for each in report:
        told[each.level] += 1
        if told[each.level] <= MOST_COMMANDS:
            level = LEVELS[each.level]
            path, line = (each.place.path, each.place.line) if each.place else (elsewhere, 1)
            command(commands.annotation(level, f"PerfGate: {each.title}", each.message, path=path, line=line))
    return Mirror("annotations", State.DONE)

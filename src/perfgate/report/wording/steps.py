"""Changes of the level of stored runs, in words."""

from __future__ import annotations

from perfgate.records.step import Step
from perfgate.report import numbers
from perfgate.report.prose import Prose, prose
from perfgate.report.wording.lines import commit
from perfgate.report.wording.words import metric_word, subject

NOT_LOOKED_FOR = "Changes of level are not looked for: that needs PerfGate's extra `history`."


def mark_step(step: Step) -> str:
    """In the row of the first run at the new level."""
    return f"level {numbers.change(step.change)} from here on"


def mark_on_chart(step: Step) -> str:
    return f"{metric_word(step.metric)} {numbers.change(step.change)}"


def place_step(step: Step, measured: str, head: str | None) -> Prose:
    """`measured`, `head`: date and commit of the first run at the new level."""
    return prose("{}: {} ({}, {}).", subject(step.metric, step.endpoint), mark_step(step), measured, commit(head))


def trend_in_words(known: int, compared: int) -> Prose:
    runs = numbers.counted(known, "stored run")
    if compared == known:
        held = "compared with all of them"
    else:
        held = (
            f"compared with the newest {numbers.count(compared)}: what is shaded was before a change of level, before "
            "an accepted run, or too long ago"
        )
    return prose("{} of the same load on such a machine, the oldest first, and this run at the right; {}.", runs, held)

"""Changes of the level of stored runs, in words."""

from __future__ import annotations

from perfgate.records.step import Step
from perfgate.report import numbers
from perfgate.report.wording.words import metric_word

NOT_LOOKED_FOR = "Changes of level are not looked for: that needs `pip install 'perfgate[history]'`."


def say_step(step: Step, runs: int) -> str:
    return (
        f"the level of {metric_word(step.metric)} changed by {numbers.change(step.change)} with the stored run "
        f"{step.run}; compared with the {numbers.counted(runs, 'run')} since"
    )


def mark_step(step: Step) -> str:
    """In the row of the first run at the new level."""
    return f"level {numbers.change(step.change)} from here on"

"""Changes of the level of stored runs, in words."""

from __future__ import annotations

from perfgate.records.step import Step
from perfgate.report import numbers

NOT_LOOKED_FOR = "Changes of level are not looked for: that needs `pip install 'perfgate[history]'`."


def mark_step(step: Step) -> str:
    """In the row of the first run at the new level."""
    return f"level {numbers.change(step.change)} from here on"

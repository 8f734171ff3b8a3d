"""The runner's workflow commands, escaped: lines that it acts on when they stand in a step's log.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import Final, Literal

from perfgate.report.prose import lines, one_line

Level = Literal["error", "warning", "notice"]
MESSAGE_LIMIT: Final = 4000  # characters
TITLE_LIMIT: Final = 200


def annotation(level: Level, title: str, message: str, *, path: str, line: int = 1) -> str:
    """On a line of a file of the repository."""
    properties = {"file": one_line(path, TITLE_LIMIT), "line": str(line), "title": one_line(title, TITLE_LIMIT)}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {told}::{_data(lines(message, MESSAGE_LIMIT))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

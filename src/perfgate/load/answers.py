"""What an answer holds: values taken from it for later requests, and conditions it must meet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from perfgate.settings.json_path import NothingThereError, parse_path, value_at, written


@dataclass(frozen=True)
class Answer:
    """`headers` are looked up in any case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)


class NotInAnswerError(LookupError):
    """The text says what is missing, for a failure's message; it holds no foreign text."""


Take = Callable[[Answer], object]
Meets = Callable[[Answer], bool]


def taking(described: Mapping[str, Any]) -> Take:
    """From `settings.traffic.Source` as JSON. What is called raises `NotInAnswerError`."""
    name, text = described["header"], described["text"]
    if described["json"] is not None:
        path = parse_path(described["json"])
        return lambda answer: _at(answer, path)
    if text is None:
        return lambda answer: _header(answer, name)
    pattern = re.compile(text)
    if name is not None:
        return lambda answer: _found(_header(answer, name), pattern)
    return lambda answer: _found(answer.content.decode("utf-8", "replace"), pattern)


def meeting(described: Mapping[str, Any]) -> Meets:
    """From `settings.traffic.Condition` as JSON."""
    if described["status"] is not None:
        return lambda answer: answer.status == described["status"]
    take, wanted = taking(described), described["equals"]

    def meets(answer: Answer) -> bool:
        try:
            value = take(answer)
        except NotInAnswerError:
            return False
        return value is not None if wanted is None else value == wanted and type(value) is type(wanted)

    return meets


def _header(answer: Answer, name: str) -> str:
    value = answer.header(name)
    if value is None:
        raise NotInAnswerError(f"the answer has no header {name}")
    return value


def _at(answer: Answer, path: tuple[str | int, ...]) -> Any:
    try:
        return value_at(json.loads(answer.content), path)
    except (ValueError, RecursionError):
        raise NotInAnswerError("the answer is no JSON") from None
    except NothingThereError:
        raise NotInAnswerError(f"the answer's JSON has no {written(path)}") from None


def _found(text: str, pattern: re.Pattern[str]) -> str:
    found = pattern.search(text)
    if found is None:
        raise NotInAnswerError(f"the answer does not match {pattern.pattern!r}")
    return str(found[1] if found.re.groups else found[0])

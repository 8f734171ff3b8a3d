"""Answers that come piece by piece: server-sent events, and the clock that tells when their tokens came.

Events as the HTML standard has them (https://html.spec.whatwg.org/multipage/server-sent-events.html); chat completions
as OpenAI streams them (https://platform.openai.com/docs/api-reference/chat-streaming).
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, Final

LARGEST_EVENT: Final = 1 << 20  # characters; a server that sends no end of line must not fill the memory
DONE: Final = "[DONE]"
_LINE: Final = re.compile(r"\r\n|\n|\r(?!$)")  # a carriage return at the end may be the first half of an end of line


class Events:
    """The data of each event, from bytes in whatever pieces they come."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._data: list[str] = []

    def feed(self, piece: bytes, *, last: bool = False) -> Iterator[str]:
        """Raises ValueError for an event that is too large. With `last`, what has no empty line after it is dropped."""
        self._rest += self._decoder.decode(piece, last)
        *lines, self._rest = _LINE.split(self._rest)
        if last and self._rest.endswith("\r"):
            lines, self._rest = [*lines, self._rest[:-1]], ""
        for line in lines:
            if line:
                self._field(line)
            elif self._data:
                data, self._data = "\n".join(self._data), []
                yield data
        if len(self._rest) + sum(map(len, self._data)) > LARGEST_EVENT:
            raise ValueError("an event is larger than a megabyte")

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")  # a line that begins with a colon is a comment
        if name == "data":
            self._data.append(value.removeprefix(" "))


class StreamMeter:
    """When the tokens of one answer came. `kind` is `openai` or `sse`; moments are seconds of any one clock."""

    def __init__(self, kind: str) -> None:
        self.first: float | None = None
        self.last: float | None = None
        self.tokens = 0  # events that carry some of the answer
        self.told: int | None = None  # tokens as the server counts them, where it says so
        self.trouble: str | None = None
        self.size = 0  # bytes
        self._events = Events()
        self._is_openai = kind == "openai"
        self._done = False

    def feed(self, piece: bytes, now: float, *, last: bool = False) -> None:
        self.size += len(piece)
        try:
            for data in self._events.feed(piece, last=last):
                self._hear(data, now)
        except ValueError as error:
            self.trouble = self.trouble or str(error)

    def end(self, now: float) -> None:
        """The server has closed the answer."""
        self.feed(b"", now, last=True)
        if self.trouble is None and self._is_openai and not self._done:
            self.trouble = f"the stream ended before {DONE}"
        if self.trouble is None and self.first is None:
            self.trouble = "the stream held no token"

    @property
    def seconds_per_token(self) -> float | None:
        """After the first. None for a single token, and where all came in one piece: then nothing is known of it."""
        many = self.told or self.tokens
        if self.first is None or self.last is None or many < 2 or self.last <= self.first:
            return None
        return (self.last - self.first) / (many - 1)

    def _hear(self, data: str, now: float) -> None:
        if self._is_openai:
            if data == DONE:
                self._done = True
                return
            if not self._has_token(data):
                return
        self.tokens += 1
        self.first = now if self.first is None else self.first
        self.last = now

    def _has_token(self, data: str) -> bool:
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError):
            raise ValueError("an event of the stream is no JSON") from None
        if not isinstance(chunk, dict):
            return False
        if chunk.get("error"):
            self.trouble = self.trouble or "the stream ended in an error"
        usage = chunk.get("usage")
        if isinstance(usage, dict) and isinstance(usage.get("completion_tokens"), int):
            self.told = usage["completion_tokens"]
        choices = chunk.get("choices")
        return any(_says_something(each) for each in choices) if isinstance(choices, list) else False


def _says_something(choice: Any) -> bool:
    if not isinstance(choice, dict):
        return False
    delta = choice.get("delta")
    parts = delta if isinstance(delta, dict) else choice
    return any(parts.get(name) for name in ("content", "reasoning_content", "reasoning", "tool_calls", "text"))

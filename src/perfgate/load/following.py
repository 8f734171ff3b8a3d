"""Following the generating process: what it says until it ends, and when it must be ended."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from perfgate.load.explaining import EVIDENCE, explain_hanging
from perfgate.load.launching import Generator
from perfgate.load.lines import Failure, Note, Started, decode_line
from perfgate.load.order import STOP_TIMEOUT
from perfgate.records.progress import Progress

START_WITHIN: Final = 120.0  # seconds for Locust to load the user's file and what that prepares
END_WITHIN: Final = STOP_TIMEOUT + 60.0  # seconds after the planned end, for Locust's own reports, too
QUESTION_EVERY: Final = 1.0  # seconds
LOG_TAIL: Final = 32_768  # bytes


@dataclass
class Heard:
    """What came out of the process."""

    started: Started | None = None
    failure: Failure | None = None
    notes: list[str] = field(default_factory=list)
    stray: deque[str] = field(default_factory=lambda: deque(maxlen=EVIDENCE))
    exit_code: int = 0
    was_stopped: bool = False


def follow(
    generator: Generator,
    duration: float,
    log: Path,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
    *,
    on_started: Callable[[], None] = lambda: None,
) -> Heard:
    """Until it has ended, which a load of `duration` seconds must in time. Raises `LoadError` if it never begins."""
    heard = Heard()
    clock = time.monotonic
    deadline, next_question = clock() + START_WITHIN, clock() + QUESTION_EVERY
    while (exit_code := generator.exit_code()) is None:
        had_started = heard.started is not None
        for text in generator.lines(within=0.5):
            _hear(text, heard, on_progress)
        if heard.started is not None and not had_started:
            on_started()
            deadline = clock() + duration + END_WITHIN
        if clock() > deadline:
            _end_by_force(generator, heard, log)
            deadline = math.inf
        elif clock() > next_question and not heard.was_stopped:
            next_question = clock() + QUESTION_EVERY
            if should_stop():
                heard.was_stopped = True
                deadline = clock() + END_WITHIN
                generator.interrupt()
    heard.exit_code = exit_code
    return heard


def _hear(text: str, heard: Heard, on_progress: Callable[[Progress], None]) -> None:
    match decode_line(text):
        case Progress() as progress:
            on_progress(progress)
        case Started() as started:
            heard.started = started
        case Failure() as failure:
            heard.failure = failure
        case Note(text=note):
            heard.notes.append(note)
        case None:
            heard.stray.append(text[:500])


def _end_by_force(generator: Generator, heard: Heard, log: Path) -> None:
    """What is recorded by then is worth a look; without a load there is nothing."""
    if heard.started is None and not heard.was_stopped:
        raise explain_hanging(log_of(log, heard))
    generator.kill()
    heard.notes.append("Locust did not end in time and was ended by force; see locust.log.")


def log_of(path: Path, heard: Heard) -> str:
    """The end of Locust's log, after what came out before the log was there."""
    tail = ""
    if path.exists():
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_TAIL))
            tail = file.read().decode(errors="replace")
    return "\n".join([*heard.stray, tail])

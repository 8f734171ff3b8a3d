"""Following a generating process, with one that only plays its lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from perfgate.load.explaining import EVIDENCE, explain_exit, last_lines
from perfgate.load.following import LOG_TAIL, follow, log_of
from perfgate.load.lines import Failure, Note, Started, Trouble, encode_line
from perfgate.records.progress import Progress

PROGRESS = Progress(1.0, 2.0, 3, 20, 1, 19.5, 0.25)


class Player:
    """Says its lines, one call each, then ends with `code`."""

    def __init__(self, *lines: str, code: int = 0) -> None:
        self._lines = list(lines)
        self._code = code

    def lines(self, within: float) -> Sequence[str]:
        return [self._lines.pop(0)] if self._lines else []

    def exit_code(self) -> int | None:
        return None if self._lines else self._code

    def interrupt(self) -> None:
        raise AssertionError("nobody asked for it")

    kill = interrupt

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


def test_everything_said_is_heard_and_foreign_text_kept_as_evidence(tmp_path: Path) -> None:
    shown: list[Progress] = []
    failure = Failure(Trouble.NO_TASKS, "users: A")
    said = [encode_line(each) for each in (Started(5.0, "2.47"), Note("odd"), PROGRESS, failure)]
    player = Player("Segmentation fault " + "x" * 1000, *said, code=3)
    begun: list[int] = []
    heard = follow(
        player, 60, tmp_path / "none", shown.append, lambda: False, on_started=lambda: begun.append(len(shown))
    )
    assert begun == [0]  # once, before there is any progress
    assert heard.started == Started(5.0, "2.47")
    assert heard.notes == ["odd"]
    assert heard.failure == failure
    assert heard.exit_code == 3
    assert shown == [PROGRESS]
    assert [len(each) for each in heard.stray] == [500]
    assert log_of(tmp_path / "none", heard).startswith("Segmentation fault")


def test_of_a_long_log_the_end_is_kept(tmp_path: Path) -> None:
    heard = follow(Player(), 60, tmp_path, [].append, lambda: False)
    (tmp_path / "log").write_text("\n".join(f"line {number}" for number in range(20_000)))
    text = log_of(tmp_path / "log", heard)
    assert len(text) <= LOG_TAIL + 1
    lines = last_lines(text).splitlines()
    assert len(lines) == EVIDENCE
    assert lines[-1] == "line 19999"


def test_an_end_that_is_not_understood_shows_locusts_last_words() -> None:
    error = explain_exit(-11, "something\nnobody foresaw", Path("load.py"), was_stopped=False)
    assert error.message == "Locust ended before the load began (signal 11)"
    assert error.evidence == "something\nnobody foresaw"

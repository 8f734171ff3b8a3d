"""This process's standard output is kept for what it has to say; all else that is printed goes to Locust's log."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from perfgate.load.lines import Line, encode_line


class Voice:
    """Raises OSError from `say` when nobody listens any more: the load must not outlive its controller."""

    def __init__(self, output: int) -> None:
        self._output = output

    def say(self, line: Line) -> None:
        left = encode_line(line).encode()
        while left:
            left = left[os.write(self._output, left) :]

    def close(self) -> None:
        """In a forked process, which must not keep the output open when the one that speaks is gone."""
        os.close(self._output)


def take_over_output(log: Path) -> Voice:
    """From here on, both standard streams of this process and of what it starts are the file `log`."""
    sys.stdout.flush()
    voice = Voice(os.dup(1))  # not inherited by what the user's code starts
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # it is a TextIOWrapper
    return voice

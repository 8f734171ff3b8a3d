"""Where a recording goes as it grows: a file of this machine. (A worker's goes to its master; see `working`.)"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol


class Sink(Protocol):
    def write(self, data: bytes) -> None:
        """Take whole frames. Raises OSError, and has then taken nothing of them."""

    def close(self) -> None: ...


class FileSink:
    """Creates or empties the file. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self._written = 0

    def write(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError:
            os.ftruncate(self._file, self._written)  # a torn frame would hide what comes after it
            raise
        self._written += len(data)

    def close(self) -> None:
        os.close(self._file)

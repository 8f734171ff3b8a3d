"""The folder in which a run leaves its files; each file is whole or not there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from perfgate.errors import SettingsError


@dataclass(frozen=True)
class OutputFolder:
    path: Path

    def prepare(self) -> None:
        """Make the folder. Raises `SettingsError` if it cannot be made or written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"the output folder {self.path} cannot be made: {error.strerror}",
                remedy="give another folder with --out, or make this one writable",
            ) from error

    def below(self, name: str) -> OutputFolder:
        folder = OutputFolder(self.path / name)
        folder.prepare()
        return folder

    def write(self, name: str, text: str, *, instead: str = "give another folder with --out") -> Path:
        """Write beside, then rename, so that a reader never sees half a file. `instead`: what else can be done."""
        target = self.path / name
        beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            beside.write_text(text, encoding="utf-8", errors="replace")  # foreign text may hold half a pair
            beside.replace(target)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise SettingsError(
                f"{target} could not be written: {error.strerror}",
                remedy=f"make room on the disk, or {instead}",
            ) from error
        return target

"""Recordings on disk, read back whole: right after a load, or later to judge it again."""

from __future__ import annotations

import mmap
from pathlib import Path

from perfgate.errors import LoadError
from perfgate.records.frames import DamagedRecordingError
from perfgate.records.recording import Recording, decode

PATTERN = "requests-*.pgr"


def recording_files(folder: Path) -> tuple[Path, ...]:
    """One for each process that generated load, sorted."""
    return tuple(sorted(folder.glob(PATTERN)))


def read_recording(folder: Path) -> Recording:
    """All files of one load, merged; see `records.recording`. Raises `LoadError` where there is nothing to read."""
    files = recording_files(folder)
    if not files:
        raise LoadError(
            f"{folder} holds no recording ({PATTERN})",
            remedy="give the folder of a scenario that `perfgate run` wrote",
        )
    try:
        return decode([_mapped(path) for path in files])
    except DamagedRecordingError as error:
        raise LoadError(
            f"the recording in {folder} cannot be read: {error}", remedy="run the load again to record it anew"
        ) from error


def _mapped(path: Path) -> memoryview:
    """The columns are copied out of the map when files are merged, so memory holds the recording once."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:  # which cannot be mapped
            return memoryview(b"")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

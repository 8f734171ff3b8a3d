"""Which folder of the host is which folder here: the mounts of the container that PerfGate runs in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any


@dataclass(frozen=True)
class Mount:
    source: PurePosixPath  # on the host; of a volume, where the engine keeps it
    here: PurePosixPath

    def to_host(self, path: PurePosixPath) -> PurePosixPath:
        return self.source / path.relative_to(self.here)


@dataclass(frozen=True)
class Mounts:
    all: tuple[Mount, ...]

    @classmethod
    def of(cls, inspected: Iterable[Mapping[str, Any]]) -> Mounts:
        """From `Mounts` of an inspected container."""
        return cls(
            tuple(
                Mount(PurePosixPath(each["Source"]), PurePosixPath(each["Destination"]))
                for each in inspected
                if each.get("Source")
            )
        )

    def around(self, path: PurePosixPath) -> Mount | None:
        """The mount that holds a path of this container: the deepest."""
        found = [each for each in self.all if path.is_relative_to(each.here)]
        return max(found, key=lambda each: len(each.here.parts), default=None)

    def to_host(self, path: PurePosixPath) -> PurePosixPath | None:
        """None: the host cannot see it."""
        mount = self.around(path)
        return mount.to_host(path) if mount else None

    def from_host(self, path: PurePosixPath) -> Path | None:
        """Where a path of the host is seen here."""
        found = [each for each in self.all if path.is_relative_to(each.source)]
        mount = max(found, key=lambda each: len(each.source.parts), default=None)
        return Path(mount.here / path.relative_to(mount.source)) if mount else None

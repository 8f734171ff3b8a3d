"""Who owns what in the workspace: containers write as root or as users of their own, and what they leave there must not
keep the next job's checkout from cleaning up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Ownership:
    """The workspace's owner, and what in it was another's before the run."""

    workspace: Path
    user: int
    group: int
    of_others: frozenset[str]  # paths relative to the workspace

    @classmethod
    def of(cls, workspace: Path) -> Self:
        owner = workspace.stat()
        others = frozenset(_of_others(workspace, owner.st_uid))
        return cls(workspace, owner.st_uid, owner.st_gid, others)

    def make_folder(self, folder: Path) -> None:
        """Which the engine would make as root. Only in the workspace: a link in it may lead elsewhere."""
        if not folder.resolve().is_relative_to(self.workspace):
            return
        missing = [each for each in (folder, *folder.parents) if not os.path.lexists(each)]
        for each in reversed(missing):
            each.mkdir()
            os.chown(each, self.user, self.group)

    def give_back(self) -> int:
        """What has come since goes to the workspace's owner; returns how many files and folders that were.

        Links are not followed: what containers wrote is foreign, and may point anywhere.
        """
        given = 0
        for path in _of_others(self.workspace, self.user):
            if path not in self.of_others:
                os.chown(self.workspace / path, self.user, self.group, follow_symlinks=False)
                given += 1
        return given


def _of_others(workspace: Path, user: int) -> Iterator[str]:
    """Nothing, where root owns the workspace: root can clean up whatever is there."""
    if user == 0:
        return
    waiting = [str(workspace)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.stat(follow_symlinks=False).st_uid != user:
                    yield os.path.relpath(entry.path, workspace)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)

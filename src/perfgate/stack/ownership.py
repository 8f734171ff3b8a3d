"""Who owns what in the workspace: containers write as root or as users of their own, and what they leave there must not
keep the next job's checkout from cleaning up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self


class Ownership:
    """The workspace's owner, and which places were another's before the run."""

    def __init__(self, workspace: Path, user: int, group: int) -> None:
        self.user = user
        self.group = group
        self._workspace = workspace
        self._places: set[Path] = set()
        self._of_others: set[str] = set()

    @classmethod
    def of(cls, workspace: Path) -> Self:
        owner = workspace.stat()
        return cls(workspace, owner.st_uid, owner.st_gid)

    def will_be_written(self, place: Path, *, make: bool) -> None:
        """Remember who owns what below it; `make`: a folder that is missing, since the engine would make it as root.

        Places outside the workspace are left alone, also where a link in it leads out.
        """
        place = Path(os.path.normpath(place))
        if place in self._places or not place.resolve().is_relative_to(self._workspace):
            return
        missing = [each for each in (place, *place.parents) if not os.path.lexists(each)]
        for folder in reversed(missing if make else ()):
            folder.mkdir()
            os.chown(folder, self.user, self.group)
        self._places.add(place)
        self._of_others.update(self._not_ours(place))

    def give_back(self) -> int:
        """What has come since goes to the workspace's owner; returns how many files and folders that were.

        Links are not followed: what is in these places is foreign, and may point anywhere.
        """
        given = 0
        for place in self._places:
            for path in self._not_ours(place):
                if path not in self._of_others:
                    os.chown(path, self.user, self.group, follow_symlinks=False)
                    given += 1
        return given

    def _not_ours(self, place: Path) -> Iterator[str]:
        if not os.path.lexists(place) or place.resolve() != place:
            return
        if place.stat().st_uid != self.user:
            yield str(place)
        for folder, folders, files in os.walk(place):
            for name in (*folders, *files):
                path = os.path.join(folder, name)  # noqa: PTH118 - of a hundred thousand files
                try:
                    if os.lstat(path).st_uid != self.user:
                        yield path
                except FileNotFoundError:
                    continue

"""Stored runs in a folder, or at any URL that fsspec reads and writes: `<scenario>/<id>.json.gz`, one file a run.

Ids are unique and sort by the time of the run, and there is no index: two writers touch different files, and lose
nothing. Only accepting a stored run replaces its file, by the same measurement.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from fsspec.implementations.local import LocalFileSystem

from perfgate.baselines.buckets import is_missing_bucket
from perfgate.baselines.names import folder_name, scenario_of
from perfgate.baselines.placing import place, sweep
from perfgate.baselines.reaching import reaching
from perfgate.errors import BaselineError
from perfgate.records.baseline import Baseline
from perfgate.records.encoding import (
    UnreadableBaselineError,
    decode_baseline,
    decode_starts,
    encode_baseline,
    encode_starts,
)
from perfgate.records.starts import StartsCompared

SUFFIX: Final = ".json.gz"
STARTS: Final = "starts"  # folder of a scenario's base-against-base runs; a run's own name cannot be this
Kept = TypeVar("Kept", Baseline, StartsCompared)
LARGEST_PACKED: Final = 32 * 2**20  # bytes
AMBIGUOUS_SHOWN: Final = 5


class Files(Protocol):
    """What a place must be able to do: the part of a file system of fsspec that is used here, and its names.

    What is not there raises `FileNotFoundError`, what goes wrong another `OSError`.
    """

    def ls(self, path: str, detail: bool = True) -> list[dict[str, Any]]: ...

    def cat_file(self, path: str, start: int | None = None, end: int | None = None) -> bytes: ...

    def pipe_file(self, path: str, value: bytes) -> object: ...

    def rm_file(self, path: str) -> object: ...

    def rm(self, path: list[str]) -> object: ...

    def makedirs(self, path: str, exist_ok: bool = False) -> object: ...

    def invalidate_cache(self, path: str | None = None) -> object: ...

    def unstrip_protocol(self, path: str) -> str: ...


class Store:
    """A place that is not there yet is empty; every failure of the place itself becomes a `BaselineError`."""

    def __init__(self, filesystem: Files, root: str) -> None:
        self._filesystem = filesystem
        self._root = root

    def scenarios(self) -> tuple[str, ...]:
        """Those with at least one stored run, sorted."""
        folders = (scenario_of(_last(each["name"])) for each in self._listed(self._root) if each["type"] == "directory")
        return tuple(sorted(name for name in folders if name is not None and self._files(name)))

    def read(self, scenario: str, *, limit: int | None = None) -> tuple[Baseline, ...]:
        """The newest first. Raises `BaselineError` for a file that cannot be read as one."""
        found = (self._load(path) for path in self._files(scenario))
        runs = list(islice((each for each in found if each is not None), limit))
        return tuple(sorted(runs, key=lambda each: each.measurement.started_at, reverse=True))

    def find(self, beginning: str) -> Baseline:
        """The one run whose id is or begins so. Raises `BaselineError` if there is none, or more than one."""
        paths = [path for name in self.scenarios() for path in self._files(name) if _id(path).startswith(beginning)]
        paths = [path for path in paths if _id(path) == beginning] or paths
        if len(paths) > 1:
            some = ", ".join(_id(path) for path in paths[:AMBIGUOUS_SHOWN])
            raise BaselineError(
                f"{len(paths)} stored runs begin with {beginning!r}: {some}{' …' * (len(paths) > AMBIGUOUS_SHOWN)}",
                remedy="give as much of the id as makes it unique",
            )
        baseline = self._load(paths[0]) if paths else None
        if baseline is None:
            raise BaselineError(
                f"no stored run begins with {beginning!r}", remedy="`perfgate baselines list` shows the ids"
            )
        return baseline

    def write(self, baseline: Baseline) -> str:
        """Where it is kept. The file appears whole or not at all."""
        path = f"{self._root}/{folder_name(baseline.measurement.scenario.name)}/{baseline.id}{SUFFIX}"
        try:
            data = encode_baseline(baseline)
        except UnreadableBaselineError as error:
            raise BaselineError(
                f"the run {baseline.id} {error}",
                remedy="group its requests under fewer names, so that /tickets/17 counts as /tickets/{id}",
            ) from error
        with reaching("written", self._address(path)):
            self._put(path, data)
        return self._address(path)

    def write_starts(self, starts: StartsCompared) -> str:
        """Where it is kept: `<scenario>/starts/<id>.json.gz`."""
        path = f"{self._folder(starts.scenario)}/{STARTS}/{starts.id}{SUFFIX}"
        with reaching("written", self._address(path)):
            self._put(path, encode_starts(starts))
        return self._address(path)

    def read_starts(self, scenario: str, *, limit: int) -> tuple[StartsCompared, ...]:
        """Base against base, the newest first. Raises `BaselineError` for a file that cannot be read as one."""
        found = (self._loaded(path, decode_starts) for path in self._runs(f"{self._folder(scenario)}/{STARTS}"))
        return tuple(islice((each for each in found if each is not None), limit))

    def prune(self, scenario: str, keep: int) -> tuple[str, ...]:
        """Remove all but the `keep` newest; the ids that went."""
        gone = self._files(scenario)[keep:]
        if gone:
            self._remove(gone)
        if isinstance(self._filesystem, LocalFileSystem):
            with reaching("tidied", self._address(self._root)):
                sweep(Path(self._folder(scenario)), now=time.time())
        return tuple(_id(path) for path in gone)

    def _remove(self, paths: list[str]) -> None:
        """All at once, which is one commit or one request in some places; what is gone already is removed."""
        try:
            with reaching("removed", self._address(paths[0]), but=FileNotFoundError):
                self._filesystem.rm(paths)
        except FileNotFoundError:
            for path in paths:  # another job pruned some of them first, and the rest may still be there
                with suppress(FileNotFoundError), reaching("removed", self._address(path), but=FileNotFoundError):
                    self._filesystem.rm_file(path)

    def _put(self, path: str, data: bytes) -> None:
        if isinstance(self._filesystem, LocalFileSystem):
            place(Path(path), data)
            return
        try:
            self._filesystem.pipe_file(path, data)  # in a bucket an object appears whole, and there are no folders
        except FileNotFoundError as error:
            if is_missing_bucket(error):
                raise  # s3fs would create it, which a mistyped name is no reason for
            self._filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._filesystem.pipe_file(path, data)

    def _folder(self, scenario: str) -> str:
        return f"{self._root}/{folder_name(scenario)}"

    def _files(self, scenario: str) -> list[str]:
        """Paths of the scenario's runs, the newest first. A pipe would be waited for, and a link leads elsewhere."""
        return self._runs(self._folder(scenario))

    def _runs(self, folder: str) -> list[str]:
        names = (_last(each["name"]) for each in self._listed(folder) if each["type"] == "file")
        runs = sorted((name for name in names if name.endswith(SUFFIX) and name[0] != "."), reverse=True)
        return [f"{folder}/{name}" for name in runs]

    def _listed(self, folder: str) -> list[dict[str, Any]]:
        try:
            with reaching("listed", self._address(folder), but=FileNotFoundError):
                # Other jobs write to the same place, so what was listed before is not what is there.
                self._filesystem.invalidate_cache(folder)
                return list(self._filesystem.ls(folder, detail=True))
        except FileNotFoundError:
            return []

    def _load(self, path: str) -> Baseline | None:
        return self._loaded(path, decode_baseline)

    def _loaded(self, path: str, decode: Callable[[bytes], Kept]) -> Kept | None:
        """None if it was pruned since it was listed."""
        address = self._address(path)
        try:
            with reaching("read", address, but=FileNotFoundError):
                data = self._filesystem.cat_file(path, start=0, end=LARGEST_PACKED + 1)
        except FileNotFoundError:
            return None
        try:
            if len(data) > LARGEST_PACKED:
                raise UnreadableBaselineError(f"is larger than {LARGEST_PACKED // 2**20} MiB")
            kept = decode(data)
            if kept.id != _id(path):
                raise UnreadableBaselineError(f"holds another run, {kept.id}: it was copied or renamed")
        except UnreadableBaselineError as error:
            raise BaselineError(
                f"the stored baseline {address} {error}",
                remedy="delete that one file, and the run compares with what is left; or, if a newer version wrote it, "
                "use that version of PerfGate",
            ) from error
        return kept

    def _address(self, path: str) -> str:
        """As users write it: a path, or a URL; without a password that was in the URL."""
        return path if isinstance(self._filesystem, LocalFileSystem) else str(self._filesystem.unstrip_protocol(path))


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _id(path: str) -> str:
    return _last(path).removesuffix(SUFFIX)

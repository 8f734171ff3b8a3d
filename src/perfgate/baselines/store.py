"""Stored runs in a folder, or at any URL that fsspec reads and writes: one file a run, written once, never changed.

`<scenario>/<id>.json.gz`; ids sort by the time of the run. As no file is ever written twice, two writers lose nothing.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import fsspec
from fsspec.implementations.local import LocalFileSystem

from perfgate.errors import BaselineError
from perfgate.records.baseline import Baseline
from perfgate.records.encoding import UnreadableBaselineError, decode_baseline, encode_baseline

SUFFIX: Final = ".json.gz"
LARGEST_PACKED: Final = 32 * 2**20  # bytes


def open_store(url: str, *, folder: Path) -> Store:
    """A path is relative to `folder`. Raises `BaselineError` for a URL whose protocol is not known or not installed."""
    try:
        filesystem, root = fsspec.core.url_to_fs(url if "://" in url else str(folder / url))
    except (ImportError, ValueError) as error:
        raise BaselineError(
            f"baselines cannot be kept at {_without_secrets(url)}: {error}",
            remedy="install the package that the message names, or give a folder",
        ) from error
    return Store(filesystem, root.rstrip("/"))


class Store:
    """Every failure of the place itself becomes a `BaselineError`; a place that is not there yet is empty."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self._filesystem = filesystem
        self._root = root

    def scenarios(self) -> tuple[str, ...]:
        return tuple(sorted(unquote(path.rsplit("/", 1)[-1]) for path in self._listed(self._root)))

    def read(self, scenario: str, *, limit: int | None = None) -> tuple[Baseline, ...]:
        """The newest first. Raises `BaselineError` for a file that cannot be read as one."""
        newest_first = sorted(self._files(scenario), reverse=True)
        found = (self._load(path) for path in newest_first[:limit])
        return tuple(baseline for baseline in found if baseline is not None)

    def find(self, beginning: str) -> Baseline:
        """The one run whose id begins so. Raises `BaselineError` if there is none or more than one."""
        paths = [
            path
            for scenario in self.scenarios()
            for path in self._files(scenario)
            if path.rsplit("/", 1)[-1].startswith(beginning)
        ]
        if len(paths) != 1:
            raise BaselineError(
                f"{len(paths) or 'no'} stored runs begin with {beginning!r}",
                remedy="`perfgate baselines list` shows the ids; give as much of one as makes it unique",
            )
        baseline = self._load(paths[0])
        if baseline is None:
            raise BaselineError(f"{paths[0]} was removed just now", remedy="list the stored runs again")
        return baseline

    def write(self, baseline: Baseline) -> str:
        """Where it is kept. The file appears whole or not at all."""
        folder = self._folder(baseline.measurement.scenario.name)
        path = f"{folder}/{baseline.id}{SUFFIX}"
        try:
            self._filesystem.makedirs(folder, exist_ok=True)
            if isinstance(self._filesystem, LocalFileSystem):
                _write_beside(Path(path), encode_baseline(baseline))
            else:
                self._filesystem.pipe_file(path, encode_baseline(baseline))
        except OSError as error:
            raise BaselineError(
                f"the baseline {path} could not be written: {error.strerror or error}",
                remedy="check the place, its permissions and its free space",
            ) from error
        return path

    def prune(self, scenario: str, keep: int) -> tuple[str, ...]:
        """Remove all but the newest; the ids that went. The newest accepted run stays whatever its age."""
        newest_first = sorted(self._files(scenario), reverse=True)
        accepted = next((path for path in newest_first if self._is_accepted(path)), None)
        gone = [path for path in newest_first[keep:] if path != accepted]
        for path in gone:
            self._remove(path)
        return tuple(_id(path) for path in gone)

    def _is_accepted(self, path: str) -> bool:
        baseline = self._load(path)
        return baseline is not None and baseline.why == "accepted"

    def _remove(self, path: str) -> None:
        try:
            self._filesystem.rm_file(path)
        except FileNotFoundError:
            pass  # another job pruned it first
        except OSError as error:
            raise BaselineError(
                f"{path} could not be removed: {error.strerror or error}", remedy="check its permissions"
            ) from error

    def _folder(self, scenario: str) -> str:
        name = quote(scenario, safe="").replace(".", "%2E")
        return f"{self._root}/{name}"

    def _files(self, scenario: str) -> Iterator[str]:
        return (path for path in self._listed(self._folder(scenario)) if path.endswith(SUFFIX))

    def _listed(self, folder: str) -> list[str]:
        try:
            return [str(path) for path in self._filesystem.ls(folder, detail=False, refresh=True)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise BaselineError(
                f"the baselines at {folder} cannot be listed: {error.strerror or error}",
                remedy="check the place and its permissions",
            ) from error

    def _load(self, path: str) -> Baseline | None:
        """None if it was pruned since it was listed."""
        try:
            if (size := self._filesystem.size(path)) is not None and size > LARGEST_PACKED:
                raise UnreadableBaselineError(f"has {size} bytes, more than a stored run can have")
            return decode_baseline(self._filesystem.cat_file(path))
        except FileNotFoundError:
            return None
        except UnreadableBaselineError as error:
            raise BaselineError(
                f"the stored baseline {path} {error}",
                remedy="use the version of PerfGate that wrote it; or delete that one file, and the run compares "
                "with what is left",
            ) from error
        except OSError as error:
            raise BaselineError(
                f"the stored baseline {path} cannot be read: {error.strerror or error}",
                remedy="check the place and its permissions",
            ) from error


def _write_beside(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _id(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(SUFFIX)


def _without_secrets(url: str) -> str:
    """URLs may carry a password before the `@`."""
    scheme, separator, rest = url.partition("://")
    return scheme + separator + rest.rpartition("@")[2] if separator else url

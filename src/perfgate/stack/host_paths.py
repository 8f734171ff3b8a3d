"""Paths in a resolved compose model that the engine reads, said as the host says them. Pure.

Compose is run with the workspace at its host path, so nearly every path is right as it is. What is left are paths of
this container alone, such as those that begin with `~`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import PurePosixPath
from typing import Any

from perfgate.stack.mounts import Mounts

Place = tuple[MutableMapping[str, Any], str]  # a mapping of the model, and the key that holds a path


def with_host_paths(model: Mapping[str, Any], mounts: Mounts) -> tuple[dict[str, Any], tuple[PurePosixPath, ...]]:
    """The model, and the folders of the host that the engine would make if they were missing."""
    adapted = copy.deepcopy(dict(model))
    for mapping, key in (*_bind_sources(adapted), *_files(adapted)):
        on_host = mounts.to_host(PurePosixPath(mapping[key]))
        if on_host is not None:
            mapping[key] = str(on_host)
    made = [
        PurePosixPath(volume[key])
        for volume, key in _bind_sources(adapted)
        if (volume.get("bind") or {}).get("create_host_path")
    ]
    return adapted, tuple(dict.fromkeys(made))


def _bind_sources(model: Mapping[str, Any]) -> Iterator[Place]:
    for service in (model.get("services") or {}).values():
        for volume in service.get("volumes") or ():
            if volume.get("type") == "bind" and volume.get("source"):
                yield volume, "source"


def _files(model: Mapping[str, Any]) -> Iterator[Place]:
    for kind in ("secrets", "configs"):
        for each in (model.get(kind) or {}).values():
            if each and each.get("file"):
                yield each, "file"

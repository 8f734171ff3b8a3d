"""Everything of a run taken away, by its label: five to twenty times as fast as `docker compose down`, and sure."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from docker.errors import APIError

from perfgate.errors import Cancelled
from perfgate.stack.engine import KEY_LABEL, OWNER_LABEL, Engine
from perfgate.stack.owner import Owner, process_start
from perfgate.stack.readiness import Deadline

REMOVAL_LIMIT: Final = 20.0  # seconds
_BETWEEN_LOOKS: Final = 0.2  # seconds
_BEGUN: Final = re.compile(r" ---> Running in ([0-9a-f]{12})")
_FINISHED: Final = re.compile(r"(?: ---> )?Remov(?:ed|ing) intermediate container ([0-9a-f]{12})")

Removal = tuple[str, Callable[[], Any]]  # what, how


def remove(engine: Engine, key: str) -> tuple[str, ...]:
    """Returns what is still there after the time limit; empty: nothing.

    Two looks in a row must find nothing: the engine may still have been making what a killed compose asked for.
    Interrupted, it begins again and then passes the interruption on.
    """
    return remove_labelled(engine, f"{KEY_LABEL}={key}")


def remove_labelled(engine: Engine, label: str) -> tuple[str, ...]:
    """As `remove`, for everything with a label, as `name=value`."""
    try:
        return _remove(engine, label)
    except (Cancelled, KeyboardInterrupt):
        _remove(engine, label)
        raise


def _remove(engine: Engine, label: str) -> tuple[str, ...]:
    deadline = Deadline(REMOVAL_LIMIT)
    looks_without = 0
    left: list[str] = []
    while looks_without < 2 and not deadline.passed:
        left = []
        for step in (_containers, _networks, _volumes, _images):
            left += _all_at_once(step(engine.api, label))
        looks_without = 0 if left else looks_without + 1
        time.sleep(0 if looks_without == 2 else _BETWEEN_LOOKS)
    return tuple(left)


def sweep(engine: Engine, me: Owner) -> tuple[str, ...]:
    """Remove what runs left behind that were killed outright; returns their keys."""
    keys = tuple(sorted(set(_leftover_keys(engine.api, me))))
    for key in keys:
        remove(engine, key)
    return keys


def _leftover_keys(api: Any, me: Owner) -> Iterator[str]:
    filters = {"label": [KEY_LABEL, OWNER_LABEL]}
    everything = [
        *api.containers(all=True, filters=filters),
        *api.networks(filters=filters),
        *(api.volumes(filters=filters)["Volumes"] or ()),
        *api.images(filters=filters),
    ]
    for each in everything:
        labels = each["Labels"]
        owner = Owner.from_label(labels[OWNER_LABEL])
        if owner is not None and owner.surely_gone(me, process_start):
            yield labels[KEY_LABEL]


def remove_failed_steps(engine: Engine, log: Path) -> None:
    """The container of a step that failed: the classic builder keeps it, and none of our labels is on it yet."""
    with log.open(encoding="utf-8", errors="replace") as lines:
        unfinished = unfinished_steps(lines)
    for container in unfinished:
        inspected = engine.inspect(container)
        # The log is foreign text, too: what runs, or belongs to any stack, is nothing that a failed step left.
        if inspected and inspected["State"]["Status"] == "exited" and not _is_of_a_stack(inspected):
            _attempt(partial(engine.api.remove_container, container, v=True))


def unfinished_steps(log: Iterable[str]) -> tuple[str, ...]:
    """Containers that the classic builder made for a step, and does not say it removed. Pure."""
    begun: dict[str, None] = {}
    for line in log:
        if found := _BEGUN.fullmatch(line.rstrip("\n")):
            begun[found[1]] = None
        elif found := _FINISHED.fullmatch(line.rstrip("\n")):
            begun.pop(found[1], None)
    return tuple(begun)


def _is_of_a_stack(inspected: Mapping[str, Any]) -> bool:
    labels = inspected["Config"]["Labels"] or {}
    return KEY_LABEL in labels or "com.docker.compose.project" in labels


def _containers(api: Any, label: str) -> Iterator[Removal]:
    for each in api.containers(all=True, filters={"label": label}):
        yield f"container {each['Names'][0]}", partial(api.remove_container, each["Id"], v=True, force=True)


def _networks(api: Any, label: str) -> Iterator[Removal]:
    def remove_network(name: str) -> None:
        for container in api.inspect_network(name)["Containers"] or ():
            api.disconnect_container_from_network(container, name, force=True)
        api.remove_network(name)

    for each in api.networks(filters={"label": label}):
        yield f"network {each['Name']}", partial(remove_network, each["Id"])


def _volumes(api: Any, label: str) -> Iterator[Removal]:
    for each in api.volumes(filters={"label": label})["Volumes"] or ():
        yield f"volume {each['Name']}", partial(api.remove_volume, each["Name"], force=True)


def _images(api: Any, label: str) -> Iterator[Removal]:
    """Without their parents: those are the classic builder's cache, and the next run wants it."""
    for each in api.images(filters={"label": label}):
        yield f"image {each['Id']}", partial(api.remove_image, each["Id"], force=True, noprune=True)


def _all_at_once(removals: Iterable[Removal]) -> list[str]:
    """What there was to remove."""
    every = list(removals)
    if every:
        with ThreadPoolExecutor(min(8, len(every)), "removal") as pool:
            list(pool.map(lambda removal: _attempt(removal[1]), every))
    return [what for what, _ in every]


def _attempt(work: Callable[[], Any]) -> None:
    """A refusal is no news: somebody else was faster (404), or it is still in use (409). The next look tells."""
    with suppress(APIError):
        work()

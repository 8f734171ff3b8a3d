"""File and line that a reason is about, for annotations: in perfgate.yml, a compose file or a Locust file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from perfgate.errors import SettingsError
from perfgate.records.verdict import Reason, ReasonCode
from perfgate.settings.reading import Path, line_of, read_tree
from perfgate.settings.traffic import METHODS


@dataclass(frozen=True)
class Place:
    path: str
    line: int


@dataclass(frozen=True)
class Places:
    """`config` is how the repository calls perfgate.yml; `files` the text of others, as perfgate.yml names them."""

    config: str
    tree: Mapping[str, Any]
    lines: Mapping[Path, int]
    files: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, config: str, text: str, files: Mapping[str, str]) -> Places | None:
        """None: the text is no YAML, of which the run tells by itself."""
        try:
            tree, lines = read_tree(text, config)
        except SettingsError:
            return None
        return cls(config, tree, lines, files)

    def of(self, scenario: str, reason: Reason) -> Place:
        """The nearest that is known; the file's first line, if nothing is."""
        if reason.code is ReasonCode.STACK_BROKE:
            return self._service(str(reason.facts.get("service")))
        if (written := self._written(scenario, reason)) is not None:
            return written
        settings = _mapping(_mapping(self.tree.get("scenarios")).get(scenario))
        if reason.endpoint is not None and (found := self._request(scenario, settings, reason.endpoint)) is not None:
            return found
        if (tolerance := self._tolerance(reason)) is not None:
            return tolerance
        return self._at(("scenarios", scenario))

    def _at(self, path: Path) -> Place:
        return Place(self.config, line_of(path, self.lines))

    def _written(self, scenario: str, reason: Reason) -> Place | None:
        """What the user wrote and the reason repeats: a budget, a demand of coverage."""
        texts = {reason.facts.get(name) for name in ("budget", "text", "label")} - {None}
        for path in (("budgets",), ("scenarios", scenario, "budgets"), ("coverage", "require")):
            for at, text in enumerate(_list(_down(self.tree, path))):
                if _one_line(text) in texts:
                    return self._at((*path, at))
        if reason.code is ReasonCode.NOT_COVERED and "at_least" in reason.facts:
            return self._at(("coverage", "at_least"))
        return None

    def _request(self, scenario: str, settings: Mapping[str, Any], label: str) -> Place | None:
        """Where the endpoint is requested: in declared traffic, or in the Locust file, by its name between quotes."""
        for at, request in enumerate(_list(_down(settings, ("traffic", "requests")))):
            if label in _labels(_mapping(request)):
                return self._at(("scenarios", scenario, "traffic", "requests", at))
        locustfile = str(settings.get("locustfile"))
        name = re.escape(label.partition(" ")[2])
        return self._in_file(locustfile, rf"""["']{name}["']""") if name else None

    def _tolerance(self, reason: Reason) -> Place | None:
        tolerances = _mapping(self.tree.get("tolerances"))
        keys = (f"{reason.endpoint}: {reason.metric}", str(reason.metric))
        return next((self._at(("tolerances", key)) for key in keys if key in tolerances), None)

    def _service(self, service: str) -> Place:
        commands = _mapping(_down(self.tree, ("stack", "process", "commands")))
        if service in commands:
            return self._at(("stack", "process", "commands", service))
        found = (self._in_file(name, rf"^\s+[\"']?{re.escape(service)}[\"']?\s*:") for name in self.files)
        return next((place for place in found if place is not None), self._at(("stack",)))

    def _in_file(self, name: str, pattern: str) -> Place | None:
        for number, line in enumerate(self.files.get(name, "").splitlines(), start=1):
            if re.search(pattern, line):
                return Place((PurePosixPath(self.config).parent / name).as_posix(), number)
        return None


def _labels(request: Mapping[str, Any]) -> Iterator[str]:
    written = {method.upper(): request[method] for method in METHODS if method in request}
    for method, path in (written or {str(request.get("method", "GET")): request.get("path")}).items():
        yield f"{method} {request.get('name') or path}"


def _one_line(text: Any) -> str:
    """As `settings.criteria` keeps it: what YAML made a mapping of `GET /x: p95 < 1s` is that text again."""
    if isinstance(text, Mapping) and len(text) == 1:
        ((key, value),) = text.items()
        text = f"{key}: {value}"
    return " ".join(str(text).split())


def _down(node: Any, path: Path) -> Any:
    for part in path:
        node = _mapping(node).get(part)
    return node


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

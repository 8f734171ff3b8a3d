"""The text of `perfgate.yml` becomes a `File`, or one error that lists every mistake with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from perfgate.errors import SettingsError
from perfgate.settings.cross_checks import cross_checks
from perfgate.settings.model import File
from perfgate.settings.nearest import did_you_mean

Path = tuple[str | int, ...]
MAXIMUM_NODES: Final = 20_000  # an alias bomb ends here, a real file has hundreds


@dataclass(frozen=True)
class Mistake:
    """`path` is where in the file; the line is looked up from it, or from the nearest parent that has one."""

    path: Path
    text: str


def read_file(text: str, name: str) -> File:
    """`name` is how messages call the file. Raises `SettingsError` listing all mistakes."""
    tree, lines, mistakes = _parse(text, name)
    if not mistakes:
        file: File | None = None
        try:
            file = File.model_validate(tree)
        except ValidationError as error:
            mistakes = [_mistake(each, tree) for each in error.errors(include_url=False)]
        mistakes += [Mistake(path, message) for path, message in cross_checks(tree)]
        if file is not None and not mistakes:
            return file
    listed = sorted({(line_of(each.path, lines), _said(each)) for each in mistakes})
    raise SettingsError(
        "\n".join(f"{name}:{line}: {said}" for line, said in listed),
        remedy="mend the lines named; `perfgate schema` and docs/settings.md say what may stand where",
    )


def read_tree(text: str, name: str) -> tuple[dict[str, Any], dict[Path, int]]:
    """Plain values, and the line of every path in them. Raises `SettingsError` for what is no YAML."""
    tree, lines, _ = _parse(text, name)
    return tree, lines


def _parse(text: str, name: str) -> tuple[Any, dict[Path, int], list[Mistake]]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise SettingsError(f"{name}:{line}: this is not YAML: {problem}", remedy="mend the line named") from error
    except RecursionError as error:
        raise SettingsError(f"{name}:1: the file is nested too deeply", remedy="mend the file") from error
    if not isinstance(root, yaml.MappingNode):
        raise SettingsError(
            f"{name}:1: the file holds no mapping of settings", remedy="run `perfgate init` for a file to begin with"
        )
    reader = _Reader()
    return reader.value(root, ()), reader.lines, reader.mistakes


class _Reader:
    """Plain values from YAML's nodes, with the line of every path; duplicate keys and alias bombs are mistakes."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.mistakes: list[Mistake] = []
        self._nodes = 0
        self._scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        self._nodes += 1
        if self._nodes > MAXIMUM_NODES or len(path) > 40:
            if not self.mistakes:
                self.mistakes.append(Mistake(path, "the file is too large or too deep, or its aliases repeat too much"))
            return None
        if isinstance(node, yaml.MappingNode):
            return dict(self._items(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, (*path, at)) for at, each in enumerate(node.value)]
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError):
            self.mistakes.append(Mistake(path, f"{node.value!r} cannot be read as a value ({node.tag})"))
            return None

    def _items(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                self.mistakes.append(Mistake(path, "a key must be a plain word"))
                continue
            here = (*path, key)
            if key in seen:
                self.lines[here] = key_node.start_mark.line + 1
                self.mistakes.append(Mistake(here, "this key stands here twice"))
                continue
            seen.add(key)
            self.lines[here] = key_node.start_mark.line + 1
            yield key, self.value(value_node, here)


def _mistake(error: ErrorDetails, tree: Any) -> Mistake:
    path = _real_path(error["loc"], tree)
    if error["type"] == "extra_forbidden":
        return Mistake(path, f"unknown key{did_you_mean(str(path[-1]), _known(path))}")
    if error["type"] == "missing":
        return Mistake(path[:-1] if path == error["loc"] else path, f"`{error['loc'][-1]}` is missing")
    message = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return Mistake(
        path, message[0].lower() + message[1:] if message.startswith(("Input", "String", "List")) else message
    )


def _known(path: Path) -> tuple[str, ...]:
    """Names of the keys that may stand where the last of `path` stands."""
    from perfgate.settings.schema import keys_at  # noqa: PLC0415 - the schema is built only when there is a mistake

    return keys_at(path[:-1])


def _real_path(loc: Path, tree: Any) -> Path:
    """The part of pydantic's location that is in the file; it also names types and branches of unions."""
    path: list[str | int] = []
    node = tree
    for part in loc:
        if _has(node, part):
            node = node[part]
        elif part == loc[-1]:
            path.append(part)
            break
        else:
            continue
        path.append(part)
    return tuple(path)


def _has(node: Any, part: str | int) -> bool:
    if isinstance(node, list):
        return isinstance(part, int) and part < len(node)
    return isinstance(node, dict) and part in node


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """Of the path, or of the nearest parent that has one."""
    while path not in lines and path:
        path = path[:-1]
    return lines.get(path, 1)


def _said(mistake: Mistake) -> str:
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in mistake.path).lstrip(".")
    return f"{where}: {mistake.text}" if where else mistake.text

"""The JSON Schema of `perfgate.yml`, of what users write, for editors; made from the classes that read it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from perfgate.settings.model import File

Path = tuple[str | int, ...]


def json_schema() -> dict[str, Any]:
    schema = File.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://perfgate.invalid/perfgate.schema.json",
        **schema,
        "title": "perfgate.yml",
    }


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    return json_schema()


def keys_at(path: Path) -> tuple[str, ...]:
    """The keys that may stand in the mapping at `path`; empty where any may."""
    nodes = [_schema()]
    for part in path:
        nodes = [following for node in nodes for following in _step(node, part)]
    return tuple(dict.fromkeys(key for node in nodes for key in node.get("properties", {})))


def _step(node: dict[str, Any], part: str | int) -> list[dict[str, Any]]:
    if isinstance(part, int):
        inner = [node["items"]] if "items" in node else []
    elif part in node.get("properties", {}):
        inner = [node["properties"][part]]
    elif isinstance(node.get("additionalProperties"), dict):
        inner = [node["additionalProperties"]]
    else:
        inner = []
    return [resolved for each in inner for resolved in _resolved(each)]


def _resolved(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Follow references and the branches of a choice."""
    if "$ref" in node:
        return _resolved(_schema()["$defs"][node["$ref"].rsplit("/", 1)[-1]])
    branches = [*node.get("anyOf", []), *node.get("oneOf", []), *node.get("allOf", [])]
    return [node, *(each for branch in branches for each in _resolved(branch))]

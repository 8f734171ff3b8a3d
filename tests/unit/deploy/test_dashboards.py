"""Dashboards are what Grafana's own schema knows: read with the types that Grafana publishes for it (the package
grafana-foundation-sdk, made from the schema of Grafana 10.1), nothing is left over and nothing is of another type.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard as schema
from pydantic import ConfigDict, TypeAdapter, ValidationError

from tests.integration.deploy.dashboards import FILES, read

register_default_plugins()
LOOSE = ConfigDict(arbitrary_types_allowed=True)


def lost(given: Any, kept: Any, path: str = "") -> Iterator[str]:
    """What is in `given` and not in `kept`: keys that the schema does not know."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key not in kept:
                yield f"{path}.{key}"
            else:
                yield from lost(value, kept[key], f"{path}.{key}")
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for at, (one, other) in enumerate(zip(given, kept, strict=True)):
            yield from lost(one, other, f"{path}[{at}]")
    elif given != kept:
        yield f"{path}: {given!r} became {kept!r}"


def misfits(value: Any, path: str = "") -> Iterator[str]:
    """Fields that hold something else than the schema's type says."""
    if isinstance(value, list):
        for at, each in enumerate(value):
            yield from misfits(each, f"{path}[{at}]")
    elif hasattr(value, "to_json"):
        module = __import__(type(value).__module__, fromlist=["*"])
        for name, hint in typing.get_type_hints(type(value), vars(module)).items():
            held = getattr(value, name)
            try:
                TypeAdapter(hint, config=LOOSE).validate_python(held)
            except ValidationError as error:
                yield f"{path}.{name}: {error.errors()[0]['msg']}"
            yield from misfits(held, f"{path}.{name}")


def mistakes(given: dict[str, Any]) -> list[str]:
    parsed = schema.Dashboard.from_json(given)
    return [*lost(given, json.loads(json.dumps(parsed, cls=JSONEncoder))), *misfits(parsed)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dashboard_is_what_the_schema_knows(path: Path) -> None:
    assert mistakes(read(path)) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"titel": "x"}, ".titel"),
        ({"refresh": 5}, ".refresh"),
        ({"graphTooltip": 9}, ".graph_tooltip"),
        ({"panels": [{"type": "timeseries", "titel": "x"}]}, ".panels[0].titel"),
        ({"panels": [{"type": "timeseries", "fieldConfig": {"defaults": {"unit": 3}, "overrides": []}}]}, ".unit"),
    ],
    ids=["key", "type", "choice", "key-below", "type-below"],
)
def test_what_the_schema_does_not_know_is_seen(change: dict[str, Any], told: str) -> None:
    assert any(told in each for each in mistakes({**read(FILES[0]), **change}))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_panels_have_places_of_their_own(path: Path) -> None:
    panels = read(path)["panels"]
    assert len({each["id"] for each in panels}) == len(panels)
    taken = [
        (x, y)
        for each in panels
        for x in range(each["gridPos"]["x"], each["gridPos"]["x"] + each["gridPos"]["w"])
        for y in range(each["gridPos"]["y"], each["gridPos"]["y"] + each["gridPos"]["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert all(x < 24 for x, _ in taken)

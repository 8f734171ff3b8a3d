"""The dashboards of deploy/, and what Grafana would make of their queries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MONITORING = Path(__file__).parents[3] / "deploy" / "monitoring"
FILES = sorted((MONITORING / "grafana" / "dashboards").glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def expressions(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Title of the panel, and query."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


def filled(query: str, variables: Mapping[str, str]) -> str:
    """As Grafana replaces variables; a name without a value is a mistake."""
    return re.sub(r"\$(\w+)", lambda match: variables[match[1]], query)


def labels_asked(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Selector and label of the dashboard's variables."""
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            match = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"])
            assert match, variable["query"]
            yield match[1], match[2]

"""A first `perfgate.yml` from what is found beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from perfgate.records.criteria import Interface

HEALTH_PATHS: Final = ("/health", "/healthz", "/api/health", "/ready", "/status")
WEB_NAMES: Final = ("api", "web", "app", "server", "backend", "frontend")
WEB_PORTS: Final = (8000, 8080, 80, 3000, 5000)
MOST_REQUESTS: Final = 10
GUESSED: Final = "  # a guess: a path that answers once the application is ready"


def starter(*, compose_name: str | None, compose_text: str | None, interface: Interface | None) -> str:
    """Text that `read_file` accepts. Guesses are marked as such; what cannot be guessed is left as a comment."""
    service, port = _web_service(compose_text)
    paths = _get_paths(interface)
    health = next((path for path in HEALTH_PATHS if path in paths), "/health")
    if compose_name is not None:
        stack = [f"  compose: {{files: [{_quoted(compose_name)}]}}", f"  target: {_quoted(f'http://{service}:{port}')}"]
        why = "as another container on the compose network would say it; a guess from the compose file: check it"
    else:
        stack = ["  external: {}", f"  target: http://localhost:{port}"]
        why = "no compose file was found here: the URL of something that already runs"
    requests = [path for path in paths if "{" not in path][:MOST_REQUESTS] or [health]
    lines = [
        "# Every key: PerfGate's docs/settings.md. An editor that knows JSON Schema can use `perfgate schema`.",
        "version: 1",
        "stack:",
        f"  # {why}",
        *stack,
        f"  ready: {{path: {_quoted(health)}, within: 120s}}{'' if health in paths else GUESSED}",
        "scenarios:",
        "  baseline:",
        "    profile: baseline        # 10 users, 2/s, 5 min; also: peak, burst, endurance",
        "    duration: 2m",
        "    traffic:",
        "      wait: 500ms..1500ms    # shorter than people wait, so that two minutes hold enough requests",
        "      requests:",
        *(f"        - {{get: {_quoted(path)}}}" for path in requests),
        "budgets:",
        "  - p95 < 1s",
        "  - success_rate > 99%",
        "policy:",
        "  # base and head side by side: needs no stored runs, only the history of the clone (`fetch-depth: 0`)",
        "  pull_request: {compare: paired}",
        *([f"coverage: {{openapi: {_quoted(interface.document)}}}"] if interface else []),
    ]
    return "\n".join(lines) + "\n"


def _web_service(compose_text: str | None) -> tuple[str, int]:
    """The service that most looks like the one to load, and its port inside the network."""
    services = _services(compose_text)
    ports = {name: _ports(service) for name, service in services.items()}
    ranked = sorted(
        ports, key=lambda name: (name not in WEB_NAMES, not set(ports[name]) & set(WEB_PORTS), not ports[name])
    )
    if not ranked:
        return "app", WEB_PORTS[0]
    known = [port for port in WEB_PORTS if port in ports[ranked[0]]]
    return ranked[0], (known or ports[ranked[0]] or [WEB_PORTS[0]])[0]


def _services(compose_text: str | None) -> dict[str, Mapping[str, Any]]:
    try:
        document = yaml.safe_load(compose_text or "")
    except (yaml.YAMLError, RecursionError):
        return {}  # compose will say what is wrong with its own file; a starter is still of use
    services = document.get("services") if isinstance(document, Mapping) else None
    if not isinstance(services, Mapping):
        return {}
    return {str(name): service for name, service in services.items() if isinstance(service, Mapping)}


def _ports(service: Mapping[str, Any]) -> list[int]:
    """Container ports, from `8000:80`, `127.0.0.1:8000:80/tcp`, `{target: 80}` and `expose`."""
    found: list[int] = []
    for key in ("ports", "expose"):
        entries = service.get(key)
        for entry in entries if isinstance(entries, list) else []:
            written = entry.get("target") if isinstance(entry, Mapping) else entry
            last = str(written).rsplit(":", 1)[-1].split("/")[0]
            if last.isdigit():
                found.append(int(last))
    return found


def _get_paths(interface: Interface | None) -> list[str]:
    if interface is None:
        return []
    base = interface.bases[0] if interface.bases else ""
    return [f"{base}{each.path}" for each in interface.operations if each.method == "GET"]


def _quoted(text: str) -> str:
    return yaml.dump(text, default_style='"', width=10_000).strip()

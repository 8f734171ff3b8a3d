"""What Docker's inspect says of a container, as far as PerfGate reads it."""

from __future__ import annotations

from typing import Any


def inspected(
    *,
    id: str = "c1",  # noqa: A002 - as the engine calls it
    service: str = "web",
    status: str = "running",
    health: str | None = None,
    health_log: list[dict[str, Any]] | None = None,
    exit_code: int = 0,
    restarts: int = 0,
    policy: str = "no",
    oom: bool = False,
    started: str = "2026-01-01T00:00:00Z",
    networks: dict[str, str] | None = None,
    ports: dict[str, Any] | None = None,
) -> dict[str, Any]:
    state: dict[str, Any] = {"Status": status, "ExitCode": exit_code, "OOMKilled": oom, "StartedAt": started}
    if health is not None:
        state["Health"] = {"Status": health, "Log": health_log}
    return {
        "Id": id,
        "Name": f"/perfgate-x-{service}-1",
        "Image": f"sha256:{service}",
        "State": state,
        "RestartCount": restarts,
        "Config": {"Labels": {"com.docker.compose.service": service}},
        "HostConfig": {"RestartPolicy": {"Name": policy}},
        "NetworkSettings": {
            "Networks": {name: {"IPAddress": address} for name, address in (networks or {}).items()},
            "Ports": ports or {},
        },
    }

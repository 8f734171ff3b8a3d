"""What a container's state means: while the stack starts, and between two looks while it is under load.

Pure: everything here is computed from what Docker's inspect returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

SERVICE_LABEL: Final = "com.docker.compose.service"
FaultKind = Literal["exited", "restarted", "oom-killed", "unhealthy", "gone"]


class Condition(StrEnum):
    OK = "ok"
    DONE = "done"  # a one-shot that ended well
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True)
class ContainerState:
    """One container at one moment."""

    id: str
    name: str
    service: str
    status: str  # created, running, paused, restarting, removing, exited, dead
    health: str | None  # starting, healthy, unhealthy; None: no health check
    exit_code: int
    restarts: int
    restart_policy: str  # no, on-failure, always, unless-stopped
    oom_killed: bool
    started_at: str
    health_log: str  # output of the last failed health check: foreign text


def read_state(inspected: Mapping[str, Any]) -> ContainerState:
    """From one answer of `GET /containers/{id}/json`."""
    state = inspected["State"]
    health = state.get("Health") or {}
    status = health.get("Status")
    failed = [each for each in health.get("Log") or () if each.get("ExitCode")]
    return ContainerState(
        id=inspected["Id"],
        name=inspected["Name"].lstrip("/"),
        service=inspected["Config"]["Labels"].get(SERVICE_LABEL, ""),
        status=state["Status"],
        health=None if status in (None, "", "none") else status,
        exit_code=state["ExitCode"],
        restarts=inspected.get("RestartCount", 0),
        restart_policy=inspected["HostConfig"]["RestartPolicy"]["Name"] or "no",
        oom_killed=bool(state.get("OOMKilled")),
        started_at=state["StartedAt"],
        health_log=failed[-1].get("Output", "").strip() if failed else "",
    )


def condition(state: ContainerState) -> Condition:
    """While the stack starts. Containers are fresh, so one restart is one too many: a crash loop must not pass."""
    if state.restarts or state.health == "unhealthy" or state.status in ("restarting", "dead", "removing"):
        return Condition.FAILED
    if state.status == "exited":
        finished = state.exit_code == 0 and state.restart_policy in ("no", "on-failure")
        return Condition.DONE if finished else Condition.FAILED
    if state.status == "running" and state.health in (None, "healthy"):
        return Condition.OK
    return Condition.WAITING


def describe(state: ContainerState) -> str:
    """The state in words, for a failure."""
    if state.oom_killed:
        return "was killed for memory"
    if state.health == "unhealthy":
        return "is unhealthy"
    if state.restarts or state.status == "restarting":
        return f"does not stay up: it {_ended(state)} and was restarted"
    if state.status == "exited":
        return _ended(state)
    if state.health == "starting":
        return "is not healthy yet"
    return f"is {state.status}"


@dataclass(frozen=True)
class StartedStack:
    """All containers of a stack that is starting, at one moment."""

    failed: tuple[ContainerState, ...]
    waiting: tuple[ContainerState, ...]
    missing: tuple[str, ...]  # services without a container

    @property
    def settled(self) -> bool:
        return not (self.failed or self.waiting or self.missing)


def look(states: Iterable[ContainerState], services: Sequence[str]) -> StartedStack:
    """`services`: the ones that must have a container."""
    every = tuple(states)
    there = {state.service for state in every}
    return StartedStack(
        failed=tuple(each for each in every if condition(each) is Condition.FAILED),
        waiting=tuple(each for each in every if condition(each) is Condition.WAITING),
        missing=tuple(name for name in services if name not in there),
    )


def broke(before: ContainerState, now: ContainerState | None) -> tuple[FaultKind, str] | None:
    """What went wrong between two looks under load, with one sentence; None: nothing.

    A one-shot that was done before has nothing left to break. One that was running must go on, even if it ends with
    0: whatever it did, the stack that is measured changed.
    """
    if condition(before) is Condition.DONE:
        return None
    if now is None:
        return "gone", "the container was removed"
    if now.oom_killed and not before.oom_killed:
        return "oom-killed", "killed for memory"
    if now.restarts > before.restarts or now.status == "restarting":
        return "restarted", f"{_ended(now)} and was restarted ({now.restarts} times since it was made)"
    if now.status != "running":
        return "exited", f"{now.status} with exit code {now.exit_code}{_signal(now.exit_code)}"
    if now.started_at != before.started_at:
        return "restarted", "stopped and started again"
    if now.health == "unhealthy":
        return "unhealthy", f"its health check fails: {now.health_log}"[:500] if now.health_log else "unhealthy"
    return None


def _ended(state: ContainerState) -> str:
    """The exit code of a container that runs again is not kept."""
    return "ended" if state.status == "running" else f"ended with {state.exit_code}{_signal(state.exit_code)}"


def _signal(exit_code: int) -> str:
    """A shell's and Docker's custom: 128 + n for the signal n."""
    return {137: " (SIGKILL)", 139: " (SIGSEGV)", 143: " (SIGTERM)", 134: " (SIGABRT)"}.get(exit_code, "")

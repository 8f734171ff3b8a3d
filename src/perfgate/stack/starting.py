"""A compose stack from its resolved model to the first answer: built, up, settled, reached, ready."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from perfgate.errors import StackError
from perfgate.settings.stack import Ready
from perfgate.stack.addresses import Route, find_route, networks_of, target_service
from perfgate.stack.children import Child
from perfgate.stack.compose import ComposeProject, last_line, services_to_pull
from perfgate.stack.engine import Engine
from perfgate.stack.isolation import Isolated
from perfgate.stack.readiness import Deadline, is_routed, wait_for_answer
from perfgate.stack.removal import remove_failed_steps
from perfgate.stack.states import SERVICE_LABEL, ContainerState, StartedStack, describe, look, read_state
from perfgate.stack.target import Target

POLL_EVERY: Final = 0.3  # seconds between two looks at the starting containers
KILLED: Final = 137  # exit code: 128 + SIGKILL
SETTLED_LOOKS: Final = 2  # in a row: what starts and dies at once must not pass for running


def prepare_images(project: ComposeProject, isolated: Isolated, engine: Engine, say: Callable[[str], None]) -> None:
    if isolated.built:
        say(f"building {', '.join(isolated.built)}")
        try:
            project.build()
        except StackError:
            remove_failed_steps(engine, project.build_log)
            raise
    if missing := services_to_pull(isolated.model, engine.has_image):
        say(f"pulling the images of {', '.join(missing)}")
        project.pull(missing)


def start(
    project: ComposeProject,
    isolated: Isolated,
    engine: Engine,
    target: Target,
    ready: Ready,
    *,
    key: str,
    deadline: Deadline,
    join: Callable[[Sequence[str]], None],
) -> Route:
    """Up, settled, and answering; else `StackError` with the last lines of the service that is to blame."""
    expected = [name for name, service in isolated.model["services"].items() if _wanted(service)]

    def seen() -> StartedStack:
        return look(map(read_state, engine.containers(key)), expected)

    def raise_if_broken() -> None:
        if failed := seen().failed:
            raise _not_up(failed[0], engine)

    with project.start_up() as up:
        _wait_until_settled(up, seen, engine, deadline)
    join(networks_of(engine.containers(key)))
    route = find_route(isolated, target, engine.containers(key), reaches=is_routed)
    wait_for_answer(
        route.target,
        ready,
        address=route.address,
        deadline=deadline,
        meanwhile=raise_if_broken,
        evidence=lambda: _target_log(isolated, target, engine, key),
    )
    raise_if_broken()
    return route


def _wait_until_settled(up: Child, seen: Callable[[], StartedStack], engine: Engine, deadline: Deadline) -> None:
    settled = 0
    while settled < SETTLED_LOOKS:
        code = up.exit_code()
        now = seen()
        if now.failed:
            raise _not_up(now.failed[0], engine)
        if code:
            raise StackError(
                f"docker compose up failed: {last_line(up.tail())}",
                remedy="see its last lines; `docker compose up` shows the same",
                evidence=up.tail(),
            )
        if code == 0 and now.missing:
            raise StackError(
                f"service {now.missing[0]} has no container after docker compose up",
                remedy="another program may have removed it; run again",
                evidence=up.tail(),
            )
        settled = settled + 1 if code == 0 and now.settled else 0
        if deadline.passed:
            raise _too_slow(now, up, engine, deadline)
        time.sleep(POLL_EVERY)


def _not_up(state: ContainerState, engine: Engine) -> StackError:
    if state.exit_code == KILLED:
        time.sleep(POLL_EVERY)  # that it was for memory, the engine notes only after the exit
        inspected = engine.inspect(state.id)
        state = read_state(inspected) if inspected else state
    health = f"\n--- its health check said:\n{state.health_log}" if state.health_log else ""
    return StackError(
        f"service {state.service} {describe(state)}",
        remedy="see its last lines; a service that needs another should wait for it with "
        "`depends_on: {condition: service_healthy}`",
        evidence=engine.log_tail(state.id) + health,
    )


def _too_slow(now: StartedStack, up: Child, engine: Engine, deadline: Deadline) -> StackError:
    waiting = now.waiting[0] if now.waiting else None
    what = f"service {waiting.service} {describe(waiting)}" if waiting else "docker compose up is not done"
    return StackError(
        f"the stack was not up within {deadline.seconds:g} s: {what}",
        remedy="mend the service or its health check, or allow more with `stack.ready.within`",
        evidence=engine.log_tail(waiting.id) if waiting else up.tail(),
    )


def _target_log(isolated: Isolated, target: Target, engine: Engine, key: str) -> str:
    service = target_service(isolated, target)
    own = [each for each in engine.containers(key) if each["Config"]["Labels"].get(SERVICE_LABEL) == service]
    return engine.log_tail(own[0]["Id"]) if own else ""


def _wanted(service: Mapping[str, Any]) -> bool:
    """Scaled to nothing, a service has no container to wait for."""
    replicas = (service.get("deploy") or {}).get("replicas")
    return bool(service.get("scale", 1 if replicas is None else replicas))

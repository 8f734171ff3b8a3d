"""The containers of a real stack watched: their statistics, commands in them, and what is said when one ends."""

from __future__ import annotations

import os
import time

import pytest

from perfgate.records.telemetry import Telemetry
from perfgate.settings.telemetry import Telemetry as Settings
from perfgate.stack.opening import RunningStack
from perfgate.telemetry.watched import Watched
from perfgate.telemetry.watching import watch
from tests.e2e.stack.conftest import Stacks, ask, first_fault

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]
TWO = "services: {web: {image: IMAGE, environment: {NAME: web}}, other: {image: IMAGE, environment: {NAME: other}%s}}"
PROBES = {
    "processes": {
        "service": "web",
        "exec": ["sh", "-c", "ls -d /proc/[0-9]* | wc -l"],
        "every": "500ms",
        "within": "20s",
    },
    "failing": {"service": "web", "exec": ["sh", "-c", "echo no queue >&2; exit 4"], "within": "20s"},
    "hanging": {"service": "other", "exec": ["sleep", "300"], "every": "500ms", "within": "500ms"},
    "absent": {"service": "web", "exec": ["no-such-program"]},
}


def watched(stack: RunningStack, stacks: Stacks) -> Watched:
    return Watched(
        kind=stack.kind,
        target=stack.target,
        folder=stacks.folder,
        environ=os.environ,
        containers=stack.containers,
        hosts=stack.hosts,
    )


def values(telemetry: Telemetry, label: str) -> list[float | None]:
    return next((list(each.values) for each in telemetry.series if each.key.label == label), [])


def test_statistics_commands_and_the_end_of_a_container(stacks: Stacks) -> None:
    with stacks.open(TWO % ", deploy: {resources: {limits: {cpus: '0.5', memory: 64M}}}") as stack:
        stack.load_started()
        begun = time.time()
        settings = Settings.model_validate({"probes": PROBES})
        with watch(settings, watched(stack, stacks), stack.engine_api) as watching:
            for _ in range(40):
                ask(stack, "/")
            time.sleep(5)  # five samples of each container; the engine gives one a second
            ask(stack, "/hog", host="other")
            fault = first_fault(stack)
            time.sleep(3)
            found = watching.result(begun, time.time(), 0.0, stack.faults())
    memory = [each for each in values(found, "container web: memory") if each is not None]
    assert len(memory) >= 3
    assert 500_000 < memory[0] < 200_000_000
    assert any(values(found, "container web: network_in"))
    assert values(found, "container other: throttled"), "a limit on processors has periods to count"
    assert not values(found, "container web: throttled"), "no limit, nothing to throttle"
    assert None in values(found, "container other: memory"), "it has ended"
    assert None not in values(found, "container web: memory"), "this one goes on"
    assert max(each for each in values(found, "probe processes") if each is not None) >= 1
    why = {gap.subject: gap.why for gap in found.gaps}
    assert why["failing"] == "it ended with 4: no queue"
    assert "absent" in why
    assert set(why) == {"other", "failing", "hanging", "absent"}
    assert fault.service == "other"
    assert ("other", "oom") in {(each.subject, each.kind) for each in found.events}

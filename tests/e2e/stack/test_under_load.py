"""What breaks once the stack is ready is a fault, with the service's last log lines, and is seen within seconds."""

from __future__ import annotations

import time

import pytest

from perfgate.records.stack import StackFault
from perfgate.stack.opening import RunningStack
from tests.e2e.stack.conftest import Stacks, ask, docker, first_fault, until

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]
TWO = "services: {web: {image: IMAGE, environment: {NAME: web}}, other: {image: IMAGE, environment: {NAME: other}%s}}"


def container(stacks: Stacks, service: str) -> str:
    key, label = stacks.keys[-1], "com.docker.compose.service"
    return docker(
        "ps", "--all", "--quiet", "--filter", f"label=perfgate.key={key}", "--filter", f"label={label}={service}"
    )


def provoke(stack: RunningStack, path: str) -> None:
    """Ask the other service for something that it may not live to answer."""
    try:
        ask(stack, path, host="other")
    except OSError:
        return


def test_what_it_uses(stacks: Stacks) -> None:
    with stacks.open(TWO % "") as stack:
        before = stack.usage()
        assert before is not None
        assert 2**20 < before.memory < 2**30

        def grown() -> bool:
            ask(stack, "/")
            now = stack.usage()
            return now is not None and now.cpu > before.cpu

        until(grown)
        provoke(stack, "/exit/0")
        until(lambda: stack.usage() is None)  # of a container that has ended nothing is known


def test_exit(stacks: Stacks) -> None:
    with stacks.open(TWO % "") as stack:
        assert stack.faults() == ()
        begun = time.monotonic()
        stack.load_started()
        provoke(stack, "/exit/5")
        fault = first_fault(stack)
        assert fault == StackFault(
            service="other",
            kind="exited",
            at=fault.at,
            detail="exited with exit code 5",
            log_tail="other listens on 8000\nother got /exit/5",
        )
        assert 0 <= fault.at <= time.monotonic() - begun
        assert ask(stack, "/") == "web"
    assert "other got /exit/5" in (stacks.logs / "other.log").read_text()


def test_restart(stacks: Stacks) -> None:
    with stacks.open(TWO % ", restart: always") as stack:
        provoke(stack, "/exit/6")
        fault = first_fault(stack)
        assert (fault.service, fault.kind) == ("other", "restarted")
        assert "and was restarted" in fault.detail
        assert "other got /exit/6" in fault.log_tail


def test_restart_by_hand(stacks: Stacks) -> None:
    with stacks.open(TWO % "") as stack:
        docker("restart", "--time", "0", container(stacks, "other"))
        assert {(each.service, each.kind) for each in until(stack.faults)} <= {
            ("other", "restarted"),
            ("other", "exited"),
        }


def test_killed_for_memory(stacks: Stacks) -> None:
    with stacks.open(TWO % ", mem_limit: 32m") as stack:
        provoke(stack, "/hog")
        # A look may have seen the exit before the engine noted what it was for.
        fault = until(lambda: next((each for each in stack.faults() if each.kind == "oom-killed"), None))
        assert fault.service == "other"
        assert "other got /hog" in fault.log_tail


def test_worker_killed_for_memory_in_a_container_that_goes_on(stacks: Stacks) -> None:
    with stacks.open(TWO % ", mem_limit: 32m") as stack:
        provoke(stack, "/hog-in-child")
        fault = first_fault(stack)
        assert (fault.service, fault.kind) == ("other", "oom-killed")
        assert fault.detail == "a process of it was killed for memory"
        assert ask(stack, "/", host="other") == "other"


def test_unhealthy(stacks: Stacks) -> None:
    with stacks.open(TWO % ", healthcheck: HEALTH") as stack:
        provoke(stack, "/sicken")
        fault = first_fault(stack)
        assert (fault.service, fault.kind) == ("other", "unhealthy")
        assert "other got /sicken" in fault.log_tail


def test_removed_by_somebody_else(stacks: Stacks) -> None:
    with stacks.open(TWO % "") as stack:
        docker("rm", "--force", container(stacks, "other"))
        kinds = until(lambda: {each.kind for each in stack.faults()})
        assert kinds <= {"gone", "exited"}


def test_paused(stacks: Stacks) -> None:
    """No event that is listened for tells of it: the looks must."""
    with stacks.open(TWO % "") as stack:
        docker("pause", container(stacks, "other"))
        assert first_fault(stack).detail.startswith("paused")


def test_everything_at_once_and_nothing_twice(stacks: Stacks) -> None:
    with stacks.open(TWO % ", deploy: {replicas: 2}") as stack:
        for each in container(stacks, "other").split():
            docker("kill", each)
        until(lambda: len(stack.faults()) >= 2)
        time.sleep(2.5)  # longer than between two looks: nothing may be added
        assert [(each.service, each.kind, each.detail) for each in stack.faults()] == [
            ("other", "exited", "exited with exit code 137 (SIGKILL)")
        ] * 2
    assert {each.name for each in stacks.logs.glob("*.log")} == {"web.log", "other.log", "other-2.log"}


def test_quiet_stack_has_no_faults(stacks: Stacks) -> None:
    with stacks.open(TWO % ", healthcheck: HEALTH") as stack:
        stack.load_started()
        deadline = time.monotonic() + 2.2  # longer than between two looks
        while time.monotonic() < deadline:
            assert ask(stack, "/") == "web"
        assert stack.faults() == ()
        stack.save_logs(stacks.logs / "so-far")
        assert (stacks.logs / "so-far" / "web.log").read_text()


def test_log_that_the_engine_keeps_not(stacks: Stacks) -> None:
    with stacks.open(TWO % ", logging: {driver: none}") as stack:
        provoke(stack, "/exit/0")
        fault = first_fault(stack)
        assert fault.detail == "exited with exit code 0"  # under load, an end that is well is none
        assert fault.log_tail.startswith("(no log: ")
    assert (stacks.logs / "other.log").read_text().startswith("(no log: ")
    assert "web listens" in (stacks.logs / "web.log").read_text()


def test_long_logs_are_bounded(stacks: Stacks) -> None:
    """By lines, so that a talkative service does not keep the run for minutes, and by bytes."""
    with stacks.open(
        """
        services:
          web: {image: IMAGE}
          lines: {image: IMAGE, command: [sh, -c, "yes | head -n 60000; sleep 99"]}
          bytes: {image: IMAGE, command: [perl, -e, "print 'x' x 8000, qq(\\n) for 1 .. 1500; sleep 99"]}
        """
    ) as stack:
        until(lambda: stack.save_logs(stacks.logs) or (stacks.logs / "bytes.log").stat().st_size > 10 * 2**20 - 10_000)
    long, wide = ((stacks.logs / name).read_bytes() for name in ("lines.log", "bytes.log"))
    assert long.startswith(b"(only the last 50000 lines were read)\n")
    assert long.count(b"\n") == 50_001
    assert wide.startswith(b"(the first ")
    assert 10 * 2**20 - 10_000 < len(wide) < 10 * 2**20 + 100

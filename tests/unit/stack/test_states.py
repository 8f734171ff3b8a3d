"""What a container's state means while the stack starts, and between two looks under load."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.stack.states import Condition, ContainerState, FaultKind, broke, condition, describe, look, read_state
from tests.unit.stack.inspecting import inspected

UP = read_state(inspected())


def state(**fields: Any) -> ContainerState:
    return read_state(inspected(**fields))


def test_state_is_read_from_what_the_engine_says() -> None:
    log = [
        {"ExitCode": 1, "Output": "first\n"},
        {"ExitCode": 7, "Output": " disk full\n"},
        {"ExitCode": 0, "Output": "fine"},
    ]
    found = state(service="db", health="unhealthy", health_log=log, restarts=2, policy="always", oom=True, exit_code=3)
    assert found == ContainerState(
        id="c1",
        name="perfgate-x-db-1",
        service="db",
        status="running",
        health="unhealthy",
        exit_code=3,
        restarts=2,
        restart_policy="always",
        oom_killed=True,
        started_at="2026-01-01T00:00:00Z",
        health_log="disk full",
    )


def test_older_engines_leave_things_out() -> None:
    told = inspected(policy="", health="none")
    told["Config"]["Labels"] = {}
    del told["RestartCount"]
    told["State"]["OOMKilled"] = None
    found = read_state(told)
    assert (found.service, found.restart_policy, found.health, found.restarts, found.oom_killed) == (
        "",
        "no",
        None,
        0,
        False,
    )


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, Condition.OK),
        ({"health": "healthy"}, Condition.OK),
        ({"health": "starting"}, Condition.WAITING),
        ({"health": "unhealthy"}, Condition.FAILED),
        ({"status": "created"}, Condition.WAITING),
        ({"status": "paused"}, Condition.WAITING),
        ({"status": "restarting"}, Condition.FAILED),
        ({"status": "removing"}, Condition.FAILED),
        ({"status": "dead"}, Condition.FAILED),
        ({"restarts": 1}, Condition.FAILED),
        ({"status": "exited"}, Condition.DONE),
        ({"status": "exited", "policy": "on-failure"}, Condition.DONE),
        ({"status": "exited", "policy": "always"}, Condition.FAILED),
        ({"status": "exited", "policy": "unless-stopped"}, Condition.FAILED),
        ({"status": "exited", "exit_code": 1}, Condition.FAILED),
        ({"status": "exited", "health": "starting"}, Condition.DONE),
    ],
)
def test_condition_while_starting(fields: dict[str, Any], wanted: Condition) -> None:
    assert condition(state(**fields)) is wanted


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"oom": True, "status": "exited", "exit_code": 137}, "was killed for memory"),
        ({"health": "unhealthy"}, "is unhealthy"),
        ({"restarts": 3}, "does not stay up: it ended and was restarted"),
        ({"status": "restarting", "exit_code": 4}, "does not stay up: it ended with 4 and was restarted"),
        ({"status": "exited", "exit_code": 2}, "ended with 2"),
        ({"status": "exited", "exit_code": 137}, "ended with 137 (SIGKILL)"),
        ({"health": "starting"}, "is not healthy yet"),
        ({"status": "created"}, "is created"),
    ],
)
def test_state_in_words(fields: dict[str, Any], words: str) -> None:
    assert describe(state(**fields)) == words


def test_stack_is_settled_when_all_are_there_and_nobody_waits() -> None:
    web, first = state(), state(service="first", status="exited")
    assert look([web, first], ["web", "first"]).settled
    assert look([web], ["web", "first"]).missing == ("first",)
    waiting, failed = state(service="db", health="starting"), state(service="api", status="dead")
    now = look([web, waiting, failed], ["web", "db", "api"])
    assert (now.waiting, now.failed, now.missing, now.settled) == ((waiting,), (failed,), (), False)
    assert not look([waiting], []).settled
    assert not look([failed], []).settled


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ({}, None),
        ({"health": "healthy"}, None),
        ({"health": "starting"}, None),
        ({"oom": True, "status": "exited", "exit_code": 137}, ("oom-killed", "killed for memory")),
        ({"status": "exited"}, ("exited", "exited with exit code 0")),
        ({"status": "exited", "exit_code": 139}, ("exited", "exited with exit code 139 (SIGSEGV)")),
        ({"status": "paused"}, ("exited", "paused with exit code 0")),
        ({"restarts": 1}, ("restarted", "ended and was restarted (1 times since it was made)")),
        (
            {"status": "restarting", "exit_code": 5},
            ("restarted", "ended with 5 and was restarted (0 times since it was made)"),
        ),
        ({"started": "later"}, ("restarted", "stopped and started again")),
        ({"health": "unhealthy"}, ("unhealthy", "unhealthy")),
        (
            {"health": "unhealthy", "health_log": [{"ExitCode": 1, "Output": "x" * 600}]},
            ("unhealthy", ("its health check fails: " + "x" * 600)[:500]),
        ),
    ],
)
def test_fault_between_two_looks(now: dict[str, Any], wanted: tuple[str, str] | None) -> None:
    assert broke(UP, state(**now)) == wanted


def test_container_that_is_gone() -> None:
    assert broke(UP, None) == ("gone", "the container was removed")


def test_done_one_shot_has_nothing_left_to_break() -> None:
    done = state(status="exited")
    for now in (None, state(status="exited", oom=True), state(restarts=1), state(started="later")):
        assert broke(done, now) is None


def test_memory_that_was_short_before_is_no_news() -> None:
    before = state(oom=True)
    assert broke(before, state(oom=True)) is None


STATES = st.builds(
    state,
    status=st.sampled_from(["created", "running", "paused", "restarting", "removing", "exited", "dead"]),
    health=st.sampled_from([None, "starting", "healthy", "unhealthy"]),
    exit_code=st.integers(0, 255),
    restarts=st.integers(0, 3),
    policy=st.sampled_from(["no", "on-failure", "always", "unless-stopped"]),
    oom=st.booleans(),
)


@given(STATES)
def test_every_state_has_a_condition_and_words(each: ContainerState) -> None:
    assert condition(each) in Condition
    assert describe(each)
    settled = look([each], [each.service]).settled
    assert settled == (condition(each) in (Condition.OK, Condition.DONE))


@given(STATES, STATES)
def test_faults_are_of_the_known_kinds_and_an_unchanged_healthy_container_has_none(
    before: ContainerState, now: ContainerState
) -> None:
    found = broke(before, now)
    assert found is None or (found[0] in get_args(FaultKind) and 0 < len(found[1]) <= 500)
    if condition(before) is Condition.OK:
        assert broke(before, replace(before)) is None
        if condition(now) is Condition.FAILED and not (now.oom_killed or now.restarts):
            assert found is not None

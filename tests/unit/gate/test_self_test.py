"""The story of a self-test through doors that lead nowhere; a relay before real sockets has its own test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from perfgate.errors import SettingsError, StackError
from perfgate.load.pairing import PairedLoad, PairedOrder
from perfgate.records.self_test import SelfTest
from perfgate.records.stack import StackKind
from perfgate.self_test import Asked, self_test
from perfgate.settings.policy import Overrides
from perfgate.stack.site import Site
from tests.unit.gate.doors import SCENARIO, FakeStack
from tests.unit.gate.test_beside import STACK, BesideWorld

ASKED = Asked("baseline", 3, 2, 0.2, None, {"SLOW": "1"}, keep=True)


@dataclass
class SlowableWorld(BesideWorld):
    """The head is 30 % slower where its environment says `SLOW`, or a relay holds up what it is sent; `wolf`: it seems
    so even without.
    """

    changes: list[float] = field(default_factory=list)
    wolf: bool = False
    slow: bool = False
    users: int = 10
    unlucky: set[int] = field(default_factory=set)  # runs whose stack does not come up

    @contextmanager
    def open_stack(self, stack: Any, kind: StackKind, site: Site) -> Iterator[FakeStack]:
        if any(f"/{number:02}/" in f"{site.logs}/" for number in self.unlucky):
            raise StackError("no luck", remedy="try again")
        if not site.key.endswith("-base"):
            self.slow = "SLOW" in site.environ
        with super().open_stack(stack, kind, site) as opened:
            yield opened

    def drive_pairs(self, order: PairedOrder, **more: Any) -> PairedLoad:
        in_control = order.head.out.name == "control"
        slow = self.slow or bool(order.head.relay)
        self.changes.append(0.3 if slow or (self.wolf and not in_control) else 0.0)
        return super().drive_pairs(order, **more)

    def test(self, asked: Asked = ASKED) -> SelfTest:
        order = self.order(
            overrides=Overrides(compare="paired"),
            stack=STACK,
            scenarios={"baseline": {**SCENARIO, "duration": "70s", "users": self.users}},
            side_by_side={"block": "1s"},
        )
        ports = iter(range(5000, 5999))
        doors = replace(
            self.doors,
            drive_pairs=self.drive_pairs,
            random_seed=lambda: 7,
            free_port=lambda: next(ports),
            available_memory=lambda: self.memory,
        )
        return self_test(asked, order, doors)


@pytest.fixture
def world(tmp_path: Path) -> SlowableWorld:
    return SlowableWorld(tmp_path / "out")


def test_counts_what_failed_without_cause_and_with(world: SlowableWorld) -> None:
    found = world.test()
    assert [each.slower for each in found.runs].count(True) == 2
    assert not found.runs[0].slower  # which tells how long a response takes
    assert found.false_alarms is not None
    assert (found.false_alarms.count, found.false_alarms.of) == (0, 3)
    assert found.detected is not None
    assert (found.detected.count, found.detected.of) == (2, 2)
    assert all(each.change == pytest.approx(0.3, abs=0.05) for each in found.runs if each.slower)
    assert found.bites


def test_a_relay_before_either_side_holds_up_the_heads_requests_alone_and_nobodys_in_the_control(
    world: SlowableWorld,
) -> None:
    found = world.test(replace(ASKED, same_runs=1, slower_runs=1, environ={}))
    assert found.detected is not None
    assert found.detected.count == 1
    (delay,) = (each.delay for each in found.runs if each.slower)
    assert delay is not None
    assert found.asked == 0.2
    relays = [(plan.base.relay, plan.head.relay) for plan in world.plans]
    assert relays == [(None, None), (0.0, delay), (0.0, delay), (0.0, 0.0)]


def test_a_later_run_without_a_verdict_is_told_and_left_out(world: SlowableWorld) -> None:
    world.unlucky = {1}
    found = world.test(replace(ASKED, same_runs=2, slower_runs=1))
    assert len(found.runs) == 2
    (said,) = found.without_verdict
    assert said.endswith("no luck")
    assert SelfTest.model_validate_json((world.out / "self-test.json").read_bytes()) == found


@pytest.mark.parametrize("unlucky", [{0}, {1, 2}])
def test_without_a_first_run_or_any_of_a_slower_head_nothing_is_said(world: SlowableWorld, unlucky: set[int]) -> None:
    world.unlucky = unlucky
    with pytest.raises(StackError, match="no luck"):
        world.test(replace(ASKED, same_runs=1, slower_runs=2))


def test_more_users_than_a_relay_bears_are_refused_before_anything_starts(world: SlowableWorld) -> None:
    world.users = 451
    with pytest.raises(SettingsError, match="451 users, and a relay bears 450"):
        world.test(replace(ASKED, environ={}))
    assert "open" not in world.did


def test_an_alarm_without_cause_does_not_bite(world: SlowableWorld) -> None:
    world.wolf = True
    found = world.test(replace(ASKED, slower_runs=0))
    assert found.false_alarms is not None
    assert found.false_alarms.count == 3
    assert found.detected is None
    assert not found.bites


def test_the_same_code_twice_tells_the_luck_of_a_start(world: SlowableWorld) -> None:
    world.test(replace(ASKED, slower_runs=1))
    assert sorted(each.why for each in world.starts) == ["control", "self-test", "self-test", "self-test"]
    assert all(abs(each.difference) < 0.05 for each in world.starts)


def test_nothing_is_kept_where_it_is_not_wanted(world: SlowableWorld) -> None:
    world.test(replace(ASKED, slower_runs=0, keep=False))
    assert not world.starts


def test_every_run_and_what_it_came_to_is_on_disk(world: SlowableWorld) -> None:
    found = world.test(replace(ASKED, same_runs=1, slower_runs=1))
    assert SelfTest.model_validate_json((world.out / "self-test.json").read_bytes()).runs == found.runs
    verdicts = [json.loads((world.out / f"0{at}" / "judgement.json").read_text())["verdict"] for at in (0, 1)]
    assert verdicts == [each.verdict.value for each in found.runs] == ["pass", "fail"]

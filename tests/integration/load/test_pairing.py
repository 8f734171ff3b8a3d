"""Two sides in turns, against two real servers."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from perfgate.errors import LoadError
from perfgate.judge.pairing import TurnPair, pair_up
from perfgate.load.order import LoadOrder
from perfgate.load.pairing import Enough, PairedLoad, PairedOrder, drive_pairs
from perfgate.records.pairs import Design, Side
from perfgate.records.progress import Progress
from perfgate.records.recording import Recording
from perfgate.settings.scenario import Scenario
from tests.integration.load.conftest import Loading
from tests.integration.load.serving import CountingServer, serving

TRAFFIC = {
    "wait": "5ms..20ms",
    "requests": [
        {"get": "/items/{id}", "values": {"id": "1..1000000"}, "weight": 3},
        {"post": "/items", "json": {"text": "{word}"}, "values": {"word": "1..1000000"}},
    ],
}
AT_A_RATE = {**TRAFFIC, "rate": "60/s", "spacing": "poisson"}


def declared(**traffic: Any) -> Scenario:
    return Scenario.model_validate({"traffic": {**TRAFFIC, **traffic}})


def paired(
    loading: Loading,
    other: CountingServer,
    scenario: Scenario,
    *,
    looks: tuple[int, ...] = (3,),
    users: int = 4,
    enough: Enough = lambda *_: None,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> PairedLoad:
    head = loading.order(scenario, users=users)
    base: LoadOrder = replace(head, target=other.url, out=head.out / "base")
    order = PairedOrder(base, head, Design(seed=3, block=0.6, looks=looks), warm_up=0.6)
    return drive_pairs(
        order,
        environ=os.environ,
        on_progress=on_progress,
        should_stop=should_stop,
        enough=enough,
    )


def inside_turns(load: PairedLoad, side: Side, *, as_sent: bool = False) -> list[bool]:
    """Of every request of a side, warm-up left out: was it to be sent in one of its turns? `as_sent`: and was it?"""
    recording = load.base.recording if side is Side.BASE else load.head.recording
    windows = [turn.base if side is Side.BASE else turn.head for turn in load.turns]
    first = min(turn.base.opens for turn in load.turns) - 1
    return [
        any(window.opens - 0.06 <= at <= window.closes + 0.06 for window in windows)
        for at in recording.start - (0 if as_sent else recording.lag)
        if at > min(first, windows[0].opens - 0.06) and at >= windows[0].opens - 0.06
    ]


@pytest.mark.alone
def test_sides_take_turns_and_send_the_same_requests(loading: Loading, server: CountingServer) -> None:
    with serving() as other:
        load = paired(loading, other, declared(rate="80/s"))
        shared = sum((server.counts & other.counts).values())
        # A block may end one request earlier on one side, and users that are free at once may swap.
        assert shared >= 0.9 * max(server.total, other.total)
    assert load.ended_because == "planned"
    assert len(load.turns) == 4
    assert {turn.first for turn in load.turns} == {Side.BASE, Side.HEAD}
    for side in Side:
        sent = inside_turns(load, side)
        assert len(sent) > 50
        assert all(sent)
        assert np.mean(inside_turns(load, side, as_sent=True)) > 0.9  # the others were held up by the machine
    assert load.base.recording.complete
    assert load.head.recording.complete
    pairs = pair_up(load.base.recording, load.head.recording, load.turns)
    counted = sum(pair.blocks[0].base.requests for pair in pairs)
    assert 0 < counted < len(load.base.recording)  # without the warm-up, and the beginning of each block


@pytest.mark.alone
def test_requests_are_sent_at_the_rate_that_is_asked_for(loading: Loading) -> None:
    with serving() as other:
        load = paired(loading, other, Scenario.model_validate({"traffic": AT_A_RATE}), looks=(5,))
    pairs = pair_up(load.base.recording, load.head.recording, load.turns)
    sent = [block.head.requests for pair in pairs for block in pair.blocks if block.label == "total"]
    # A Poisson number of mean 6 * 0.4 s * 60/s = 144 (the first 0.2 s of a block are left out): 5 standard deviations.
    assert sum(sent) == pytest.approx(144, abs=5 * 144**0.5)


SLOW = """
from locust import FastHttpUser, between, task

class Slow(FastHttpUser):
    wait_time = between(0, 0.3)

    @task
    def slow(self):
        self.client.get("/slow")
"""


@pytest.mark.alone
def test_a_stall_is_counted_from_when_requests_were_to_be_sent(loading: Loading) -> None:
    """Four users that take 0.3 s a request bear 13 requests a second; asked for are 40."""
    slow = Scenario.model_validate({"traffic": {"rate": "40/s", "requests": [{"get": "/slow"}]}})
    driven = loading.drive(loading.order(slow, users=4, duration=2.5))
    late = driven.recording.lag
    assert late.max() > 0.5
    intended = np.sort(driven.recording.start - late)
    apart = np.diff(intended)
    assert np.mean(apart) == pytest.approx(0.025, abs=0.002)
    assert np.quantile(np.abs(apart - 0.025), 0.9) < 0.002  # a process that is held up between two clocks is a bit off
    assert driven.arrivals_unsent > 20


def test_a_users_own_file_takes_turns_unchanged(loading: Loading) -> None:
    with serving() as other:
        load = paired(loading, other, loading.locustfile(SLOW), users=16)
    pairs = pair_up(load.base.recording, load.head.recording, load.turns)
    assert all(block.head.requests for pair in pairs for block in pair.blocks)
    assert sum(pair.overlapping for pair in pairs) > 0  # 0.3 s do not fit between two blocks, and that is seen


def test_a_decision_at_a_planned_look_ends_the_load(loading: Loading) -> None:
    seen: list[int] = []

    def enough(base: Recording, head: Recording, turns: Sequence[TurnPair]) -> Literal["decided"] | None:
        seen.append(len(turns))
        assert all(pair.blocks[0].base.requests for pair in pair_up(base, head, turns))
        return "decided" if len(seen) == 2 else None

    with serving() as other:
        load = paired(loading, other, declared(), looks=(1, 2, 9), enough=enough)
    assert seen == [2, 3]
    assert load.ended_because == "decided"
    assert len(load.turns) == 3


def test_a_broken_stack_ends_the_load(loading: Loading) -> None:
    with serving() as other:
        load = paired(loading, other, declared(), looks=(30,), should_stop=lambda: True)
    assert load.ended_because == "stack-broke"
    assert len(load.turns) == 1


def test_a_side_that_cannot_begin_is_told_as_ever(loading: Loading) -> None:
    with serving() as other, pytest.raises(LoadError, match="no_such_module"):
        paired(loading, other, loading.locustfile("import no_such_module"))
    assert not _generators(loading.out)


def test_an_interruption_leaves_no_generator_behind(loading: Loading) -> None:
    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with serving() as other, pytest.raises(KeyboardInterrupt):
        paired(loading, other, declared(), looks=(40,), on_progress=interrupt)
    assert not _generators(loading.out)


def _generators(out: Path) -> list[str]:
    """Command lines of processes that were told to record into this folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = each.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "perfgate.load.inside" in command and str(out) in command:
            found.append(command)
    return found

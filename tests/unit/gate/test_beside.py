"""Base and head side by side through doors that lead nowhere: what is opened, what is measured twice, what is kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from perfgate import gate
from perfgate.checkout import Base
from perfgate.doors import Drive
from perfgate.errors import NoBaseError, SettingsError, StackError
from perfgate.judge.start_luck import learned
from perfgate.load.driving import Driven
from perfgate.load.order import LoadOrder
from perfgate.load.pairing import Enough, PairedLoad, PairedOrder
from perfgate.records.measurement import Measurement, Subject
from perfgate.records.pairs import FreshStart, Side
from perfgate.records.progress import Progress
from perfgate.records.recording import Recording
from perfgate.records.stack import StackFault, StackKind
from perfgate.records.verdict import NoteCode, ReasonCode, Verdict
from perfgate.settings.policy import Overrides
from perfgate.stack.site import Site
from perfgate.stack.usage import Usage
from tests.builders import recording, times
from tests.turns import schedule, side
from tests.unit.gate.doors import FAULT, SCENARIO, FakeStack, World
from tests.unit.judge.test_start_luck import starts

STACK = {"target": "http://127.0.0.1:8080", "process": {"ports": [8080], "commands": {"api": {"run": ["true"]}}}}


@dataclass
class BesideWorld(World):
    """`changes`: by how much the head is slower, start after start; `breaks`: the start in which the stack breaks."""

    changes: list[float] = field(default_factory=lambda: [0.0])
    breaks: int | None = None
    plans: list[PairedOrder] = field(default_factory=list)
    looks: list[str | None] = field(default_factory=list)
    base: Callable[[], Any] | None = None
    opened: list[tuple[Any, Path]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    memory: int | None = 2**30
    not_up: Path | None = None  # the folder whose stack does not come up

    @contextmanager
    def open_reference(self, name: str) -> Iterator[Base]:
        self.did.append(f"reference {name}")
        yield Base(folder=Path("/reference"), subject=Subject(commit="a" * 40), stack=None, described=name)

    @contextmanager
    def open_base(self) -> Iterator[Base]:
        self.did.append("base")
        yield Base(folder=Path("/base"), subject=Subject(commit="b" * 40), stack=None, described="the base")

    def drive_pairs(
        self,
        order: PairedOrder,
        *,
        environ: Mapping[str, str],
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        enough: Enough,
        cpu: Mapping[Side, Callable[[], float | None]],
    ) -> PairedLoad:
        number = len(self.plans)
        self.plans.append(order)
        self.did.append("drive pairs")
        if self.breaks == number:
            self.faults = (FAULT,)
        turns = schedule(order.pairs, seed=number)
        base = side([each.base for each in turns], seed=10 + number)
        head = side([each.head for each in turns], seed=20 + number, factor=1 + self.changes[number])
        self.looks.append(enough(base, head, turns))
        return PairedLoad(self._driven(base), self._driven(head), tuple(turns), "planned")

    def _driven(self, recording: Recording) -> Driven:
        return Driven(
            files=(),
            recording=recording,
            started_at=0,
            ended_at=60,
            ended_because="duration",
            exit_code=0,
            locust_version="2.47",
            users_reached=10,
            requests_lost=0,
            arrivals_unsent=0,
            refusals=(),
            notes=(),
        )

    @contextmanager
    def open_stack(self, stack: Any, kind: StackKind, site: Site) -> Iterator[FakeStack]:
        self.opened.append((stack, site.folder))
        self.keys.append(site.key)
        if site.folder == self.not_up:
            raise StackError("api ended with 1", remedy="see its last lines", evidence="broken")
        with super().open_stack(stack, kind, site) as opened:
            yield opened

    def run(
        self,
        compare: str = "paired",
        *,
        seconds: str = "70s",
        limit: float | None = None,
        event: str = "local",
        stacks: str = "auto",
        drive: Drive | None = None,
        reference: str | None = None,
        sides: Mapping[Side, Mapping[str, str]] | None = None,
    ) -> Any:
        order = self.order(
            event=event,
            overrides=Overrides(time_limit=limit, compare=compare),
            stack=STACK,
            scenarios={"baseline": {**SCENARIO, "duration": seconds}},
            side_by_side={"block": "1s", "stacks": stacks},
            baseline={"reference": reference},
        )
        order = replace(order, side_environ=sides or {})
        seeds = iter(range(7, 99))
        ports = iter(range(5000, 5099))
        doors = replace(
            self.doors,
            drive=drive or self.doors.drive,
            drive_pairs=self.drive_pairs,
            open_base=self.base or self.open_base,
            open_reference=self.open_reference,
            random_seed=lambda: next(seeds),
            available_memory=lambda: self.memory,
            free_port=lambda: next(ports),
        )
        return gate.run(order, doors)

    @property
    def measurement(self) -> Measurement:
        path = self.out / "baseline" / "beside" / "measurement.json"
        return Measurement.model_validate_json(path.read_bytes())


@pytest.fixture
def world(tmp_path: Path) -> BesideWorld:
    return BesideWorld(tmp_path / "out")


def test_both_stacks_are_up_together_and_loaded_once_where_nothing_looks_slower(world: BesideWorld) -> None:
    judgement = world.run()
    assert judgement.verdict is Verdict.PASS
    assert [each for each in world.did if each != "read"] == [
        *("base", "open", "open", "load started", "load started", "drive pairs", "close", "close")
    ]
    assert world.looks == ["decided"]
    assert not world.kept  # loaded in turns, it is no run that others are compared with


@pytest.mark.parametrize("stacks", ["together", "swapped"])
@pytest.mark.parametrize(
    ("sides", "apart"),
    [
        ({}, False),
        ({Side.HEAD: {"DELAY": "5"}}, True),
        ({Side.BASE: {"DELAY": "5"}, Side.HEAD: {"DELAY": "5"}}, False),
    ],
)
def test_it_is_kept_whether_more_than_their_code_sets_the_sides_apart(
    world: BesideWorld, stacks: str, sides: Mapping[Side, Mapping[str, str]], apart: bool
) -> None:
    world.run(stacks=stacks, seconds="200s", sides=sides)
    beside = world.measurement.side_by_side
    assert beside is not None
    assert beside.set_apart is apart


def test_what_looks_slower_is_measured_on_fresh_starts(world: BesideWorld) -> None:
    world.changes = [0.3, 0.3, 0.0]
    assert world.run().verdict is Verdict.FAIL
    assert world.did.count("open") == world.did.count("close") == 6
    planned = world.plans[0].design
    assert world.plans[1].design == planned.model_copy(update={"looks": planned.fresh_looks})
    assert planned.fresh_looks[0] < planned.looks[0]  # at the level of a confirmation fewer pairs can tell
    assert planned.fresh_looks[-1] == planned.looks[-1]
    assert world.plans[2].pairs == world.plans[1].pairs  # as long as the confirmation took …
    assert len(world.plans[2].design.looks) == 1  # … and looked at once
    assert len({plan.head.out for plan in world.plans}) == 3
    beside = world.measurement.side_by_side
    assert beside is not None
    assert [(each.start, each.side) for each in beside.loads] == [
        *(("first", Side.BASE), ("again", Side.BASE), ("again", Side.HEAD))
    ]
    assert len(beside.starts) == 2
    assert {start.first_up for start in (*beside.starts, beside.control)} <= set(Side)


def test_before_a_fail_the_base_is_measured_against_itself(world: BesideWorld) -> None:
    """Both stacks are then of the base: its folder, its environment; and what it tells is kept for later runs."""
    world.changes = [0.3, 0.3, 0.3]
    judgement = world.run()
    assert judgement.verdict is Verdict.CONDITIONAL
    assert {reason.code for reason in judgement.scenarios[0].reasons} >= {ReasonCode.NOISY_RUNNER}
    assert [folder for _, folder in world.opened[-2:]] == [Path("/base")] * 2
    assert all(one != other for one, other in zip(world.keys[::2], world.keys[1::2], strict=True))  # so their names are
    assert any("the base against itself" in each for each in world.said)
    assert len({stack.process.ports for stack, _ in world.opened[-2:]}) == 2  # or one would take the other's
    assert len({stack.process.target or stack.target for stack, _ in world.opened[-2:]}) == 2
    assert [each.why for each in world.starts] == ["control"]
    assert world.starts[0].difference == pytest.approx(math.log(1.3), abs=0.05)


def test_a_pull_request_stores_no_control(world: BesideWorld) -> None:
    world.changes = [0.3, 0.3, 0.0]
    world.run(event="pull_request")
    assert len(world.plans) == 3
    assert not world.starts


def test_ten_stored_runs_of_base_against_base_replace_the_assumption(world: BesideWorld) -> None:
    world.starts = [starts(number, difference=0.05, error=0.01) for number in range(10)]
    world.run()
    beside = world.measurement.side_by_side
    assert beside is not None
    assert beside.start_luck == learned(world.starts)


class TestTimeLimit:
    """Seconds of load in all: blocks of 1 s with their gaps, 2.5 s a pair, half a second before the first."""

    def load(self, world: BesideWorld) -> float:
        return sum(plan.seconds for plan in world.plans)

    @pytest.mark.parametrize("limit", [60, 75, 100, 150, 400])
    def test_first_starts_confirmation_and_control_together_keep_it(self, world: BesideWorld, limit: int) -> None:
        world.changes = [0.3, 0.3, 0.0]
        world.run(limit=limit)
        assert self.load(world) <= limit
        assert world.plans[0].seconds <= limit / 2 or limit == 400

    def test_without_room_for_a_control_the_fail_stands_and_says_so(self, world: BesideWorld) -> None:
        world.changes = [0.3, 0.3]
        judgement = world.run(limit=63)
        assert len(world.plans) == 2
        assert judgement.verdict is Verdict.FAIL
        found = judgement.scenarios[0].provenance.side_by_side
        assert found.control_pairs is None

    def test_a_limit_too_short_is_refused_before_anything_starts(self, world: BesideWorld) -> None:
        with pytest.raises(SettingsError, match="too short") as caught:
            world.run(limit=30)
        assert "a time limit of at least 51 s" in caught.value.remedy
        assert "open" not in world.did


def test_what_fresh_starts_do_not_show_again_is_conditional(world: BesideWorld) -> None:
    world.changes = [0.3, 0.0]
    judgement = world.run()
    assert judgement.verdict is Verdict.CONDITIONAL
    assert ReasonCode.UNCONFIRMED in {reason.code for reason in judgement.scenarios[0].reasons}


@pytest.mark.parametrize("start", [0, 1])
def test_a_stack_that_breaks_in_either_start_is_told(world: BesideWorld, start: int) -> None:
    world.changes, world.breaks = [0.3, 0.3], start
    judgement = world.run()
    assert judgement.verdict is Verdict.FAIL
    assert ReasonCode.STACK_BROKE in {reason.code for reason in judgement.scenarios[0].reasons}
    faults: set[StackFault] = set(world.measurement.stack.faults)
    assert faults == {FAULT}


def test_a_load_too_short_for_pairs_is_refused_before_anything_starts(world: BesideWorld) -> None:
    with pytest.raises(SettingsError, match="too short to compare base and head side by side"):
        world.run(seconds="15s")
    assert "open" not in world.did


@pytest.mark.parametrize(
    ("whose", "said"), [("/base", "the base stack did not come up: api ended with 1"), ("", "api ended with 1")]
)
def test_it_is_told_whose_stack_did_not_come_up(world: BesideWorld, whose: str, said: str) -> None:
    world.run()
    world.not_up = next(folder for _, folder in world.opened if (folder == Path("/base")) == bool(whose))
    with pytest.raises(StackError) as caught:
        world.run()
    assert (caught.value.message, caught.value.evidence) == (said, "broken")


def test_both_measures_alone_and_beside(world: BesideWorld) -> None:
    judgement = world.run("both")
    assert len(judgement.scenarios) == 2
    assert {each.provenance.side_by_side is None for each in judgement.scenarios} == {True, False}
    assert len(world.kept) == 1


def test_auto_goes_back_to_stored_runs_where_there_is_no_base(world: BesideWorld) -> None:
    @contextmanager
    def none() -> Iterator[Base]:
        raise NoBaseError("there is no base", remedy="fetch it")
        yield

    world.base = none
    judgement = world.run("auto")
    assert judgement.scenarios[0].provenance.side_by_side is None
    assert any("there is no base" in each for each in world.said)
    with pytest.raises(NoBaseError):
        world.run("paired")


class TestSwapping:
    """Turns of 5 s without a warm-up, on stacks that are never up together."""

    @pytest.fixture
    def small(self, world: BesideWorld) -> BesideWorld:
        """Of the machine's memory one stack uses more than half."""
        world.usage, world.memory = Usage(cpu=1.0, memory=600 * 2**20), 500 * 2**20
        world.answers = lambda name: self.answer(name, slower=0.0)
        return world

    def answer(self, name: str, slower: float) -> Recording:
        """Of the turn that leaves its recording in a folder of this name."""
        number, side = name.split("-")
        factor = 1 + slower if side == "head" else 1.0
        return recording({"GET /": times(0.05 * factor, 1200, seed=10 * int(number) + (side == "head"))})

    def swapped(self, world: BesideWorld) -> FreshStart:
        beside = world.measurement.side_by_side
        assert beside is not None
        assert beside.starts[0].swapped
        return beside.starts[0]

    def test_stacks_that_do_not_fit_together_are_never_up_together(self, small: BesideWorld) -> None:
        judgement = small.run(seconds="200s")
        up = [each for each in small.did if each in {"open", "close"}]
        assert up == ["open", "close"] * (len(up) // 2)
        assert any("600 MiB" in each and "500 MiB" in each for each in small.said)
        start = self.swapped(small)
        assert up.count("open") == 2 * len(start.pairs) + 1  # the first was opened to see what it uses
        assert judgement.verdict is Verdict.PASS
        assert {note.code for note in judgement.scenarios[0].notes} >= {NoteCode.STACKS_SWAPPED}
        firsts = [folder == Path("/base") for _, folder in small.opened[1::2]]
        assert set(firsts) == {True, False}  # by a coin
        assert firsts != [folder == Path("/base") for _, folder in small.opened[2::2]]

    def test_a_slower_head_fails_on_as_many_fresh_starts_as_there_are_pairs(self, small: BesideWorld) -> None:
        small.answers = lambda name: self.answer(name, slower=0.3)
        judgement = small.run(seconds="200s")
        assert judgement.verdict is Verdict.FAIL
        assert len(self.swapped(small).pairs) >= 8
        found = next(each for each in judgement.scenarios[0].rows[0].changes if each.metric == "p50")
        assert found.change == pytest.approx(0.3, abs=0.05)

    def test_few_swaps_decide_nothing_and_say_how_many_it_takes(self, small: BesideWorld) -> None:
        judgement = small.run(seconds="40s")
        assert len(self.swapped(small).pairs) == 4
        assert judgement.verdict is Verdict.CONDITIONAL
        note = next(each for each in judgement.scenarios[0].notes if each.code is NoteCode.STACKS_SWAPPED)
        assert note.facts == {"swaps": 4, "needed": 8}

    def test_starting_takes_no_longer_than_the_load(self, small: BesideWorld) -> None:
        small.seconds_to_ready = 20.0
        small.run(seconds="200s")
        assert len(self.swapped(small).pairs) == 5  # ten starts of 20 s

    def test_what_any_turn_lacked_the_whole_load_lacks(self, small: BesideWorld) -> None:
        drive = small.drive

        def starved(order: LoadOrder, **more: Any) -> Driven:
            unsent = {"2-head": 400, "3-head": 30, "4-base": 7}.get(order.out.name, 0)
            return replace(drive(order, **more), arrivals_unsent=unsent)

        judgement = small.run(seconds="200s", drive=starved)
        assert small.measurement.load.arrivals_unsent == 430
        beside = small.measurement.side_by_side
        assert beside is not None
        assert [(each.side, each.load.arrivals_unsent) for each in beside.loads] == [(Side.BASE, 7)]
        assert ReasonCode.LOAD_NOT_REACHED in {reason.code for reason in judgement.scenarios[0].reasons}

    def test_a_stack_that_breaks_ends_it(self, small: BesideWorld) -> None:
        small.faults = (FAULT,)
        assert small.run(seconds="200s").verdict is Verdict.FAIL
        assert len(self.swapped(small).pairs) == 1

    @pytest.mark.parametrize(("stacks", "swaps"), [("together", False), ("swapped", True)])
    def test_the_file_decides_over_the_memory(self, small: BesideWorld, stacks: str, swaps: bool) -> None:
        if swaps:
            small.memory = 2**40
        small.run(stacks=stacks)
        beside = small.measurement.side_by_side
        assert beside is not None
        assert beside.starts[0].swapped is swaps

    def test_what_is_not_known_is_taken_to_fit(self, small: BesideWorld) -> None:
        small.memory = None
        small.run()
        assert len(small.plans) == 1

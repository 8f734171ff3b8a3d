"""Everything of a run removed by its label, from an engine that is slow, refuses, or is asked by others too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from docker.errors import APIError, NotFound

from perfgate.errors import Cancelled
from perfgate.stack import removal
from perfgate.stack.engine import KEY_LABEL, OWNER_LABEL, Engine
from perfgate.stack.owner import Owner, this_process
from perfgate.stack.removal import remove, remove_failed_steps, sweep, unfinished_steps

DEAD = Owner(this_process().machine, "an earlier boot", "", 1, "1").label()


def refusal(status: int) -> APIError:
    return APIError("refused", response=cast("Any", type("Response", (), {"status_code": status, "reason": "no"})()))


class FakeApi:
    """What there is, by kind: name -> labels. `on_look` is told each look for containers, counted from 1."""

    def __init__(self, **there: dict[str, dict[str, str]]) -> None:
        self.there: dict[str, dict[str, dict[str, str]]] = {
            kind: dict(there.get(kind, {})) for kind in ("containers", "networks", "volumes", "images")
        }
        self.attached: dict[str, set[str]] = {}
        self.refuses: dict[str, Exception] = {}
        self.looks = 0
        self.on_look: Callable[[int], None] = lambda _: None
        self.removed: list[str] = []

    def _found(self, kind: str, filters: dict[str, Any]) -> list[dict[str, Any]]:
        wanted = filters["label"] if isinstance(filters["label"], list) else [filters["label"]]

        def has(labels: dict[str, str]) -> bool:
            return all(each in labels or tuple(each.split("=", 1)) in labels.items() for each in wanted)

        return [
            {"Id": name, "Name": name, "Names": [f"/{name}"], "Labels": labels}
            for name, labels in self.there[kind].items()
            if has(labels)
        ]

    def _remove(self, kind: str, name: str) -> None:
        if name in self.refuses:
            raise self.refuses[name]
        if self.there[kind].pop(name, None) is None:
            raise NotFound("gone")
        self.removed.append(name)

    def containers(self, *, all: bool, filters: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: A002
        self.looks += 1
        self.on_look(self.looks)
        return self._found("containers", filters)

    def networks(self, *, filters: dict[str, Any]) -> list[dict[str, Any]]:
        return self._found("networks", filters)

    def volumes(self, *, filters: dict[str, Any]) -> dict[str, Any]:
        return {"Volumes": self._found("volumes", filters) or None}

    def images(self, *, filters: dict[str, Any]) -> list[dict[str, Any]]:
        return self._found("images", filters)

    def remove_container(self, name: str, *, v: bool, force: bool = False) -> None:
        self._remove("containers", name)

    def inspect_network(self, name: str) -> dict[str, Any]:
        return {"Containers": dict.fromkeys(self.attached.get(name, ())) or None}

    def disconnect_container_from_network(self, container: str, network: str, *, force: bool) -> None:
        self.attached[network].discard(container)

    def remove_network(self, name: str) -> None:
        if self.attached.get(name):
            raise refusal(409)
        self._remove("networks", name)

    def remove_volume(self, name: str, *, force: bool) -> None:
        self._remove("volumes", name)

    def remove_image(self, name: str, *, force: bool, noprune: bool) -> None:
        assert noprune, "the parents are the builder's cache"
        self._remove("images", name)


OURS = {KEY_LABEL: "k", OWNER_LABEL: DEAD}
OTHERS = {KEY_LABEL: "other", OWNER_LABEL: this_process().label()}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "_BETWEEN_LOOKS", 0.0)


def full() -> FakeApi:
    api = FakeApi(
        containers={"c1": OURS, "c2": OURS, "theirs": OTHERS},
        networks={"n": OURS, "bridge": {}},
        volumes={"v": OURS, "precious": {}},
        images={"i": OURS, "base": {}},
    )
    api.attached["n"] = {"somebody"}
    return api


def left_of(api: FakeApi) -> set[str]:
    return {name for each in api.there.values() for name in each}


def test_everything_with_the_label_goes_and_nothing_else() -> None:
    api = full()
    assert remove(Engine(api), "k") == ()
    assert left_of(api) == {"theirs", "bridge", "precious", "base"}


def test_it_looks_again_until_nothing_comes_any_more() -> None:
    """A killed compose may have asked for what the engine makes only now."""
    api = FakeApi()

    def come_late(look: int) -> None:
        if look == 2:
            api.there["containers"]["late"] = OURS

    api.on_look = come_late
    assert remove(Engine(api), "k") == ()
    assert api.removed == ["late"]
    assert api.looks == 4


def test_what_somebody_else_removed_first_is_no_trouble() -> None:
    api = full()
    api.refuses["c1"] = NotFound("gone")
    api.on_look = lambda look: api.there["containers"].pop("c1", None) if look > 1 else None
    assert remove(Engine(api), "k") == ()


def test_what_stays_is_told_after_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "REMOVAL_LIMIT", 0.2)
    api = full()
    api.refuses["v"] = refusal(409)
    assert remove(Engine(api), "k") == ("volume v",)
    assert left_of(api) >= {"v"}


def test_interrupted_it_begins_again_and_passes_the_interruption_on() -> None:
    api = full()

    def interrupt(look: int) -> None:
        if look == 1:
            raise Cancelled(15)

    api.on_look = interrupt
    with pytest.raises(Cancelled):
        remove(Engine(api), "k")
    assert left_of(api) == {"theirs", "bridge", "precious", "base"}


def test_sweep_removes_what_dead_runs_left_and_leaves_living_ones() -> None:
    api = full()
    api.there["images"]["odd"] = {KEY_LABEL: "odd", OWNER_LABEL: "not ours"}
    api.there["volumes"]["older"] = {KEY_LABEL: "older", OWNER_LABEL: DEAD}
    assert sweep(Engine(api), this_process()) == ("k", "older")
    assert left_of(api) == {"theirs", "bridge", "precious", "base", "odd"}


LOG = """\
Step 1/3 : FROM debian
 ---> 107e153442a0
Step 2/3 : RUN echo one
 ---> Running in 0123456789ab
one
Removing intermediate container 0123456789ab
 ---> 9be6d3e2c9f1
Step 3/3 : RUN false
 ---> Running in fedcba987654
"""


def test_step_that_was_begun_and_not_finished() -> None:
    assert unfinished_steps(LOG.splitlines(keepends=True)) == ("fedcba987654",)
    assert unfinished_steps([]) == ()
    assert unfinished_steps(["#5 [2/2] RUN false\n", "echo  ---> Running in fedcba987654\n"]) == ()
    newer = [" ---> Running in 0123456789ab\n", " ---> Removed intermediate container 0123456789ab\n"]
    assert unfinished_steps(newer) == ()


@pytest.mark.parametrize(
    ("status", "labels", "removed"),
    [
        ("exited", None, ["fedcba987654"]),
        ("exited", {"maintainer": "x"}, ["fedcba987654"]),
        ("running", None, []),
        ("exited", {"com.docker.compose.project": "users-own"}, []),
        ("exited", {KEY_LABEL: "another-run"}, []),
        (None, None, []),
    ],
)
def test_only_what_a_failed_step_can_have_left_is_removed(
    tmp_path: Any, status: str | None, labels: dict[str, str] | None, removed: list[str]
) -> None:
    """The log is partly foreign: it must not make PerfGate remove somebody's container."""
    api = FakeApi(containers={"fedcba987654": {}})

    def inspect_container(name: str) -> dict[str, Any]:
        if status is None:
            raise NotFound("gone")
        return {"State": {"Status": status}, "Config": {"Labels": labels}}

    api.inspect_container = inspect_container  # type: ignore[attr-defined]
    (tmp_path / "build.log").write_text(LOG)
    remove_failed_steps(Engine(api), tmp_path / "build.log")
    assert api.removed == removed

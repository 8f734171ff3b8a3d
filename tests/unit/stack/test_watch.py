"""The watch against an engine that says what the test wants, breaks off, or is gone."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from docker.errors import DockerException

from perfgate.stack import watch as module
from perfgate.stack.engine import Engine
from perfgate.stack.faults import Faults
from perfgate.stack.watch import Watch
from tests.unit.stack.inspecting import inspected


class Stream:
    """Events until it is closed; an exception among them is raised."""

    def __init__(self) -> None:
        self._events: queue.Queue[Any] = queue.Queue()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while (event := self._events.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event

    def say(self, event: Any) -> None:
        self._events.put(event)

    def close(self) -> None:
        self._events.put(None)


class FakeEngine(Engine):
    def __init__(self) -> None:
        super().__init__(None)
        self.there = {
            each["Id"]: each for each in (inspected(id="c1", service="web"), inspected(id="c2", service="db"))
        }
        self.gone: Exception | None = None
        self.streams: list[Stream] = []
        self.since: list[str] = []

    def clock(self) -> str:
        return "1000.000000"

    def containers(self, key: str) -> list[dict[str, Any]]:
        assert key == "k"
        return list(self.there.values())

    def inspect(self, container: str) -> dict[str, Any] | None:
        if self.gone:
            raise self.gone
        return self.there.get(container)

    def log_tail(self, container: str) -> str:
        return f"log of {container}"

    def events(self, key: str, since: str) -> Stream:
        if self.gone:
            raise self.gone
        self.since.append(since)
        self.streams.append(Stream())
        return self.streams[-1]

    def happens(self, container: str, action: str, at: float = 1001.0) -> None:
        until(lambda: self.streams)
        self.streams[-1].say({"Actor": {"ID": container}, "Action": action, "timeNano": int(at * 1e9)})


def until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 20
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.005)
    return found


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(module, "_RETRY_AFTER", 0.01)
    return FakeEngine()


def kinds(faults: Faults) -> list[tuple[str, str]]:
    return [(each.service, each.kind) for each in faults.all()]


def test_events_tell_of_what_no_look_can_see(engine: FakeEngine) -> None:
    faults = Faults()
    with Watch(engine, "k", faults):
        engine.happens("c2", "oom")
        (fault,) = until(faults.all)
        engine.happens("c2", "oom")
        engine.happens("stranger", "oom")
        engine.happens("c1", "health_status: unhealthy")
        until(lambda: len(faults.all()) == 2)
    assert (fault.service, fault.kind, fault.log_tail) == ("db", "oom-killed", "log of c2")
    assert kinds(faults) == [("db", "oom-killed"), ("web", "unhealthy")]


def test_looks_see_what_no_event_tells(engine: FakeEngine) -> None:
    faults = Faults()
    with Watch(engine, "k", faults):
        engine.there["c1"] = inspected(id="c1", status="paused")
        until(faults.all)
        del engine.there["c2"]
        until(lambda: len(faults.all()) == 2)
    assert kinds(faults) == [("web", "exited"), ("db", "gone")]


def test_event_makes_it_look_at_once(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 3600.0)
    faults = Faults()
    with Watch(engine, "k", faults):
        until(lambda: engine.streams)
        engine.there["c1"] = inspected(id="c1", status="exited", exit_code=3)
        engine.happens("c1", "die")
        assert until(faults.all)[0].detail == "exited with exit code 3"


@pytest.mark.parametrize("broken", [DockerException("connection reset"), None])
def test_broken_stream_is_taken_up_where_it_ended(engine: FakeEngine, broken: Exception | None) -> None:
    faults = Faults()
    with Watch(engine, "k", faults):
        engine.happens("c1", "exec_create", at=1234.5)
        engine.streams[-1].say(broken)
        until(lambda: len(engine.streams) == 2)
        engine.happens("c1", "oom")
        until(faults.all)
    assert engine.since == ["1000.000000", "1234.500000"]


def test_engine_that_is_gone_is_a_fault_and_told_once(engine: FakeEngine) -> None:
    faults = Faults()
    with Watch(engine, "k", faults):
        until(lambda: engine.streams)
        engine.gone = DockerException("connection refused")
        engine.streams[-1].say(engine.gone)
        (fault,) = until(faults.all)
        engine.gone = None
        time.sleep(0.1)  # further looks, which see again
    assert (fault.service, fault.kind) == ("(Docker engine)", "gone")
    assert fault.detail == "it stopped answering: connection refused"
    assert len(faults.all()) == 1


@pytest.mark.parametrize(("failed", "told"), [(2, []), (3, [("(Docker engine)", "gone")])])
def test_engine_that_stumbles_is_none_before_the_third_time(
    engine: FakeEngine, failed: int, told: list[tuple[str, str]]
) -> None:
    faults = Faults()
    looks = []
    inspect = engine.inspect

    def stumble(container: str) -> dict[str, Any] | None:
        looks.append(container)
        if len(looks) <= failed:
            raise DockerException("busy")
        return inspect(container)

    engine.inspect = stumble  # type: ignore[method-assign]
    with Watch(engine, "k", faults):
        until(lambda: len(looks) > 10)
    assert kinds(faults) == told


def test_it_ends_with_its_threads(engine: FakeEngine) -> None:
    before = threading.active_count()
    with Watch(engine, "k", Faults()):
        until(lambda: engine.streams)
        assert threading.active_count() == before + 2
    assert threading.active_count() == before


def test_it_ends_before_it_heard_anything(engine: FakeEngine) -> None:
    before = threading.active_count()
    for _ in range(20):
        with Watch(engine, "k", Faults()):
            pass
    assert threading.active_count() == before

"""The master of a shared load, with workers that only play their messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from perfgate.load.inside import gathering as module
from perfgate.load.inside.gathering import Gathering
from perfgate.load.inside.messages import HELLO, JOINED, PIECE, PLAN
from perfgate.load.opening import read_recording
from perfgate.records.frames import SCHEMA_VERSION, FrameKind, encode_json_frame

HEAD = encode_json_frame(FrameKind.HEAD, {"schema_version": SCHEMA_VERSION, "worker_of": 2, "share": 0})
END = encode_json_frame(FrameKind.END, {"requests": 0})
TOTALS = {"locust_requests": 7, "untimed": 0, "clock_offset": 0.0, "clock_error": 0.0}


@dataclass
class Master:
    """As much of Locust's master as is asked for."""

    clients: dict[str, Any] = field(default_factory=dict)
    sent: list[tuple[str, Any, str]] = field(default_factory=list)
    heard: dict[str, Any] = field(default_factory=dict)
    quits: int = 0
    environment: Any = field(
        default_factory=lambda: SimpleNamespace(
            events=SimpleNamespace(worker_report=SimpleNamespace(add_listener=lambda _: None))
        )
    )

    def register_message(self, kind: str, listener: Any) -> None:
        self.heard[kind] = listener

    def send_message(self, kind: str, data: Any, client_id: str) -> None:
        self.sent.append((kind, data, client_id))

    def quit(self) -> None:
        self.quits += 1

    def says(self, node: str, kind: str, **data: Any) -> Any:
        """What the master answered, if it did."""
        before = len(self.sent)
        self.heard[kind](msg=SimpleNamespace(node_id=node, data=data))
        return self.sent[before][1] if len(self.sent) > before else None


@dataclass
class Told:
    notes: list[str] = field(default_factory=list)
    errors: list[OSError] = field(default_factory=list)


def gathered(folder: Path, expected: int = 2) -> tuple[Gathering, Master, Told]:
    master, told = Master(), Told()
    gathering = Gathering(
        runner=master,  # type: ignore[arg-type]
        expected=expected,
        folder=folder,
        fail=told.errors.append,
        note=told.notes.append,
        lent={"plan": 1},
    )
    gathering.listen()
    return gathering, master, told


def join(master: Master, node: str, *, error: float = 0.0) -> None:
    master.clients[node] = SimpleNamespace(state="running")
    assert master.says(node, HELLO, sent=1.0)["share"] is not None
    master.says(node, JOINED, host=node, process=1, clock_offset=0.0, clock_error=error)


def piece(master: Master, node: str, number: int, data: bytes, **more: Any) -> None:
    master.says(node, PIECE, number=number, data=data, requests=3, failures=1, times=[0.1], **more)


def test_shares_are_given_once_and_to_those_who_are_there(tmp_path: Path) -> None:
    gathering, master, _ = gathered(tmp_path)
    join(master, "a")
    join(master, "b")
    assert master.says("c", HELLO, sent=1.0)["share"] is None
    del master.clients["a"]
    join(master, "c")
    assert {node: each.share for node, each in gathering.workers.items()} == {"b": 1, "c": 0}
    assert gathering.wait_for_all()
    del master.clients["b"]
    assert master.says("d", HELLO, sent=1.0)["share"] is None  # the load has begun


def test_workers_that_never_come_to_it_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "JOINED_WITHIN", 0.05)
    gathering, master, _ = gathered(tmp_path)
    join(master, "a")
    assert not gathering.wait_for_all()


def test_a_clock_that_is_hardly_known_is_told(tmp_path: Path) -> None:
    gathering, master, told = gathered(tmp_path)
    join(master, "near")
    join(master, "far", error=0.3)
    gathering.wait_for_all()
    (note,) = told.notes
    assert note.startswith("The clock of worker far:1 is known to within 0.300 s only")


def test_pieces_become_the_file_of_their_worker(tmp_path: Path) -> None:
    gathering, master, told = gathered(tmp_path, expected=1)
    join(master, "a")
    gathering.wait_for_all()
    piece(master, "a", 0, HEAD)
    assert gathering.take_flushed().requests == 3
    piece(master, "a", 1, END, totals={**TOTALS, "untimed": 2, "clock_offset": 0.25})
    piece(master, "stranger", 0, b"nonsense")
    gathering.close()
    assert read_recording(tmp_path).complete
    assert (gathering.requests, gathering.failures) == (6, 2)
    assert gathering.take_flushed().response_times == (0.1,)
    (described,) = gathering.described()
    assert (described["counted"], described["name"]) == (7, "a:1")
    assert (described["untimed"], described["clock_offset"], described["clock_drift"]) == (2, 0.0, 0.25)
    assert told.notes == ["Worker a:1 left before the load ended; its users are gone from the load."]


def test_a_missing_piece_ends_the_file_there(tmp_path: Path) -> None:
    gathering, master, told = gathered(tmp_path, expected=1)
    join(master, "a")
    piece(master, "a", 0, HEAD)
    piece(master, "a", 2, b"what came before is lost")
    piece(master, "a", 1, END)
    gathering.close()
    recording = read_recording(tmp_path)
    assert not recording.complete
    assert gathering.workers["a"].lost_at is not None
    assert told.notes == ["Piece 1 of the recording of worker a:1 is missing; it ends there."]


def test_a_worker_that_locust_misses_is_lost_since_it_was_last_heard(tmp_path: Path) -> None:
    gathering, master, told = gathered(tmp_path, expected=1)
    join(master, "a")
    piece(master, "a", 0, HEAD)
    heard_at = gathering.workers["a"].heard_at
    gathering.look()
    assert told.notes == []
    master.clients["a"].state = "missing"
    gathering.look()
    gathering.look()
    assert told.notes == ["Worker a:1 was lost; its users are gone from the load."]
    assert gathering.workers["a"].lost_at == heard_at
    assert not gathering.anybody_is_there()


def test_a_disk_that_is_full_is_told(tmp_path: Path) -> None:
    _, master, told = gathered(tmp_path / "gone", expected=1)
    join(master, "a")
    piece(master, "a", 0, HEAD)
    assert [type(each) for each in told.errors] == [FileNotFoundError]


def test_a_second_end_waits_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gathering, master, _ = gathered(tmp_path, expected=1)
    join(master, "a")
    seen: list[int] = []

    def answer(kind: str, _data: Any, client_id: str) -> None:
        gevent_quit = module.gevent.spawn(master.quit)
        module.gevent.sleep(0.05)
        seen.append(master.quits)
        piece(master, "a", 0, HEAD + END, totals=TOTALS)
        waiting.append(gevent_quit)

    waiting: list[Any] = []
    monkeypatch.setattr(master, "send_message", answer)
    gathering.end(stop_timeout=1)
    waiting[0].join()
    assert (seen, master.quits) == ([0], 1)
    assert gathering.described()[0]["lost_at"] is None


def test_who_asks_is_lent_the_plan(tmp_path: Path) -> None:
    _, master, _ = gathered(tmp_path)
    assert master.says("anybody", PLAN) == {"plan": 1}

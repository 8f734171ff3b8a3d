from __future__ import annotations

import threading

from perfgate.stack.faults import Faults


def test_each_kind_is_kept_once_for_each_source() -> None:
    faults = Faults()
    assert faults.all() == ()
    faults.add("c1", "web", "exited", "first", "log")
    faults.add("c1", "web", "exited", "second", "other log")
    faults.add("c1", "web", "unhealthy", "ill", "")
    faults.add("c2", "web", "exited", "its twin", "")
    assert [(each.kind, each.detail) for each in faults.all()] == [
        ("exited", "first"),
        ("unhealthy", "ill"),
        ("exited", "its twin"),
    ]
    assert faults.has("c1", "exited")
    assert not faults.has("c2", "unhealthy")


def test_times_count_from_the_start_of_the_load() -> None:
    faults = Faults()
    faults.add("c1", "web", "exited", "", "")
    faults.load_started()
    faults.add("c2", "web", "exited", "", "")
    before, after = faults.all()
    assert before.at == 0
    assert 0 <= after.at < 60


def test_foreign_text_is_bounded() -> None:
    faults = Faults()
    faults.add("c", "s" * 1000, "exited", "d" * 1000, "begin" + "l" * 50_000)
    (found,) = faults.all()
    assert (len(found.service), len(found.detail), len(found.log_tail)) == (256, 500, 20_000)
    assert "begin" not in found.log_tail  # the end is what tells


def test_threads_may_add_at_once() -> None:
    faults = Faults()
    threads = [
        threading.Thread(target=lambda: [faults.add(str(n), "web", "exited", "", "") for n in range(200)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(faults.all()) == 200

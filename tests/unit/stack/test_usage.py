"""What a stack has used, from the engine's answers and from /proc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from perfgate.stack.usage import Usage, available_memory, of_containers, of_sessions

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def answer(seconds: float, usage: int, **details: int) -> dict[str, Any]:
    return {
        "cpu_stats": {"cpu_usage": {"total_usage": int(seconds * 1e9)}},
        "memory_stats": {"usage": usage, "stats": details},
    }


def test_containers_are_added_up_without_page_cache_that_can_be_dropped() -> None:
    assert of_containers([answer(1.5, 1000, inactive_file=300), answer(0.5, 10)]) == Usage(2.0, 710)
    assert of_containers([answer(1, 1000, total_inactive_file=400)]) == Usage(1.0, 600)  # cgroups version 1
    assert of_containers([answer(1, 100, inactive_file=101), answer(1, 7)]) == Usage(2.0, 7)  # read at two moments


@pytest.mark.parametrize("ended", [{}, {"cpu_stats": {"cpu_usage": {"total_usage": 0}}, "memory_stats": {}}])
def test_a_container_that_has_ended_has_no_figures(ended: dict[str, Any]) -> None:
    assert of_containers([answer(1, 1), ended]) is None


def process(proc: Path, pid: int, session: int, *, own: int, children: int, pages: int, name: str = "api") -> None:
    fields = ["0"] * 50
    fields[0], fields[3] = "S", str(session)
    fields[11], fields[12], fields[13], fields[14] = str(own), "0", str(children), "0"
    fields[21] = str(pages)
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) {' '.join(fields)}\n")


def test_processes_of_the_sessions_are_added_up_with_children_that_have_ended(tmp_path: Path) -> None:
    process(tmp_path, 10, 10, own=100, children=50, pages=7)
    process(tmp_path, 11, 10, own=30, children=0, pages=2, name="a (strange) name")
    process(tmp_path, 12, 12, own=999, children=999, pages=999)
    (tmp_path / "meminfo").write_text("MemTotal: 16 kB\nMemAvailable: 5 kB\n")
    assert of_sessions([10], tmp_path) == Usage(180 / TICK, 9 * PAGE)
    assert of_sessions([], tmp_path) == Usage(0, 0)
    assert available_memory(tmp_path) == 5 * 1024


def test_without_proc_nothing_is_known(tmp_path: Path) -> None:
    assert of_sessions([1], tmp_path / "none") is None
    assert available_memory(tmp_path / "none") is None

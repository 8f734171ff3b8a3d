from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from perfgate.machine import Machine, fingerprint, read_machine

CPUINFO = """\
processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Some(R) Processor: v2 @ 2.0GHz
flags\t\t: fpu vme

processor\t: 1
model name\t: Another
"""


def proc(folder: Path, *, cpuinfo: str | bytes | None = CPUINFO, meminfo: str | None = "MemTotal:  2048 kB\n") -> Path:
    if cpuinfo is not None:
        (folder / "cpuinfo").write_bytes(cpuinfo if isinstance(cpuinfo, bytes) else cpuinfo.encode())
    if meminfo is not None:
        (folder / "meminfo").write_text(meminfo)
    return folder


def test_processor_and_memory_are_read(tmp_path: Path) -> None:
    machine = read_machine(proc(tmp_path))
    assert machine.cpu_model == "Some(R) Processor: v2 @ 2.0GHz"
    assert machine.memory == 2048 * 1024
    assert machine.system == f"{platform.system()} {platform.machine()}"
    assert machine.python == platform.python_version()


def test_cores_are_those_that_may_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {1, 5, 7}, raising=False)
    assert read_machine(proc(tmp_path)).cores == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert read_machine(proc(tmp_path)).cores == 1


@pytest.mark.parametrize("cpuinfo", [None, "", "model name\t:\n", "model name", b"\xff\xfe\n"])
def test_a_processor_that_is_not_told_is_never_empty(
    tmp_path: Path, cpuinfo: str | bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "processor", lambda: "")
    assert read_machine(proc(tmp_path, cpuinfo=cpuinfo)).cpu_model == "unknown"
    monkeypatch.setattr(platform, "processor", lambda: "arm")
    assert read_machine(proc(tmp_path, cpuinfo=cpuinfo)).cpu_model == "arm"


@pytest.mark.parametrize(
    "meminfo", [None, "", "MemTotal:\n", "MemTotal: lots kB\n", "MemTotal: -1 kB\n", "MemTotal: ² kB"]
)
def test_memory_that_is_not_told_is_zero(tmp_path: Path, meminfo: str | None) -> None:
    assert read_machine(proc(tmp_path, meminfo=meminfo)).memory == 0


def test_the_fingerprint_is_the_machine_and_what_ran_on_it() -> None:
    machine = Machine("cpu", 2, 2**30, "Linux x86_64", "6.1", "3.11.2")
    made = fingerprint(machine, locust="2.40", perfgate="0.1", scenario_digest="load", stack_digest="stack")
    assert made.model_dump() == {
        "cpu_model": "cpu",
        "cores": 2,
        "memory": 2**30,
        "system": "Linux x86_64",
        "kernel": "6.1",
        "python": "3.11.2",
        "perfgate": "0.1",
        "locust": "2.40",
        "scenario_digest": "load",
        "stack_digest": "stack",
    }

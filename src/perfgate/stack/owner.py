"""Who made a container: enough to tell a leftover of a run that is gone from another run that goes on."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Owner:
    """A process of a machine; fields are empty where the machine does not say (no /proc)."""

    machine: str  # host name; in a container, the container's
    boot: str  # id of the boot
    processes: str  # id of the process namespace
    pid: int
    started: str  # in the kernel's ticks: a pid is used again, this pair is not

    def label(self) -> str:
        return "/".join((self.machine, self.boot, self.processes, str(self.pid), self.started))

    @classmethod
    def from_label(cls, text: str) -> Self | None:
        """None: not one of ours."""
        parts = text.split("/")
        if len(parts) != 5 or not parts[3].isdigit():
            return None
        return cls(parts[0], parts[1], parts[2], int(parts[3]), parts[4])

    def surely_gone(self, me: Owner, started: Callable[[int], str | None]) -> bool:
        """Only what is known to be gone; an owner on another machine or in another container is left alone.

        `started`: of a process here, its start as in `started`; None: there is no such process.
        """
        if self.machine != me.machine:
            return False
        if self.boot != me.boot:
            return bool(self.boot and me.boot)
        return self.processes == me.processes and started(self.pid) != self.started


def this_process() -> Owner:
    return Owner(
        machine=platform.node().replace("/", "-"),
        boot=_text(Path("/proc/sys/kernel/random/boot_id")),
        processes=_namespace(),
        pid=os.getpid(),
        started=process_start(os.getpid()) or "",
    )


def process_start(pid: int) -> str | None:
    """None: there is no such process; empty: there is, and when it started is not told."""
    stat = _text(Path(f"/proc/{pid}/stat"))
    if stat:
        return stat.rpartition(")")[2].split()[19]  # field 22 of proc(5), counted after the name
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return ""
    return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return ""

"""What a stack uses: processor time and memory of its containers, or of its processes and their offspring."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_NANO: Final = 1e-9
# Fields of /proc/PID/stat after the name, as proc(5) counts from 3: session, times of the process and of the children
# it has waited for, resident pages.
_SESSION, _TIMES, _RESIDENT = 3, slice(11, 15), 21


@dataclass(frozen=True)
class Usage:
    """`cpu`: seconds since it was started, all cores together; `memory`: bytes in use now."""

    cpu: float
    memory: int


def of_containers(statistics: Iterable[Mapping[str, Any]]) -> Usage | None:
    """From the engine's answers; None where one of them has no figures, as of a container that has ended."""
    cpu, memory = 0.0, 0
    for each in statistics:
        used = each.get("cpu_stats", {}).get("cpu_usage", {}).get("total_usage")
        held = each.get("memory_stats", {})
        if not used or "usage" not in held:
            return None
        details = held.get("stats", {})
        # As `docker stats` has it: page cache that can be dropped is not in use. (The second name: cgroups version 1.)
        cache = details.get("inactive_file", details.get("total_inactive_file", 0))
        cpu += used * _NANO
        memory += max(0, held["usage"] - cache)
    return Usage(cpu, memory)


def of_sessions(sessions: Iterable[int], proc: Path = Path("/proc")) -> Usage | None:
    """Of all processes in these sessions; None where the system has no /proc.

    A process that starts a session of its own is not seen. Times are whole ticks of the kernel, mostly 10 ms.
    """
    wanted = frozenset(sessions)
    try:
        numbers = [each.name for each in proc.iterdir() if each.name.isdigit()]
    except OSError:
        return None
    ticks = pages = 0
    for number in numbers:
        try:
            fields = (proc / number / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[_SESSION]) in wanted:
            ticks += sum(map(int, fields[_TIMES]))
            pages += int(fields[_RESIDENT])
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE"))


def available_memory(proc: Path = Path("/proc")) -> int | None:
    """Bytes that can be taken without swapping; None where the system does not say."""
    try:
        lines = (proc / "meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    kibibytes = next(found, None)
    return None if kibibytes is None else int(kibibytes) * 1024

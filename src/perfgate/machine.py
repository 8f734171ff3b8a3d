"""What machine and what code this is: read once, at the door."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from perfgate.records.measurement import Fingerprint, Subject

GIT_SECONDS: Final = 10.0
LONGEST_BRANCH: Final = 255  # characters; GitHub takes fewer, git itself more


@dataclass(frozen=True)
class Machine:
    """`cores` are those this process may use; `memory` in bytes, 0 where the system does not say."""

    cpu_model: str
    cores: int
    memory: int
    system: str
    kernel: str
    python: str


def read_machine(proc: Path = Path("/proc")) -> Machine:
    return Machine(
        cpu_model=_field(proc / "cpuinfo", "model name") or platform.processor() or "unknown",
        cores=_cores(),
        memory=_kibibytes(_field(proc / "meminfo", "MemTotal")),
        system=f"{platform.system()} {platform.machine()}",
        kernel=platform.release(),
        python=platform.python_version(),
    )


def fingerprint(
    machine: Machine, *, locust: str, perfgate: str, scenario_digest: str, stack_digest: str
) -> Fingerprint:
    return Fingerprint(
        cpu_model=machine.cpu_model,
        cores=machine.cores,
        memory=machine.memory,
        system=machine.system,
        kernel=machine.kernel,
        python=machine.python,
        perfgate=perfgate,
        locust=locust,
        scenario_digest=scenario_digest,
        stack_digest=stack_digest,
    )


def read_subject(folder: Path, environ: Mapping[str, str]) -> Subject:
    """Commit, branch and whether files differ from the commit; unknown outside a git work tree or without git."""
    commit = _git(folder, environ, "rev-parse", "HEAD")
    if commit is None:
        return Subject()
    branch = (_git(folder, environ, "symbolic-ref", "--short", "--quiet", "HEAD") or "")[:LONGEST_BRANCH] or None
    status = _git(folder, environ, "status", "--porcelain", "--untracked-files=no")
    return Subject(commit=commit, branch=branch, dirty=None if status is None else bool(status))


def git_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Nothing is asked, nothing is locked, and the work tree may belong to another user, as in a container action."""
    safe = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    kept = {name: environ[name] for name in ("PATH", "HOME") if name in environ}
    return {**kept, **safe, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def _git(folder: Path, environ: Mapping[str, str], *arguments: str) -> str | None:
    """Output of a git command, None if it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=git_environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _field(file: Path, name: str) -> str | None:
    """The value of the first line `name : value`."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        key, colon, value = line.partition(":")
        if colon and key.strip() == name:
            return value.strip() or None
    return None


def _kibibytes(text: str | None) -> int:
    number = (text or "").split(" ")[0]
    return int(number) * 1024 if number.isdecimal() else 0

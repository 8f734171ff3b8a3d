"""A fresh checkout of this repository, in which the example listens on free ports."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.documentation import ROOT
from tests.ports import free_ports

GIT = ("git", "-c", "user.name=T", "-c", "user.email=t@example.invalid", "-c", "init.defaultBranch=main")
PORTS = ("18080", "18081", "18082", "28080")  # of the example, and of the benchmarks that load it
WITH_PORTS = ("examples/tickets/perfgate.yml", "benchmarks/accuracy/campaign.yml", "benchmarks/accuracy/campaign.py")


@dataclass(frozen=True)
class Checkout:
    folder: Path

    def run(self, command: str, *, folder: str = ".", timeout: float = 240, **environ: str) -> tuple[int, str]:
        """By a shell, as a reader would; what it leaves running is ended. Exit code, and what was said."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        with subprocess.Popen(
            ["bash", "-c", command],
            cwd=self.folder / folder,
            env={**os.environ, "PATH": path, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                said, _ = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                said, _ = process.communicate()
                raise AssertionError(f"it did not end; it said:\n{said}") from None
        return process.returncode, said


def checkout(folder: Path) -> Checkout:
    """Of the files that git knows here, as they are now, in one commit."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    free = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    for name in WITH_PORTS:
        text = (folder / name).read_text(encoding="utf-8")
        for port, other in free.items():
            text = text.replace(port, str(other))
        (folder / name).write_text(text, encoding="utf-8")
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all of it"]):
        subprocess.run([*GIT, *arguments], cwd=folder, check=True)
    return Checkout(folder)


@contextmanager
def changed(path: Path, *pairs: tuple[str, str]) -> Iterator[None]:
    """A file in which each first text, which must stand there, is replaced by the second for a while."""
    before = path.read_text(encoding="utf-8")
    text = before
    for old, new in pairs:
        assert old in text, f"{old!r} is not in {path.name}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")

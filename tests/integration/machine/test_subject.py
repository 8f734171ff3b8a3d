"""Which code was measured, as git tells it; and that a git of any kind never stops a run."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from perfgate import machine
from perfgate.machine import read_subject
from perfgate.records.measurement import Subject


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@invalid", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True, env=plain()
    )
    return done.stdout.strip()


def plain() -> dict[str, str]:
    """Without what a hook that runs these tests would have set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "code.py").write_text("1")
    git(tmp_path, "add", "code.py")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


def test_commit_and_branch_of_a_clean_tree(tree: Path) -> None:
    assert read_subject(tree, plain()) == Subject(commit=git(tree, "rev-parse", "HEAD"), branch="main", dirty=False)


def test_a_changed_file_is_dirty_and_a_new_one_is_not(tree: Path) -> None:
    (tree / "perfgate-out").mkdir()
    (tree / "perfgate-out" / "comment.md").write_text("")
    assert read_subject(tree, plain()).dirty is False
    (tree / "code.py").write_text("2")
    assert read_subject(tree, plain()).dirty is True


def test_a_detached_head_is_on_no_branch(tree: Path) -> None:
    git(tree, "checkout", "--quiet", "--detach")
    assert read_subject(tree, plain()).branch is None
    assert read_subject(tree, plain()).commit == git(tree, "rev-parse", "HEAD")


def test_a_branch_with_the_longest_name_is_no_bug(tree: Path) -> None:
    git(tree, "checkout", "--quiet", "-b", "/".join(["x" * 100] * 3))
    assert read_subject(tree, plain()).commit == git(tree, "rev-parse", "HEAD")


def test_a_folder_below_belongs_to_the_tree(tree: Path) -> None:
    (tree / "below").mkdir()
    assert read_subject(tree / "below", plain()).branch == "main"


def test_no_commit_yet_or_no_tree_or_no_git_is_unknown(tmp_path: Path) -> None:
    assert read_subject(tmp_path, {**plain(), "GIT_CEILING_DIRECTORIES": str(tmp_path)}) == Subject()
    git(tmp_path, "init", "--quiet")
    assert read_subject(tmp_path, plain()) == Subject()
    assert read_subject(tmp_path, {"PATH": str(tmp_path)}) == Subject()
    assert read_subject(tmp_path / "gone", plain()) == Subject()


def test_a_git_that_hangs_is_not_waited_for(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (programs / "git").chmod(0o755)
    monkeypatch.setattr(machine, "GIT_SECONDS", 0.2)
    begun = time.monotonic()
    assert read_subject(tree, {"PATH": f"{programs}:{os.environ['PATH']}"}) == Subject()
    assert time.monotonic() - begun < 20


def test_git_is_told_nothing_of_the_surroundings(tree: Path, tmp_path: Path) -> None:
    """No token reaches it, and no variable can point it at another repository."""
    programs, told = tmp_path / "programs", tmp_path / "told"
    programs.mkdir()
    (programs / "git").write_text(f"#!/bin/sh\nenv > {told}\nexit 1\n")
    (programs / "git").chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    read_subject(tree, {"PATH": path, "GITHUB_TOKEN": "secret", "GIT_DIR": "/elsewhere", "HOME": str(tmp_path)})
    assert "secret" not in told.read_text()
    assert "/elsewhere" not in told.read_text()
    assert "GIT_TERMINAL_PROMPT=0" in told.read_text()

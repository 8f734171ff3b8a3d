from __future__ import annotations

import os
from pathlib import Path

import pytest

from perfgate.stack.ownership import Ownership

OWNER = 4711
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = (tmp_path / "workspace").resolve()
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "mine").write_text("")
    return folder


def give(folder: Path, user: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)


@needs_root
def test_what_came_during_the_run_goes_to_the_owner_and_nothing_else(workspace: Path, tmp_path: Path) -> None:
    give(workspace, OWNER)
    (workspace / "was-roots").write_text("")
    outside = tmp_path / "outside"
    outside.write_text("")
    before = Ownership.of(workspace)
    (workspace / "src" / "deep").mkdir()
    (workspace / "src" / "deep" / "made").write_text("")
    (workspace / "link").symlink_to(outside)
    (workspace / "folder-link").symlink_to(tmp_path)
    assert before.give_back() == 4
    assert (workspace / "was-roots").stat().st_uid == 0
    assert (workspace / "src" / "deep" / "made").stat().st_uid == OWNER
    assert (workspace / "link").lstat().st_uid == OWNER
    assert outside.stat().st_uid == 0
    assert before.give_back() == 0


@needs_root
def test_missing_folder_is_made_as_the_owner(workspace: Path) -> None:
    give(workspace, OWNER)
    Ownership.of(workspace).make_folder(workspace / "data" / "postgres")
    assert (workspace / "data").stat().st_uid == OWNER
    assert (workspace / "data" / "postgres").stat().st_uid == OWNER


def test_folder_that_a_link_leads_out_of_the_workspace_is_not_made(workspace: Path, tmp_path: Path) -> None:
    (workspace / "out").symlink_to(tmp_path)
    ownership = Ownership.of(workspace)
    ownership.make_folder(workspace / "out" / "evil")
    ownership.make_folder(workspace / ".." / "evil")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["workspace"]

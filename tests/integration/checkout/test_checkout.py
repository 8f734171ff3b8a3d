"""The base in real clones, deep and shallow: where two branches parted, or one line that says what to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from perfgate.checkout import check_out_base, check_out_reference, checked_out, read_in_commit
from perfgate.errors import NoBaseError

SETTINGS = "stack: {external: {}, target: 'http://a'}\nscenarios: {one: {traffic: {requests: [{get: /}]}}}\n"


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "protocol.file.allow=always"]
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", name)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """`main` has moved on since `change` left it; `merge` is what GitHub would check out of that pull request."""
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "perfgate.yml", SETTINGS)
    git(folder, "tag", "parted")
    git(folder, "checkout", "--quiet", "-b", "change")
    commit(folder, "code", "slower")
    git(folder, "checkout", "--quiet", "main")
    commit(folder, "other", "of somebody else")
    git(folder, "checkout", "--quiet", "-b", "merge")
    git(folder, "merge", "--quiet", "--no-ff", "--message=merge", "change")
    return folder


def cloned(origin: Path, folder: Path, *options: str) -> Path:
    """As actions/checkout does it, with all branches or with one commit."""
    git(origin, "clone", "--quiet", "--branch=merge", *options, f"file://{origin}", str(folder))
    return folder


def test_the_base_is_where_the_two_parted_not_where_the_branch_is_now(origin: Path, tmp_path: Path) -> None:
    clone = cloned(origin, tmp_path / "clone")
    git(clone, "checkout", "--quiet", "change")
    with check_out_base(clone / "perfgate.yml", "origin/main", beside=tmp_path / "out", environ=os.environ) as base:
        assert base.subject.commit == git(origin, "rev-parse", "parted")
        assert base.described.endswith(" (merge base with origin/main)")
        assert not (base.folder / "other").exists()
        assert (base.folder / "perfgate.yml").read_text() == SETTINGS
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_for_it_is_where_the_command_runs_not_the_top_of_the_repository(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = cloned(origin, tmp_path / "clone")
    monkeypatch.chdir(tmp_path)
    with check_out_base(clone / "perfgate.yml", "origin/main", beside=Path("out"), environ=os.environ) as base:
        assert base.folder.is_relative_to(tmp_path / "out")
        assert (base.folder / "perfgate.yml").read_text() == SETTINGS


def test_of_a_merge_commit_the_base_is_the_branch_it_was_merged_into(origin: Path, tmp_path: Path) -> None:
    """GitHub merges with the newest commit of the branch: that is what the change is added to, and nothing else."""
    clone = cloned(origin, tmp_path / "clone")
    with check_out_base(clone / "perfgate.yml", "origin/main", beside=tmp_path / "out", environ=os.environ) as base:
        assert base.subject.commit == git(origin, "rev-parse", "main")
        assert base.described.endswith(" (origin/main)")


@pytest.mark.parametrize("ref", ["origin/main", "parted"])
def test_a_reference_is_the_commit_that_is_named_and_not_where_it_parted(
    origin: Path, tmp_path: Path, ref: str
) -> None:
    """A release need be no ancestor of what is measured beside it."""
    clone = cloned(origin, tmp_path / "clone")
    git(clone, "checkout", "--quiet", "change")
    with check_out_reference(clone / "perfgate.yml", ref, beside=tmp_path / "out", environ=os.environ) as reference:
        assert reference.subject.commit == git(clone, "rev-parse", ref)
        assert (reference.folder / "other").exists() is (ref == "origin/main")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("ref", ["v9", "--output=x"])
def test_a_reference_that_is_not_there_is_refused(origin: Path, tmp_path: Path, ref: str) -> None:
    clone = cloned(origin, tmp_path / "clone", "--depth=1")
    with (
        pytest.raises(NoBaseError, match="there is no commit") as caught,
        check_out_reference(clone / "perfgate.yml", ref, beside=tmp_path / "out", environ=os.environ),
    ):
        pass
    assert "fetch-depth: 0" in caught.value.remedy


@pytest.mark.parametrize("ref", ["origin/main", "parted"])
def test_a_shallow_clone_is_refused_with_the_line_to_add(origin: Path, tmp_path: Path, ref: str) -> None:
    clone = cloned(origin, tmp_path / "clone", "--depth=1")
    wanted = git(origin, "rev-parse", "parted") if ref == "parted" else ref
    with (
        pytest.raises(NoBaseError) as caught,
        check_out_base(clone / "perfgate.yml", wanted, beside=tmp_path / "out", environ=os.environ),
    ):
        pass
    assert "fetch-depth: 0" in caught.value.remedy


def test_a_shallow_clone_that_knows_both_ends_alone_says_that_it_is_shallow(origin: Path, tmp_path: Path) -> None:
    clone = cloned(origin, tmp_path / "clone", "--depth=1", "--no-single-branch")
    git(clone, "checkout", "--quiet", "change")
    with (
        pytest.raises(NoBaseError, match="which is shallow") as caught,
        check_out_base(clone / "perfgate.yml", "origin/main", beside=tmp_path / "out", environ=os.environ),
    ):
        pass
    assert "fetch-depth: 0" in caught.value.remedy


@pytest.mark.parametrize("options", [(), ("--depth=1",)])
def test_a_merge_tells_what_it_merges_even_in_a_shallow_clone(
    origin: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    clone = cloned(origin, tmp_path / "clone", *options)
    merged = [git(origin, "rev-parse", each) for each in ("merge", "main", "change")]
    assert list(checked_out(clone, os.environ)) == merged
    assert checked_out(tmp_path, os.environ) == ()


def test_settings_of_another_commit(origin: Path, tmp_path: Path) -> None:
    clone = cloned(origin, tmp_path / "clone")
    assert read_in_commit(clone / "perfgate.yml", "origin/main", os.environ) == SETTINGS.strip()
    assert read_in_commit(clone / "none.yml", "origin/main", os.environ) is None
    with pytest.raises(NoBaseError, match="no commit"):
        read_in_commit(clone / "perfgate.yml", "origin/gone", os.environ)


def test_what_git_does_not_have_the_base_lacks_and_names(origin: Path, tmp_path: Path) -> None:
    clone = cloned(origin, tmp_path / "clone")
    (clone / ".git" / "info" / "exclude").write_text("data/\n")
    for name in ("data/deep/rows", "__pycache__/a.pyc", "notes", "perfgate-out/old", "mine/out/old"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text("x")
    config = clone / "perfgate.yml"
    with check_out_base(config, "origin/main", beside=clone / "mine" / "out", environ=os.environ) as base:
        assert base.lacks == ("data/", "notes")
        assert not (base.folder / "data").exists()

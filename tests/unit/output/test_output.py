from __future__ import annotations

import os
from pathlib import Path

import pytest

from perfgate.errors import ExitCode, SettingsError
from perfgate.output import OutputFolder


def test_folders_are_made_with_all_above_them(tmp_path: Path) -> None:
    out = OutputFolder(tmp_path / "a" / "b")
    out.prepare()
    out.prepare()  # a second run into the same folder
    assert out.below("peak").write("comment.md", "é ☃\n").read_text(encoding="utf-8") == "é ☃\n"
    assert [each.name for each in (tmp_path / "a" / "b").rglob("*")] == ["peak", "comment.md"]


def test_writing_again_replaces(tmp_path: Path) -> None:
    out = OutputFolder(tmp_path)
    out.write("comment.md", "a long first text")
    out.write("comment.md", "short")
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"comment.md": "short"}


def test_a_folder_that_cannot_be_made_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SettingsError, match=f"the output folder {folder} cannot be made: ") as caught:
            OutputFolder(folder).prepare()
        assert "--out" in caught.value.remedy
        assert caught.value.exit_code is ExitCode.SETTINGS


def test_the_old_file_stays_and_nothing_else_where_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = OutputFolder(tmp_path)
    out.write("comment.md", "old")

    def full(path: Path, text: str, **_: object) -> int:
        with path.open("w") as file:
            file.write(text[:2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(SettingsError, match=r"comment\.md could not be written: No space left on device") as caught:
        out.write("comment.md", "new text")
    assert "make room" in caught.value.remedy
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"comment.md": "old"}


def test_a_folder_that_went_away_meanwhile_is_an_error_that_names_it(tmp_path: Path) -> None:
    out = OutputFolder(tmp_path / "gone")
    with pytest.raises(SettingsError, match=r"gone/comment\.md could not be written: No such file"):
        out.write("comment.md", "text")


def test_a_reader_never_sees_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = OutputFolder(tmp_path)
    out.write("comment.md", "old")
    seen: list[str] = []
    replace = os.replace

    def look(*names: object, **options: object) -> None:
        seen.append((tmp_path / "comment.md").read_text())
        replace(*names, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "replace", look)
    out.write("comment.md", "new")
    assert seen == ["old"]
    assert (tmp_path / "comment.md").read_text() == "new"


def test_half_a_surrogate_pair_in_foreign_text_spoils_no_report(tmp_path: Path) -> None:
    out = OutputFolder(tmp_path)
    out.write("comment.md", "before \udcff after")
    assert {each.name: each.read_text(encoding="utf-8") for each in tmp_path.iterdir()} == {
        "comment.md": "before ? after"
    }

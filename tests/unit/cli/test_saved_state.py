from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from perfgate.cli.saved_state import SavedState, save

STATE = SavedState("abc", None, frozenset({"a b", "é\n=x"}))


def as_the_runner_passes_it_on(file: Path) -> dict[str, str]:
    """A name that is said twice has its last value."""
    lines = (line.partition("=") for line in file.read_text().splitlines())
    return {f"STATE_{name}": value for name, _, value in lines}


@pytest.mark.parametrize(
    "state", [STATE, replace(STATE, check=77), replace(STATE, of_others=frozenset()), replace(STATE, of_others=None)]
)
def test_what_is_saved_is_read_again(tmp_path: Path, state: SavedState) -> None:
    file = tmp_path / "state"
    save({"GITHUB_STATE": str(file)}, replace(STATE, check=5))
    save({"GITHUB_STATE": str(file)}, state)
    assert SavedState.read(as_the_runner_passes_it_on(file)) == state


def test_too_long_a_list_is_not_said_rather_than_half(tmp_path: Path) -> None:
    file = tmp_path / "state"
    save({"GITHUB_STATE": str(file)}, replace(STATE, of_others=frozenset(f"file-{i}" for i in range(2000))))
    assert SavedState.read(as_the_runner_passes_it_on(file)).of_others is None


def test_runner_without_state_is_no_error(tmp_path: Path) -> None:
    save({}, STATE)
    save({"GITHUB_STATE": str(tmp_path / "no" / "such" / "file")}, STATE)
    assert SavedState.read({}) == SavedState("", None, None)


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "7", "null"])
def test_damaged_list_is_none(text: str) -> None:
    assert SavedState.read({"STATE_others": text, "STATE_check": "-1"}) == SavedState("", None, None)

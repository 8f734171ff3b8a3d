from __future__ import annotations

from pathlib import Path

import pytest

from perfgate.cli import place
from perfgate.errors import StackError
from perfgate.stack.mounts import Mounts
from perfgate.stack.own_container import OwnContainer
from perfgate.stack.ownership import Ownership


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Where a folder of the host called /host/commands is mounted."""
    folder = tmp_path / "commands"
    folder.mkdir()
    (folder / "output").write_text("")
    return folder


@pytest.fixture
def own(here: Path) -> OwnContainer:
    mounts = Mounts.of([{"Source": "/host/commands", "Destination": str(here)}])
    ownership = Ownership(here, 1, 1, frozenset())
    return OwnContainer("id", "image", mounts, Path("/host/work"), "job", True, ownership)


def test_files_that_are_named_as_the_host_does_are_found(own: OwnContainer, here: Path) -> None:
    environ = {"GITHUB_OUTPUT": "/host/commands/output", "GITHUB_STATE": "/elsewhere/state", "OTHER": "/host/commands"}
    assert place._with_files(environ, own) == {**environ, "GITHUB_OUTPUT": str(here / "output")}


def test_files_that_are_there_keep_their_names(own: OwnContainer, here: Path) -> None:
    environ = {"GITHUB_OUTPUT": str(here / "output")}
    assert place._with_files(environ, own) == environ


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ({}, None),
        ({"DOCKER_HOST": "tcp://engine:2375"}, "tcp://engine:2375"),
        ({"DOCKER_HOST": "unix:///run/user/1001/docker.sock"}, "unix://{usual}"),
        ({"DOCKER_HOST": "unix://{usual}"}, "unix://{usual}"),
    ],
)
def test_socket_of_the_host_is_looked_for_where_the_runner_mounts_it(
    given: dict[str, str], used: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = tmp_path / "docker.sock"
    usual.write_text("")
    monkeypatch.setattr(place, "SOCKET", usual)
    environ = {name: value.format(usual=usual) for name, value in given.items()}
    assert place._with_engine(environ).get("DOCKER_HOST") == (used.format(usual=usual) if used else None)


def test_runner_in_a_container_is_told_by_its_empty_folders(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    with pytest.raises(StackError, match="the runner itself seems to run in a container"):
        place._refuse_empty(workspace, {"GITHUB_EVENT_PATH": str(event)})
    place._refuse_empty(workspace, {})
    event.write_text("{}")
    place._refuse_empty(workspace, {"GITHUB_EVENT_PATH": str(event)})

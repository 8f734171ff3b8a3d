"""What compose is told and what its words are taken for; compose itself is asked in tests/e2e."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perfgate.errors import StackError
from perfgate.settings import stack as settings
from perfgate.stack.children import without_tokens
from perfgate.stack.compose import ComposeProject, compose_environ, find_files, last_line, services_to_pull
from perfgate.stack.composed import describe_services
from perfgate.stack.isolation import isolate
from tests.unit.stack.inspecting import inspected


def test_files_are_found_relative_to_the_settings(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    for name in ("docker-compose.yml", "deploy/more.yml"):
        (tmp_path / name).touch()
    described = settings.Compose(files=("docker-compose.yml", "deploy/../deploy/more.yml"))
    assert find_files(described, tmp_path) == (tmp_path / "docker-compose.yml", tmp_path / "deploy/more.yml")


def test_linked_file_stays_where_the_link_is(tmp_path: Path) -> None:
    """Compose takes relative paths from there, too."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "real.yml").touch()
    (tmp_path / "link.yml").symlink_to(tmp_path / "elsewhere" / "real.yml")
    (found,) = find_files(settings.Compose(files=("link.yml",)), tmp_path)
    assert found == tmp_path / "link.yml"


@pytest.mark.parametrize("name", ["nowhere.yml", "folder"])
def test_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "first.yml").touch()
    with pytest.raises(StackError) as caught:
        find_files(settings.Compose(files=("first.yml", name)), tmp_path)
    assert f"there is no compose file {tmp_path / name} (`stack.compose.files` names {name})" in caught.value.message
    assert "relative to perfgate.yml" in caught.value.remedy


def test_environment_for_compose(tmp_path: Path) -> None:
    given = {
        "PATH": "/bin",
        "PWD": "/here",
        "DOCKER_HOST": "unix:///s",
        "COMPOSE_FILE": "other.yml",
        "COMPOSE_PROFILES": "x",
        "COMPOSE_PROJECT_NAME": "y",
        "COMPOSE_ENV_FILES": "z",
        "COMPOSE_PARALLEL_LIMIT": "1",
        "GITHUB_TOKEN": "ghs",
        "INPUT_X": "1",
        "TAG": "1",
    }
    assert compose_environ(given, settings.Compose(env={"TAG": "2", "GITHUB_TOKEN": "own"}), tmp_path) == {
        "PATH": "/bin",
        "PWD": str(tmp_path),
        "DOCKER_HOST": "unix:///s",
        "COMPOSE_PARALLEL_LIMIT": "1",
        "TAG": "2",
        "GITHUB_TOKEN": "own",  # said in perfgate.yml, so meant
    }


def test_tokens_and_inputs_are_withheld() -> None:
    withheld = (
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "INPUT_A",
        "STATE_B",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "FSSPEC_S3_SECRET",
    )
    assert without_tokens({**dict.fromkeys(withheld, "secret"), "GITHUB_SHA": "a", "HOME": "/"}) == {
        "GITHUB_SHA": "a",
        "HOME": "/",
    }


def test_images_to_pull() -> None:
    described: dict[str, Any] = {
        "services": {
            "built": {"image": "p-built", "build": {"context": "."}},
            "there": {"image": "there:1"},
            "missing": {"image": "missing:1"},
            "fresh": {"image": "there:1", "pull_policy": "always"},
            "local": {"image": "missing:1", "pull_policy": "never"},
            "builds": {"image": "missing:1", "pull_policy": "build"},
            "odd": {},
        }
    }
    assert services_to_pull(described, lambda name: name == "there:1") == ["missing", "fresh"]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("", "it said nothing"),
        ("-----\n\n", "it said nothing"),
        ("first\nlast one\n------\n", "last one"),
        ('time="x" level=warning msg="old"\n', "it said nothing"),
        ('failed\ntime="x" level=warning msg="old"', "failed"),
        ("y" * 900, "y" * 300),
    ],
)
def test_last_line_that_says_something(said: str, wanted: str) -> None:
    assert last_line(said) == wanted


def test_model_is_saved_for_nobody_else(tmp_path: Path) -> None:
    project = ComposeProject("p", (tmp_path / "c.yml",), (), {}, tmp_path, tmp_path / "logs")
    project.save({"services": {"web": {"environment": {"PASSWORD": "x"}}}})
    assert project.model_file.stat().st_mode & 0o777 == 0o600
    assert '"PASSWORD": "x"' in project.model_file.read_text()
    assert project.folder == tmp_path


def test_services_are_told_with_the_digest_of_what_was_fetched() -> None:
    described = isolate(
        {
            "services": {
                "web": {"build": {"context": "."}},
                "db": {"image": "postgres"},
                "none": {"image": "x", "scale": 0},
            }
        },
        project="p",
        labels={},
    )
    found = describe_services(described, [inspected(service="web"), inspected(service="db")])
    assert [(each.name, each.image_digest) for each in found] == [("db", "sha256:db"), ("none", None), ("web", None)]

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from perfgate.stack.host_paths import with_host_paths
from perfgate.stack.mounts import Mounts

RUNNER = Mounts.of(
    [
        {"Type": "bind", "Source": "/home/runner/work/shop/shop", "Destination": "/github/workspace"},
        {"Type": "bind", "Source": "/home/runner/work/_temp/_github_home", "Destination": "/github/home"},
        {"Type": "volume", "Source": "/var/lib/docker/volumes/v/_data", "Destination": "/github/workspace/cache"},
        {"Type": "tmpfs", "Source": "", "Destination": "/tmp"},
    ]
)


@pytest.mark.parametrize(
    ("here", "on_host"),
    [
        ("/github/workspace", "/home/runner/work/shop/shop"),
        ("/github/workspace/a/b", "/home/runner/work/shop/shop/a/b"),
        ("/github/workspace/cache/x", "/var/lib/docker/volumes/v/_data/x"),
        ("/github/workspace-2/x", None),
        ("/github", None),
        ("/tmp/x", None),
        ("/etc/localtime", None),
    ],
)
def test_to_host(here: str, on_host: str | None) -> None:
    assert RUNNER.to_host(PurePosixPath(here)) == (PurePosixPath(on_host) if on_host else None)


@pytest.mark.parametrize(
    ("on_host", "here"),
    [
        ("/home/runner/work/shop/shop/a", "/github/workspace/a"),
        ("/home/runner/work/_temp/_github_home/.x", "/github/home/.x"),
        ("/home/runner/work/shop/shop-2", None),
        ("/home/runner/work/shop", None),
    ],
)
def test_from_host(on_host: str, here: str | None) -> None:
    assert RUNNER.from_host(PurePosixPath(on_host)) == (Path(here) if here else None)


def test_model_keeps_host_paths_and_changes_those_of_this_container() -> None:
    model = {
        "services": {
            "web": {
                "volumes": [
                    {"type": "bind", "source": "/github/home/.npm", "target": "/a", "bind": {"create_host_path": True}},
                    {"type": "bind", "source": "/home/runner/work/shop/shop/data", "target": "/b"},
                    {"type": "bind", "source": "/etc/localtime", "target": "/c"},
                    {"type": "volume", "source": "state", "target": "/d"},
                    {"type": "tmpfs", "target": "/e"},
                ]
            },
            "plain": {},
        },
        "secrets": {"token": {"file": "/github/workspace/token"}, "from_env": {"environment": "TOKEN"}},
        "configs": {"outside": {"external": True}},
    }
    adapted, made = with_host_paths(model, RUNNER)
    sources = [volume.get("source") for volume in adapted["services"]["web"]["volumes"]]
    assert sources == [
        "/home/runner/work/_temp/_github_home/.npm",
        "/home/runner/work/shop/shop/data",
        "/etc/localtime",
        "state",
        None,
    ]
    assert adapted["secrets"]["token"]["file"] == "/home/runner/work/shop/shop/token"
    assert made == (PurePosixPath("/home/runner/work/_temp/_github_home/.npm"),)
    assert model["services"]["web"]["volumes"][0]["source"] == "/github/home/.npm", "the model given is left alone"  # type: ignore[index]

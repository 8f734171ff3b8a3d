"""Where stored runs are kept: a folder, a URL, or a branch of the repository on GitHub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from perfgate.baselines.opening import open_store
from perfgate.baselines.store import Store
from perfgate.cli.inputs import read_token
from perfgate.errors import SettingsError
from perfgate.github.baselines import DEFAULT_BRANCH, open_branch
from perfgate.github.client import Client
from perfgate.github.event_reading import at_home, read_event

BRANCH: Final = "branch"


def open_baselines(where: str, *, folder: Path, environ: Mapping[str, str]) -> Store:
    """`branch`, or `branch:NAME`; a folder that is called so is `./branch`. Else as `open_store` has it."""
    kind, _, name = where.partition(":")
    if kind != BRANCH:
        return open_store(where, folder=folder)
    token = read_token(environ) or environ.get("GITHUB_TOKEN", "")
    if not token:
        raise SettingsError(
            f"stored runs are kept on a branch of the repository ({where}), and there is no token to read it with",
            remedy="in a workflow give the action's github-token; at home set GITHUB_REPOSITORY and GITHUB_TOKEN, "
            "or name a folder with --baseline-store",
        )
    event = read_event(environ) if environ.get("GITHUB_ACTIONS") == "true" else at_home(environ)
    client = Client(event.api_url, token, graphql_url=event.graphql_url)
    return Store(open_branch(client, event, name or DEFAULT_BRANCH), "")

"""A pull request's event, shorter."""

from __future__ import annotations

from dataclasses import replace

from perfgate.github.event import Event

HEAD = "a" * 40
PULL_REQUEST = Event(
    name="pull_request",
    action="synchronize",
    repository="octo/shop",
    branch="main",
    default_branch="main",
    pull_request=7,
    head_sha=HEAD,
    base_ref="main",
    base_sha="b" * 40,
    from_fork=False,
    labels=(),
    server_url="https://github.com",
    api_url="https://api.github.com",
    graphql_url="https://api.github.com/graphql",
    run_url="https://github.com/octo/shop/actions/runs/100",
    run_id=100,
    run_attempt=1,
    job="gate",
)


def pushed(number: int) -> Event:
    """The event of the pull request's `number`th push: later ones have other commits and larger runs."""
    return replace(
        PULL_REQUEST,
        head_sha=f"{number:040x}",
        run_id=100 + number,
        run_url=f"https://github.com/octo/shop/actions/runs/{100 + number}",
    )

"""What GitHub's answers come to."""

from __future__ import annotations

import pytest

from perfgate.github.answers import Answer, Trouble, understand

NOW = 1_780_000_000.0


def understood(status: int, **headers: str) -> Answer | Trouble:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return understand(status, named, b"{}", what="GET /x", as_json=True, words=str, now=NOW)


@pytest.mark.parametrize(
    ("reset", "wait"),
    [
        (NOW + 60, 61.0),  # a second more, since clocks differ
        (NOW, 1.0),
        (NOW - 300, 1.0),  # our clock is ahead
    ],
)
def test_an_hours_requests_used_up_are_waited_for(reset: float, wait: float) -> None:
    found = understood(403, x_ratelimit_remaining="0", x_ratelimit_reset=f"{reset:.0f}")
    assert isinstance(found, Trouble)
    assert (found.wait, found.perhaps_done) == (wait, False)

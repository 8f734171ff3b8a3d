"""Environment variables that PerfGate itself works with, which the code of a pull request must not read."""

from __future__ import annotations

from typing import Final

# Of a store in a bucket: names of botocore, and fsspec's own settings, which may hold a key as well. What only says
# where (AWS_REGION, AWS_ENDPOINT_URL) is no secret, and the application may need it.
_STORE: Final = frozenset(
    {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"}
    | {"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CREDENTIAL_FILE"}
    | {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"}
    | {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"}
)
_FSSPEC: Final = "FSSPEC_"


def opens_a_store(variable: str) -> bool:
    """Whether it may hold, or lead to, credentials of the place where baselines are kept."""
    return variable.upper() in _STORE or variable.upper().startswith(_FSSPEC)

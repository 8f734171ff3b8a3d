"""A file as a branch of the repository has it now: not as the commit that is checked out would like it to be."""

from __future__ import annotations

import base64
import binascii

from perfgate.github.answers import ApiError, MissingError
from perfgate.github.client import Client


def read_on_branch(client: Client, repository: str, path: str, branch: str) -> str | None:
    """None: the branch has no such file. Raises `ApiError`, also where the token may not see the branch at all."""
    try:
        answer = client.get(f"/repos/{repository}/contents/{path}", ref=branch)
    except MissingError:
        # GitHub says the same of a file that is not there and of a repository that the token may not read.
        client.get(f"/repos/{repository}/git/ref/heads/{branch}")
        return None
    content = answer.get("content") if isinstance(answer, dict) and answer.get("encoding") == "base64" else None
    if not isinstance(content, str):
        raise ApiError(f"{path} on {branch} is no file, or too large")
    try:
        return base64.b64decode(content).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ApiError(f"{path} on {branch} is no text") from error

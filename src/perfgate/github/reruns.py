"""Run again what has judged a pull request's newest commit."""

from __future__ import annotations

from perfgate.errors import PublishError
from perfgate.github.answers import ApiError
from perfgate.github.client import Client, nothing_found
from perfgate.github.comment_state import read_comment
from perfgate.github.conversation import Conversation, own_login
from perfgate.github.pulls import OpenPull


def rerun(talk: Conversation, head: OpenPull) -> list[int]:
    """The runs that were started anew: those that have told of this commit in the comment. Raises `PublishError`."""
    try:
        runs = _runs_of(talk, head.head_sha)
        for run in runs:
            talk.client.post(f"/repos/{talk.repository}/actions/runs/{run}/rerun", {}, found=nothing_found)
    except ApiError as error:
        raise PublishError(
            f"what has judged {head.head_sha[:12]} cannot be run again: {error}",
            remedy="wait until that run has ended, and give this job the permission actions: write",
        ) from error
    if not runs:
        raise PublishError(
            f"no run has yet told in the pull request what it thinks of {head.head_sha[:12]}, its newest commit",
            remedy="wait for the run of that commit; it reads what was accepted when it begins",
        )
    return runs


def _runs_of(talk: Conversation, commit: str) -> list[int]:
    author = own_login(talk.client)
    shared = [read_comment(str(each.get("body") or "")) for each in talk.find(author)]
    results = [section.result for each in shared for section in each.sections]
    return sorted({each.run_id for each in results if each.commit == commit and each.run_id})


def react(client: Client, repository: str, comment: int, content: str) -> None:
    """The shortest answer there is; where it may not be given, the log has the long one."""
    try:
        client.created(f"/repos/{repository}/issues/comments/{comment}/reactions", {"content": content})
    except ApiError:
        return

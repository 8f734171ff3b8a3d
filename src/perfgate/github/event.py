"""What started this run: one frozen `Event`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LABELS_LIMIT: Final = 100
SHA: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Events in which the code that runs was accepted by somebody who may write to the repository.
ACCEPTED_CODE: Final = frozenset({"push", "schedule", "workflow_dispatch", "release", "repository_dispatch", "local"})


@dataclass(frozen=True)
class TriggeringRun:
    """Of `workflow_run`: the run that ended, whose code may be a stranger's."""

    id: int
    event: str
    conclusion: str | None
    head_repository: str | None  # owner/name; a fork's, perhaps
    head_branch: str | None


@dataclass(frozen=True)
class CommentSaid:
    """Of `issue_comment`: foreign words."""

    id: int
    author: str | None
    text: str


@dataclass(frozen=True)
class Event:
    name: str  # pull_request, push, …
    action: str | None  # opened, synchronize, …
    repository: str  # owner/name, in which the workflow runs
    branch: str | None  # the policy holds for it: a pull request's base, the branch pushed; None for a tag
    default_branch: str | None
    pull_request: int | None  # its number
    head_sha: str | None  # what is judged, and where a check belongs; of a pull request not the merge commit
    base_ref: str | None
    base_sha: str | None  # tip of the base when the event happened; the merge base may be older
    from_fork: bool
    labels: tuple[str, ...]
    server_url: str
    api_url: str
    graphql_url: str
    run_url: str | None
    run_id: int  # grows with time; 0 where it is not known
    run_attempt: int
    job: str
    triggering_run: TriggeringRun | None = None
    comment: CommentSaid | None = None
    queued: int | None = None  # of a merge group: the pull request that it tries

    @property
    def proposal(self) -> int | None:
        """The pull request whose change this run is about, told in it or not."""
        return self.pull_request if self.pull_request is not None else self.queued

    @property
    def may_store(self) -> bool:
        """Whether a run may become a baseline: never one of a pull request, in whatever guise it comes."""
        return self.name in ACCEPTED_CODE and self.pull_request is None and not self.from_fork

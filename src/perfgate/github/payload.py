"""What GitHub writes into the event's file, as far as it is read here; everything in it was typed by somebody.

Fields that a kind of event always has are required of that kind; all else may be missing (imitations of the runner
leave out what they like), and a field of another shape is an error, not a guess.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Sha = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
Ref = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]
FullName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$")]
Number = Annotated[int, Field(gt=0, le=2**53)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class User(Part):
    login: Name


class Repository(Part):
    full_name: FullName
    default_branch: Ref | None = None


class Side(Part):
    """Head or base of a pull request. `repo` is null where the fork was deleted."""

    ref: Ref
    sha: Sha
    repo: Repository | None = None


class Label(Part):
    name: Annotated[str, StringConstraints(max_length=256)]


class PullRequest(Part):
    number: Number
    head: Side
    base: Side
    labels: Annotated[tuple[Label, ...], Field(max_length=1000)] = ()


class MergeGroup(Part):
    head_sha: Sha
    base_sha: Sha
    base_ref: Ref
    head_ref: Ref | None = None


class HeadRepository(Part):
    full_name: FullName


class WorkflowRun(Part):
    id: Number
    event: Name
    head_sha: Sha
    head_branch: Ref | None = None
    head_repository: HeadRepository | None = None
    conclusion: Name | None = None


class Issue(Part):
    number: Number
    labels: Annotated[tuple[Label, ...], Field(max_length=1000)] = ()
    pull_request: dict[str, object] | None = None


class Comment(Part):
    id: Number
    body: Annotated[str, StringConstraints(max_length=300_000)] = ""
    user: User | None = None


class Release(Part):
    target_commitish: Ref | None = None


class Payload(Part):
    """Of any event. Which parts are there is decided by the event's name."""

    action: Name | None = None
    repository: Repository | None = None
    # push
    ref: Ref | None = None
    before: Sha | None = None
    after: Sha | None = None
    deleted: bool = False
    # the others, each of its event
    pull_request: PullRequest | None = None
    merge_group: MergeGroup | None = None
    workflow_run: WorkflowRun | None = None
    issue: Issue | None = None
    comment: Comment | None = None
    release: Release | None = None

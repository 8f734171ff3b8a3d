"""Tell the verdict, or why there is none, in every place that GitHub offers; each may be refused on its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from perfgate.errors import PerfGateError
from perfgate.github.client import Client
from perfgate.github.event import Event
from perfgate.records.judgement import Judgement


class State(StrEnum):
    DONE = "done"
    REFUSED = "refused"  # the token may not; the verdict stays what it is
    FAILED = "failed"  # GitHub did not answer, or not as it should
    SKIPPED = "skipped"  # not asked for, or there is no place for it in this event


@dataclass(frozen=True)
class Mirror:
    """What became of one place. `why` is one sentence for the log, None where it is done."""

    name: Literal["comment", "check", "summary", "outputs", "annotations"]
    state: State
    url: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Published:
    comment: Mirror
    check: Mirror
    summary: Mirror
    outputs: Mirror
    annotations: Mirror

    @property
    def mirrors(self) -> tuple[Mirror, ...]:
        return (self.comment, self.check, self.summary, self.outputs, self.annotations)


@dataclass(frozen=True)
class Wishes:
    """What the user asked for. Jobs with the same `key` share one comment, in which each has its own `section`."""

    key: str = "perfgate"
    section: str = ""  # of the comment: a job, or a job and its matrix; see `section_name`
    comment: Literal["always", "on-change", "never"] = "always"
    check_name: str = "PerfGate"  # stable, since branch protection knows the check by it
    settings_path: str = "perfgate.yml"  # where annotations point
    outputs: Mapping[str, str] = field(default_factory=dict)  # besides our own: report, comment-markdown, judgement


@dataclass(frozen=True)
class StartedCheck:
    """A check run that says "in progress"; its id may be saved for whoever must conclude it later."""

    id: int


def start_check(client: Client | None, event: Event, wishes: Wishes) -> StartedCheck | None:
    """None where the token may not, or there is no commit to check: never an error."""
    raise NotImplementedError


def cancel_check(client: Client | None, event: Event, started: StartedCheck | None) -> Mirror:
    """For a run that was cancelled, or killed and found later: a check that waits for ever would block the merge."""
    raise NotImplementedError


def publish(
    outcome: Judgement | PerfGateError,
    event: Event,
    wishes: Wishes,
    *,
    client: Client | None,
    environ: Mapping[str, str],
    command: Callable[[str], None],
    started: StartedCheck | None = None,
) -> Published:
    """`client` None: there is no token. `environ` tells GITHUB_STEP_SUMMARY and GITHUB_OUTPUT.

    `command` takes one workflow command a call, such as `::error title=…::…`, already escaped, and must write it to
    standard output on a line of its own while commands are on. Raises `PublishError` where not one mirror was written.
    """
    raise NotImplementedError

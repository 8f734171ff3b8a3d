"""Tell the verdict, or why there is none, in every place that GitHub offers; each may be refused on its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

from perfgate.errors import PerfGateError, PublishError
from perfgate.github import checks
from perfgate.github.answers import ApiError
from perfgate.github.client import Client
from perfgate.github.comment_state import Section
from perfgate.github.conversation import conversation, say
from perfgate.github.event import Event
from perfgate.github.mirror import Mirror, State, mirrored
from perfgate.github.section import failed_section, judged_section
from perfgate.github.step import annotate, write_outputs, write_summary
from perfgate.records.judgement import Judgement
from perfgate.records.verdict import Verdict
from perfgate.settings.places import Places

NO_TOKEN: Final = "there is no token"  # noqa: S105 - the reason, not a token
# Seconds for all requests of a kind together: whatever GitHub does, a job ends.
START_SECONDS: Final = 30.0  # nobody waits for "in progress"
COMMENT_SECONDS: Final = 240.0  # as long as the lock may take, and a minute
CHECK_SECONDS: Final = 120.0
CANCEL_SECONDS: Final = 4.0  # a runner that cancels kills after ten, and the stack is taken down in them, too


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
    check: bool = True
    check_name: str = "PerfGate"  # stable, since branch protection knows the check by it
    settings_path: str = "perfgate.yml"  # where annotations point
    places: Places | None = None  # of reasons in the files of this checkout; None: it is not theirs, or none is here
    outputs: Mapping[str, str] = field(default_factory=dict)  # besides our own: report, comment-markdown, judgement


@dataclass(frozen=True)
class StartedCheck:
    """A check run that says "in progress"; its id may be saved for whoever must conclude it later."""

    id: int


def start_check(client: Client | None, event: Event, wishes: Wishes) -> StartedCheck | None:
    """None where the token may not, or there is no commit to check: never an error."""
    check = _check(client, event, wishes)
    if check is None:
        return None
    try:
        with check.client.within(START_SECONDS):
            return StartedCheck(checks.start(check))
    except ApiError:
        return None


def cancel_check(
    client: Client | None, event: Event, started: StartedCheck | None, *, seconds: float = CANCEL_SECONDS
) -> Mirror:
    """For a run that was cancelled, or killed and found later: a check that waits for ever would block the merge."""
    if client is None or started is None:
        return Mirror("check", State.SKIPPED, why="there is no check in progress")
    with client.within(seconds):
        return mirrored("check", lambda: checks.cancel(client, event.repository, started.id))


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
    comment = _comment(outcome, event, wishes, client)
    published = Published(
        comment=comment,
        check=_conclude(outcome, event, wishes, client, started),
        summary=write_summary(outcome, environ),
        outputs=write_outputs(outcome, {**wishes.outputs, "comment-url": comment.url or ""}, environ),
        annotations=annotate(outcome, wishes.places, wishes.settings_path, command),
    )
    # Annotations are lines of the log, which nobody reads who does not look for them.
    if not any(each.state is State.DONE for each in published.mirrors if each.name != "annotations"):
        raise _told_nowhere(published)
    return published


def _comment(outcome: Judgement | PerfGateError, event: Event, wishes: Wishes, client: Client | None) -> Mirror:
    if wishes.comment == "never":
        return Mirror("comment", State.SKIPPED, why="no comment was asked for")
    if client is None:
        return Mirror("comment", State.SKIPPED, why=NO_TOKEN)
    talk = conversation(client, event, wishes.key)
    if talk is None:
        return Mirror("comment", State.SKIPPED, why="the event is about no pull request")
    all_well = isinstance(outcome, Judgement) and outcome.verdict is Verdict.PASS
    create = wishes.comment == "always" or not all_well
    with client.within(COMMENT_SECONDS):
        mirror = mirrored("comment", lambda: say(talk, _renderer(outcome, event, wishes), create=create))
    if mirror.state is State.DONE and mirror.url is None:
        return Mirror("comment", State.SKIPPED, why="there is nothing to say, and no comment to update")
    return mirror


def _renderer(outcome: Judgement | PerfGateError, event: Event, wishes: Wishes) -> Callable[[int], Section]:
    """This job's section in so many bytes, each size rendered once."""

    @cache
    def render(limit: int) -> Section:
        if isinstance(outcome, Judgement):
            return judged_section(outcome, wishes.section, event, limit=limit)
        return failed_section(outcome, wishes.section, event, limit=limit)

    return render


def _check(client: Client | None, event: Event, wishes: Wishes) -> checks.Check | None:
    if client is None or not wishes.check:
        return None
    return checks.check_of(client, event, name=wishes.check_name, section=wishes.section, path=wishes.settings_path)


def _conclude(
    outcome: Judgement | PerfGateError,
    event: Event,
    wishes: Wishes,
    client: Client | None,
    started: StartedCheck | None,
) -> Mirror:
    """A check run; where the token may not make one, a commit status."""
    check = _check(client, event, wishes)
    if check is None:
        why = "no check was asked for" if not wishes.check else "the event is about no commit"
        return Mirror("check", State.SKIPPED, why=NO_TOKEN if client is None else why)
    report = checks.judged(outcome, wishes.places) if isinstance(outcome, Judgement) else checks.failed(outcome)
    with check.client.within(CHECK_SECONDS):
        mirror = mirrored("check", lambda: checks.conclude(check, started.id if started else None, report))
        if mirror.state is not State.REFUSED:
            return mirror
        as_status = mirrored("check", lambda: checks.set_status(check, report))
    return as_status if as_status.state is State.DONE else mirror


def _told_nowhere(published: Published) -> PublishError:
    causes = "; ".join(f"{each.name}: {each.why}" for each in published.mirrors if each.why)
    return PublishError(
        f"the verdict could be told nowhere ({causes})",
        remedy="run it as a step of a workflow, give it a token, and the permissions pull-requests: write or "
        "checks: write",
    )

"""Tell the verdict, or why there is none, in every place that GitHub offers; each may be refused on its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, Literal

from perfgate.errors import PerfGateError, PublishError
from perfgate.github import checks, commands
from perfgate.github.answers import ApiError, MissingError, RefusedError
from perfgate.github.client import Client
from perfgate.github.comment_state import Section
from perfgate.github.conversation import conversation, say
from perfgate.github.event import Event
from perfgate.github.runner_files import add_outputs, add_to_summary, room_in_summary
from perfgate.github.section import failed_section, judged_section, summary_of
from perfgate.records.judgement import Judgement
from perfgate.records.verdict import ReasonCode, Verdict
from perfgate.report.prose import one_line
from perfgate.settings.places import Places

NO_TOKEN: Final = "there is no token"  # noqa: S105 - the reason, not a token
MOST_REASONS: Final = 100
NAME_LIMIT: Final = 200
MOST_COMMANDS: Final = 10  # annotations of a level that GitHub shows of one step
# Seconds for all requests of a kind together: whatever GitHub does, a job ends.
START_SECONDS: Final = 30.0  # nobody waits for "in progress"
COMMENT_SECONDS: Final = 240.0  # as long as the lock may take, and a minute
CHECK_SECONDS: Final = 120.0
CANCEL_SECONDS: Final = 4.0  # a runner that cancels kills after ten, and the stack is taken down in them, too
LEVELS: Final[Mapping[checks.Level, commands.Level]] = {"failure": "error", "warning": "warning", "notice": "notice"}
MirrorName = Literal["comment", "check", "summary", "outputs", "annotations"]


class State(StrEnum):
    DONE = "done"
    REFUSED = "refused"  # the token may not; the verdict stays what it is
    FAILED = "failed"  # GitHub did not answer, or not as it should
    SKIPPED = "skipped"  # not asked for, or there is no place for it in this event


@dataclass(frozen=True)
class Mirror:
    """What became of one place. `why` is one sentence for the log, None where it is done."""

    name: MirrorName
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
        return _mirrored("check", lambda: checks.cancel(client, event.repository, started.id))


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
        summary=_summary(outcome, environ),
        outputs=_outputs(outcome, wishes, comment.url or "", environ),
        annotations=_annotate(outcome, wishes, command),
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
        mirror = _mirrored("comment", lambda: say(talk, _renderer(outcome, event, wishes), create=create))
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
        mirror = _mirrored("check", lambda: checks.conclude(check, started.id if started else None, report))
        if mirror.state is not State.REFUSED:
            return mirror
        as_status = _mirrored("check", lambda: checks.set_status(check, report))
    return as_status if as_status.state is State.DONE else mirror


def _summary(outcome: Judgement | PerfGateError, environ: Mapping[str, str]) -> Mirror:
    name = environ.get("GITHUB_STEP_SUMMARY", "")
    if not name:
        return Mirror("summary", State.SKIPPED, why="GITHUB_STEP_SUMMARY is not set")
    file = Path(name)
    try:
        room = room_in_summary(file)
        text = summary_of(outcome, limit=room)
        if len(text.encode()) > room:
            return Mirror("summary", State.FAILED, why="the step's summary is full already")
        add_to_summary(file, text)
    except OSError as error:
        return Mirror("summary", State.FAILED, why=f"the step's summary cannot be written: {error.strerror}")
    return Mirror("summary", State.DONE)


def _outputs(
    outcome: Judgement | PerfGateError, wishes: Wishes, comment_url: str, environ: Mapping[str, str]
) -> Mirror:
    name = environ.get("GITHUB_OUTPUT", "")
    if not name:
        return Mirror("outputs", State.SKIPPED, why="GITHUB_OUTPUT is not set")
    try:
        add_outputs(Path(name), {**wishes.outputs, **outputs_of(outcome), "comment-url": comment_url})
    except OSError as error:
        return Mirror("outputs", State.FAILED, why=f"the outputs cannot be written: {error.strerror}")
    return Mirror("outputs", State.DONE)


def outputs_of(outcome: Judgement | PerfGateError) -> dict[str, str]:
    """`reasons` is JSON of at most so many reasons, the worst first."""
    if isinstance(outcome, PerfGateError):
        return {"verdict": "error", "reasons": "[]", "regressions": "0"}
    reasons = [reason for scenario in outcome.scenarios for reason in scenario.reasons]
    told = [
        {
            "code": each.code.value,
            "verdict": each.verdict.value,
            "endpoint": None if each.endpoint is None else one_line(each.endpoint, NAME_LIMIT),
            "metric": None if each.metric is None else each.metric.value,
        }
        for each in sorted(reasons, key=lambda reason: -reason.verdict.rank)[:MOST_REASONS]
    ]
    regressions = sum(each.code is ReasonCode.REGRESSION for each in reasons)
    return {"verdict": outcome.verdict.value, "reasons": json.dumps(told), "regressions": str(regressions)}


def _annotate(outcome: Judgement | PerfGateError, wishes: Wishes, command: Callable[[str], None]) -> Mirror:
    report = (
        checks.annotations_of(outcome, wishes.places)
        if isinstance(outcome, Judgement)
        else checks.failed(outcome).annotations
    )
    told: Counter[str] = Counter()
    for each in report:
        told[each.level] += 1
        if told[each.level] <= MOST_COMMANDS:
            level = LEVELS[each.level]
            path, line = (each.place.path, each.place.line) if each.place else (wishes.settings_path, 1)
            command(commands.annotation(level, f"PerfGate: {each.title}", each.message, path=path, line=line))
    return Mirror("annotations", State.DONE)


def _mirrored(name: MirrorName, write: Callable[[], str | None]) -> Mirror:
    try:
        url = write()
    except (RefusedError, MissingError) as error:  # GitHub calls missing what a token may not even see
        return Mirror(name, State.REFUSED, why=f"the token may not: {error}")
    except ApiError as error:
        return Mirror(name, State.FAILED, why=str(error))
    return Mirror(name, State.DONE, url=url)


def _told_nowhere(published: Published) -> PublishError:
    causes = "; ".join(f"{each.name}: {each.why}" for each in published.mirrors if each.why)
    return PublishError(
        f"the verdict could be told nowhere ({causes})",
        remedy="run it as a step of a workflow, give it a token, and the permissions pull-requests: write or "
        "checks: write",
    )

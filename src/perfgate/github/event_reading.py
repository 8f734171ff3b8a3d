"""An `Event` from the runner's environment and the event's file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from pydantic import ValidationError

from perfgate.errors import SettingsError
from perfgate.github.event import LABELS_LIMIT, SHA, CommentSaid, Event, TriggeringRun
from perfgate.github.payload import Label, Payload
from perfgate.report.prose import one_line

LARGEST: Final = 32 * 2**20  # bytes; GitHub itself stops at 25 MB
COMMENT_LIMIT: Final = 10_000  # characters of a comment that are looked at for a command
NO_COMMIT: Final = re.compile(r"0+")  # what GitHub writes where a branch did not exist before, or does not after
QUEUED: Final = re.compile(r"^refs/heads/gh-readonly-queue/.+/pr-([0-9]{1,15})-[0-9a-f]{40}$")
FULL_NAME: Final = re.compile(r"(?!.*/\.{1,2}$)[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
SERVERS: Final = frozenset({"GITHUB_SERVER_URL", "GITHUB_API_URL", "GITHUB_GRAPHQL_URL"})


def read_event(environ: Mapping[str, str]) -> Event:
    """Raises `SettingsError` where this is no run of a workflow, or the event's file is not what it should be."""
    path = _required(environ, "GITHUB_EVENT_PATH")
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise SettingsError(
            f"the event's file {path} cannot be read: {error.strerror}",
            remedy="run inside a workflow; in a container of your own mount the folder of GITHUB_EVENT_PATH",
        ) from error
    return parse_event(environ, data)


def at_home(environ: Mapping[str, str]) -> Event:
    """For somebody with a token of their own, outside any workflow; GITHUB_REPOSITORY says which repository."""
    kept = {name: value for name, value in environ.items() if name in {"GITHUB_REPOSITORY", *SERVERS}}
    return parse_event({**kept, "GITHUB_EVENT_NAME": "local"}, b"{}")


def parse_event(environ: Mapping[str, str], data: bytes) -> Event:
    """`data` is the content of the event's file."""
    name = _required(environ, "GITHUB_EVENT_NAME")
    payload = _payload(name, data)
    bare = _without_payload(name, environ, payload)
    read = READERS.get(name)
    return read(bare, payload) if read else bare


def _payload(name: str, data: bytes) -> Payload:
    if len(data) > LARGEST:
        _malformed(name, f"it is larger than {LARGEST // 2**20} MiB")
    try:
        return Payload.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        _malformed(name, f"{one_line(where)}: {one_line(first['msg'])}")


def _without_payload(name: str, environ: Mapping[str, str], payload: Payload) -> Event:
    """What every event has: the repository, the ref, the commit and the run."""
    repository = environ.get("GITHUB_REPOSITORY") or (payload.repository.full_name if payload.repository else "")
    if not FULL_NAME.fullmatch(repository):
        raise SettingsError(
            f"GITHUB_REPOSITORY is {one_line(repository)}, which is no owner/name",
            remedy="run inside a workflow, or set it to the owner/name of the repository",
        )
    server = _url(environ, "GITHUB_SERVER_URL", "https://github.com")
    api = _url(environ, "GITHUB_API_URL", _api_of(server))
    run_id = _number(environ, "GITHUB_RUN_ID")
    sha = environ.get("GITHUB_SHA", "")
    return Event(
        name=one_line(name),
        action=payload.action,
        repository=repository,
        branch=_branch(environ.get("GITHUB_REF", "")),
        default_branch=payload.repository.default_branch if payload.repository else None,
        pull_request=None,
        head_sha=sha if SHA.fullmatch(sha) and not NO_COMMIT.fullmatch(sha) else None,
        base_ref=None,
        base_sha=None,
        from_fork=False,
        labels=(),
        server_url=server,
        api_url=api,
        graphql_url=_url(environ, "GITHUB_GRAPHQL_URL", f"{api.removesuffix('/v3')}/graphql"),
        run_url=f"{server}/{repository}/actions/runs/{run_id}" if run_id else None,
        run_id=run_id,
        run_attempt=_number(environ, "GITHUB_RUN_ATTEMPT") or 1,
        job=environ.get("GITHUB_JOB", "")[:200],
    )


def _pull_request(bare: Event, payload: Payload) -> Event:
    pull = payload.pull_request
    if pull is None:
        _malformed(bare.name, "it names no pull request")
    head = pull.head.repo.full_name if pull.head.repo else None  # a deleted fork has none
    return replace(
        bare,
        branch=pull.base.ref,
        pull_request=pull.number,
        head_sha=pull.head.sha,
        base_ref=pull.base.ref,
        base_sha=pull.base.sha,
        from_fork=head is None or head.lower() != bare.repository.lower(),
        labels=_labels(pull.labels),
    )


def _push(bare: Event, payload: Payload) -> Event:
    after, before = payload.after, payload.before
    if payload.deleted or (after is not None and NO_COMMIT.fullmatch(after)):
        raise SettingsError(
            f"the push deleted {one_line(payload.ref or 'a branch')}, so there is nothing to judge",
            remedy="skip such pushes in the workflow: `if: ${{ !github.event.deleted }}`",
        )
    return replace(
        bare,
        branch=_branch(payload.ref) if payload.ref else bare.branch,
        head_sha=after or bare.head_sha,
        base_sha=None if before is None or NO_COMMIT.fullmatch(before) else before,
    )


def _merge_group(bare: Event, payload: Payload) -> Event:
    group = payload.merge_group
    if group is None:
        _malformed(bare.name, "it names no merge group")
    base = group.base_ref.removeprefix("refs/heads/")
    queued = QUEUED.search(group.head_ref or "")
    return replace(
        bare,
        branch=base,
        head_sha=group.head_sha,
        base_ref=base,
        base_sha=group.base_sha,
        queued=int(queued[1]) if queued else None,
    )


def _schedule(bare: Event, _: Payload) -> Event:
    """Schedules run on the default branch, and some runners leave out the repository."""
    return replace(bare, default_branch=bare.default_branch or bare.branch)


def _workflow_run(bare: Event, payload: Payload) -> Event:
    """Nothing here names the pull request: GitHub leaves it out for forks, and the fork can name what it likes."""
    run = payload.workflow_run
    if run is None:
        _malformed(bare.name, "it names no run")
    head = run.head_repository.full_name if run.head_repository else None
    from_fork = head is None or head.lower() != bare.repository.lower()
    return replace(
        bare,
        # A fork may call its branch what it likes, `release/1` or `main` among them.
        branch=bare.branch if from_fork else run.head_branch,
        head_sha=run.head_sha,
        from_fork=from_fork,
        triggering_run=TriggeringRun(run.id, run.event, run.conclusion, head, run.head_branch),
    )


def _issue_comment(bare: Event, payload: Payload) -> Event:
    """The head commit is not in it: GITHUB_SHA is the default branch's, which the comment is not about."""
    issue, comment = payload.issue, payload.comment
    if issue is None or comment is None:
        _malformed(bare.name, "it names no issue or no comment")
    said = CommentSaid(comment.id, comment.user.login if comment.user else None, comment.body[:COMMENT_LIMIT])
    number = issue.number if issue.pull_request is not None else None
    return replace(bare, pull_request=number, head_sha=None, labels=_labels(issue.labels), comment=said)


def _release(bare: Event, payload: Payload) -> Event:
    if payload.release is None:
        _malformed(bare.name, "it names no release")
    target = payload.release.target_commitish
    return replace(bare, branch=None if target is None or SHA.fullmatch(target) else target)


READERS: Final[Mapping[str, Callable[[Event, Payload], Event]]] = {
    "pull_request": _pull_request,
    "pull_request_target": _pull_request,
    "push": _push,
    "merge_group": _merge_group,
    "schedule": _schedule,
    "workflow_run": _workflow_run,
    "issue_comment": _issue_comment,
    "release": _release,
}


def _malformed(name: str, why: str) -> NoReturn:
    raise SettingsError(
        f"the file of the event {one_line(name)} is not as GitHub writes it: {why}",
        remedy="leave GITHUB_EVENT_NAME and GITHUB_EVENT_PATH as the runner sets them",
    )


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise SettingsError(
            f"{name} is not set, so this is no run of a workflow",
            remedy="run it as an action; at home use `perfgate run`",
        )
    return value


def _branch(ref: str) -> str | None:
    """`main` of `refs/heads/main`; None for a tag or a pull request's ref."""
    return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None


def _labels(labels: tuple[Label, ...]) -> tuple[str, ...]:
    return tuple(label.name for label in labels[:LABELS_LIMIT])


def _api_of(server: str) -> str:
    return "https://api.github.com" if server == "https://github.com" else f"{server}/api/v3"


def _number(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else 0


def _url(environ: Mapping[str, str], name: str, otherwise: str) -> str:
    """Without a slash at its end. The token goes there, so what is no plain address is refused."""
    text = environ.get(name) or otherwise
    try:
        parts = urlsplit(text)
        fine = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
        parts = urlsplit("")
    if not fine or parts.username is not None or parts.query or parts.fragment or not text.isprintable():
        raise SettingsError(
            f"{name} is {one_line(text)}, which is no address of a GitHub server",
            remedy="leave it as the runner sets it, or write https://host without name and password",
        )
    return text.rstrip("/")

"""A GitHub for tests: a real HTTP server on loopback that keeps state, checks what is sent, and breaks when told to.

It is stricter than the real one in one way: a request without the version header is refused, so that every test is
also a test that the header is there.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakes.git_objects import GitObjects

REPOSITORY = "octo/shop"
TOKEN = "ghs_0123456789abcdefTESTTOKEN"
BOT = "github-actions[bot]"
EVERYTHING = {
    "contents": "write",
    "pull-requests": "write",
    "checks": "write",
    "statuses": "write",
    "actions": "read",
}
READ_ONLY = {"contents": "read"}
COMMENT_LIMIT = 65_536
ANNOTATIONS_LIMIT = 50


class HttpError(Exception):
    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


@dataclass
class Actor:
    login: str
    permissions: dict[str, str]
    kind: str = "Bot"


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # below the API's address, without query
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Fault:
    """What goes wrong with requests that match, `times` times.

    kind: `status` answers so; `reset` cuts the connection; `truncate` sends half of the answer; `hang` sends nothing
    for `seconds`; `drip` is slow between the bytes; `garbage` answers 200 with what is no JSON; `stale` lists nothing,
    as a copy of the database does that has not heard yet.
    `performed`: whether the request has its effect before its answer is lost.
    """

    method: str
    path: str  # a regular expression, searched for
    kind: str
    times: int = 1
    skip: int = 0  # so many that match go well before
    status: int = 502
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "Server Error"
    performed: bool = False
    seconds: float = 0.0


@dataclass
class Repository:
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    reactions: dict[int, dict[int, dict[str, Any]]] = field(default_factory=dict)
    check_runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[int, list[str]] = field(default_factory=dict)
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    pull_commits: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    pull_files: dict[int, list[str]] = field(default_factory=dict)
    compared: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # commits by `base...head`
    running: set[int] = field(default_factory=set)  # runs that go on
    reruns: list[int] = field(default_factory=list)
    collaborators: dict[str, str] = field(default_factory=dict)
    artifacts: list[dict[str, Any]] = field(default_factory=list)  # id, run, name, expired, data
    refs: dict[str, str] = field(default_factory=dict)
    git: GitObjects = field(default_factory=GitObjects)


Handler = Callable[["FakeGitHub", "Call"], Any]
ROUTES: list[tuple[str, re.Pattern[str], str, Handler]] = []


def route(method: str, path: str, needs: str = "") -> Callable[[Handler], Handler]:
    """`needs`: permissions of which one is enough, as `checks:write|statuses:write`."""

    def add(handler: Handler) -> Handler:
        ROUTES.append((method, re.compile(path), needs, handler))
        return handler

    return add


@dataclass
class Call:
    actor: Actor
    repository: Repository
    parts: dict[str, str]
    query: dict[str, str]
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def number(self, name: str = "number") -> int:
        return int(self.parts[name])


class FakeGitHub:
    """Used as a context. Everything it keeps may be read and set by tests while it runs, under `lock`."""

    def __init__(self, *, prefix: str = "", clock: Callable[[], float] = time.time, address: str = "127.0.0.1") -> None:
        """`address`: the one of a bridge network, for containers to reach it."""
        self.lock = threading.RLock()
        self.repository = Repository()
        self.actors = {TOKEN: Actor(BOT, dict(EVERYTHING))}
        self.faults: list[Fault] = []
        self.before: list[tuple[str, str, Callable[[Request], None]]] = []  # run unlocked, so tests can order requests
        self.requests: list[Request] = []
        self._ids = itertools.count(1000)
        self._prefix = prefix
        self._clock = clock
        fake = self

        class Bound(_Handler):
            github = fake

        self._server = ThreadingHTTPServer((address, 0), Bound)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def server_url(self) -> str:
        address, port = self._server.server_address[:2]
        return f"http://{address!s}:{port}"

    @property
    def api_url(self) -> str:
        return self.server_url + self._prefix

    def allow(self, permissions: Mapping[str, str], *, token: str = TOKEN, login: str = BOT) -> None:
        self.actors[token] = Actor(login, dict(permissions), "Bot" if login.endswith("[bot]") else "User")

    def break_next(self, method: str, path: str, kind: str, **more: Any) -> Fault:
        fault = Fault(method, path, kind, **more)
        with self.lock:
            self.faults.append(fault)
        return fault

    def asked(self, method: str, path: str) -> list[Request]:
        with self.lock:
            return [each for each in self.requests if each.method == method and re.search(path, each.path)]

    def add_comment(self, issue: int, body: str, *, login: str = BOT) -> int:
        with self.lock:
            number = next(self._ids)
            self.repository.comments[number] = {
                "id": number,
                "issue": issue,
                "body": body,
                "user": {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"},
                "html_url": f"{self.server_url}/{REPOSITORY}/pull/{issue}#issuecomment-{number}",
                "created_at": self.moment(),
                "updated_at": self.moment(),
            }
            return number

    def bodies(self, issue: int) -> list[str]:
        with self.lock:
            return [each["body"] for each in self.repository.comments.values() if each["issue"] == issue]

    def branch(self, name: str) -> dict[str, bytes] | None:
        """The files of a branch by path; None: there is no such branch."""
        with self.lock:
            commit = self.repository.refs.get(f"refs/heads/{name}")
            if commit is None:
                return None
            git = self.repository.git
            return {path: git.blobs[sha] for path, (_, sha) in git.files(git.commits[commit]["tree"]).items()}

    def commit(self, name: str, files: Mapping[str, bytes]) -> str:
        """Put files on a branch, as somebody with a clone would."""
        with self.lock:
            git, ref = self.repository.git, f"refs/heads/{name}"
            before = self.repository.refs.get(ref)
            kept = git.files(git.commits[before]["tree"]) if before else {}
            kept |= {path: ("100644", git.add_blob(data)) for path, data in files.items()}
            self.repository.refs[ref] = git.add_commit(git.add_tree(kept), [before] if before else [], "by hand")
            return self.repository.refs[ref]

    def next_id(self) -> int:
        return next(self._ids)

    def moment(self) -> str:
        return f"{datetime.fromtimestamp(self._clock(), UTC):%Y-%m-%dT%H:%M:%SZ}"

    def paginated(self, call: Call, items: list[Any], path: str) -> list[Any]:
        size = min(int(call.query.get("per_page", 30)), 100)
        page = int(call.query.get("page", 1))
        last = max(1, -(-len(items) // size))
        links = {"next": page + 1, "last": last} if page < last else {}
        links |= {"prev": page - 1, "first": 1} if page > 1 else {}
        if links:
            call.headers["Link"] = ", ".join(
                f'<{self.api_url}{path}?{urlencode({**call.query, "page": number})}>; rel="{name}"'
                for name, number in links.items()
            )
        return items[(page - 1) * size : page * size]

    def answer(self, request: Request) -> tuple[int, dict[str, str], Any]:
        """Perform a request on the state."""
        actor = self.actors.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if request.headers.get("x-github-api-version") != "2022-11-28":
            raise HttpError(400, "no X-GitHub-Api-Version")
        if not request.headers.get("user-agent", "").startswith("perfgate/"):
            raise HttpError(403, "Request forbidden by administrative rules: no User-Agent")
        if actor is None:
            raise HttpError(401, "Bad credentials")
        for method, pattern, needs, handler in ROUTES:
            matched = pattern.fullmatch(request.path)
            if matched is None or method != request.method:
                continue
            parts = matched.groupdict()
            if "repo" in parts and parts["repo"].lower() != REPOSITORY:
                raise HttpError(404, "Not Found")
            if needs and not any(_granted(actor, each) for each in needs.split("|")):
                raise HttpError(403, "Resource not accessible by integration")
            call = Call(actor, self.repository, parts, request.query, request.body)
            with self.lock:
                content = handler(self, call)
            return call.status, call.headers, content
        raise HttpError(404, f"no such route in the fake: {request.method} {request.path}")


def _granted(actor: Actor, need: str) -> bool:
    what, _, level = need.partition(":")
    has = actor.permissions.get(what)
    return has == "write" or (has == "read" and level == "read")


REPO = r"/repos/(?P<repo>[^/]+/[^/]+)"


# --- who asks ---


@route("POST", "/graphql")
def _viewer(_: FakeGitHub, call: Call) -> Any:
    if "viewer" not in call.body["query"]:
        raise HttpError(400, "the fake knows no other query")
    return {"data": {"viewer": {"login": call.actor.login}}}


@route("GET", REPO + r"/collaborators/(?P<user>[^/]+)/permission", "contents:read")
def _permission(_: FakeGitHub, call: Call) -> Any:
    level = call.repository.collaborators.get(call.parts["user"], "read")
    return {"permission": level, "user": {"login": call.parts["user"]}}


# --- comments, reactions, labels ---

SPEAKING = "issues:write|pull-requests:write"


def _shown_comment(comment: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in comment.items() if name != "issue"}


def _checked_body(body: Any) -> str:
    if not isinstance(body, str) or not body.strip():
        raise HttpError(422, "Validation Failed: body can't be blank")
    if len(body) > COMMENT_LIMIT:
        raise HttpError(422, "Validation Failed: body is too long (maximum is 65536 characters)")
    return body


@route("GET", REPO + r"/issues/(?P<number>\d+)/comments")
def _list_comments(fake: FakeGitHub, call: Call) -> Any:
    of_issue = [each for each in call.repository.comments.values() if each["issue"] == call.number()]
    shown = [_shown_comment(each) for each in sorted(of_issue, key=lambda each: each["id"])]
    return fake.paginated(call, shown, f"/repos/{REPOSITORY}/issues/{call.number()}/comments")


@route("POST", REPO + r"/issues/(?P<number>\d+)/comments", SPEAKING)
def _create_comment(fake: FakeGitHub, call: Call) -> Any:
    call.status = 201
    identity = fake.add_comment(call.number(), _checked_body(call.body.get("body")), login=call.actor.login)
    return _shown_comment(call.repository.comments[identity])


def _comment(call: Call) -> dict[str, Any]:
    comment = call.repository.comments.get(call.number("id"))
    if comment is None:
        raise HttpError(404, "Not Found")
    return comment


@route("GET", REPO + r"/issues/comments/(?P<id>\d+)")
def _get_comment(_: FakeGitHub, call: Call) -> Any:
    return _shown_comment(_comment(call))


@route("PATCH", REPO + r"/issues/comments/(?P<id>\d+)", SPEAKING)
def _edit_comment(fake: FakeGitHub, call: Call) -> Any:
    comment = _comment(call)
    comment["body"] = _checked_body(call.body.get("body"))
    comment["updated_at"] = fake.moment()
    return _shown_comment(comment)


@route("DELETE", REPO + r"/issues/comments/(?P<id>\d+)", SPEAKING)
def _delete_comment(_: FakeGitHub, call: Call) -> Any:
    del call.repository.comments[_comment(call)["id"]]
    call.status = 204


@route("GET", REPO + r"/issues/comments/(?P<id>\d+)/reactions")
def _list_reactions(fake: FakeGitHub, call: Call) -> Any:
    given = list(call.repository.reactions.get(_comment(call)["id"], {}).values())
    path = f"/repos/{REPOSITORY}/issues/comments/{call.number('id')}/reactions"
    return fake.paginated(call, [each for each in given if each["content"] == call.query.get("content")], path)


@route("POST", REPO + r"/issues/comments/(?P<id>\d+)/reactions", SPEAKING)
def _react(fake: FakeGitHub, call: Call) -> Any:
    """Once for each user and content: 200 where it was there before."""
    given = call.repository.reactions.setdefault(_comment(call)["id"], {})
    for each in given.values():
        if (each["user"]["login"], each["content"]) == (call.actor.login, call.body["content"]):
            return each
    call.status = 201
    reaction = {
        "id": fake.next_id(),
        "user": {"login": call.actor.login},
        "content": call.body["content"],
        "created_at": fake.moment(),
    }
    given[reaction["id"]] = reaction
    return reaction


@route("DELETE", REPO + r"/issues/comments/(?P<id>\d+)/reactions/(?P<reaction>\d+)", SPEAKING)
def _unreact(_: FakeGitHub, call: Call) -> Any:
    if call.repository.reactions.get(call.number("id"), {}).pop(call.number("reaction"), None) is None:
        raise HttpError(404, "Not Found")
    call.status = 204


@route("GET", REPO + r"/issues/(?P<number>\d+)/labels")
def _labels(fake: FakeGitHub, call: Call) -> Any:
    names = [{"name": each} for each in call.repository.labels.get(call.number(), [])]
    return fake.paginated(call, names, f"/repos/{REPOSITORY}/issues/{call.number()}/labels")


@route("POST", REPO + r"/issues/(?P<number>\d+)/labels", SPEAKING)
def _add_labels(_: FakeGitHub, call: Call) -> Any:
    names = call.repository.labels.setdefault(call.number(), [])
    names += [each for each in call.body["labels"] if each not in names]
    return [{"name": each} for each in names]


# --- pull requests ---


@route("GET", REPO + r"/pulls/(?P<number>\d+)")
def _pull(_: FakeGitHub, call: Call) -> Any:
    if call.number() not in call.repository.pulls:
        raise HttpError(404, "Not Found")
    return call.repository.pulls[call.number()]


@route("GET", REPO + r"/pulls")
def _pulls(fake: FakeGitHub, call: Call) -> Any:
    found = list(call.repository.pulls.values())
    if "head" in call.query:
        found = [each for each in found if each["head"]["label"] == call.query["head"]]
    state = call.query.get("state", "open")
    return fake.paginated(
        call, [each for each in found if state in {"all", each["state"]}], f"/repos/{REPOSITORY}/pulls"
    )


@route("GET", REPO + r"/pulls/(?P<number>\d+)/commits")
def _pull_commits(fake: FakeGitHub, call: Call) -> Any:
    path = f"/repos/{REPOSITORY}/pulls/{call.number()}/commits"
    return fake.paginated(call, call.repository.pull_commits.get(call.number(), []), path)


@route("GET", REPO + r"/pulls/(?P<number>\d+)/files")
def _pull_files(fake: FakeGitHub, call: Call) -> Any:
    path = f"/repos/{REPOSITORY}/pulls/{call.number()}/files"
    files = [{"filename": each} for each in call.repository.pull_files.get(call.number(), [])]
    return fake.paginated(call, files, path)


@route("GET", REPO + r"/compare/(?P<base>[0-9a-f]{40})\.\.\.(?P<head>[0-9a-f]{40})", "contents:read")
def _compare(fake: FakeGitHub, call: Call) -> Any:
    span = f"{call.parts['base']}...{call.parts['head']}"
    path = f"/repos/{REPOSITORY}/compare/{span}"
    return {"commits": fake.paginated(call, call.repository.compared.get(span, []), path)}


@route("POST", REPO + r"/actions/runs/(?P<id>\d+)/rerun", "actions:write")
def _rerun(_: FakeGitHub, call: Call) -> Any:
    if call.number("id") in call.repository.running:
        raise HttpError(403, "This workflow is already running")
    call.repository.reruns.append(call.number("id"))
    call.status = 201
    return {}


# --- checks and statuses ---


def _take_output(run: dict[str, Any], output: dict[str, Any]) -> None:
    if not output.get("title") or not output.get("summary"):
        raise HttpError(422, "Invalid request. output needs title and summary")
    if max(len(output["summary"]), len(output.get("text") or "")) > 65_535:
        raise HttpError(422, "Only 65535 characters are allowed")
    added = output.get("annotations", [])
    if len(added) > ANNOTATIONS_LIMIT:
        raise HttpError(422, "Invalid request. No more than 50 items are allowed")
    for each in added:
        if not {"path", "start_line", "end_line", "annotation_level", "message"} <= each.keys():
            raise HttpError(422, "Invalid request. annotation")
        if each["annotation_level"] not in {"notice", "warning", "failure"} or len(each["message"].encode()) > 65_536:
            raise HttpError(422, "Invalid request. annotation")
    run["output"] = {name: output.get(name) for name in ("title", "summary", "text")}
    run["annotations"] += added


def _take_check(fake: FakeGitHub, run: dict[str, Any], body: dict[str, Any]) -> None:
    if (conclusion := body.get("conclusion")) is not None:
        if conclusion not in {"success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"}:
            raise HttpError(422, "Invalid request. conclusion")
        run["status"], run["conclusion"] = "completed", conclusion
    elif "status" in body:
        if body["status"] == "completed":
            raise HttpError(422, "Invalid request. completed needs a conclusion")
        run["status"] = body["status"]
    for name in ("name", "details_url", "external_id"):
        run[name] = body.get(name, run.get(name))
    if "output" in body:
        _take_output(run, body["output"])
    run["changed"] = fake.moment()


def _shown_run(run: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in run.items() if name not in {"annotations", "changed"}}
    output = {**(run.get("output") or {}), "annotations_count": len(run["annotations"])}
    return shown | {"app": {"slug": "github-actions"}, "output": output}


@route("POST", REPO + "/check-runs", "checks:write")
def _create_check(fake: FakeGitHub, call: Call) -> Any:
    if not re.fullmatch("[0-9a-f]{40}", call.body.get("head_sha", "")) or not call.body.get("name"):
        raise HttpError(422, "Invalid request. head_sha and name")
    identity = fake.next_id()
    run: dict[str, Any] = {
        "id": identity,
        "head_sha": call.body["head_sha"],
        "status": "queued",
        "conclusion": None,
        "annotations": [],
        "html_url": f"{fake.server_url}/{REPOSITORY}/runs/{identity}",
    }
    _take_check(fake, run, call.body)
    call.repository.check_runs[identity] = run
    call.status = 201
    return _shown_run(run)


def _run(call: Call) -> dict[str, Any]:
    if call.number("id") not in call.repository.check_runs:
        raise HttpError(404, "Not Found")
    return call.repository.check_runs[call.number("id")]


@route("GET", REPO + r"/check-runs/(?P<id>\d+)", "checks:read")
def _get_check(_: FakeGitHub, call: Call) -> Any:
    return _shown_run(_run(call))


@route("PATCH", REPO + r"/check-runs/(?P<id>\d+)", "checks:write")
def _update_check(fake: FakeGitHub, call: Call) -> Any:
    _take_check(fake, _run(call), call.body)
    return _shown_run(_run(call))


@route("GET", REPO + r"/commits/(?P<sha>[0-9a-f]{40})/check-runs", "checks:read")
def _list_checks(fake: FakeGitHub, call: Call) -> Any:
    runs = [
        _shown_run(each)
        for each in call.repository.check_runs.values()
        if each["head_sha"] == call.parts["sha"] and call.query.get("check_name", each["name"]) == each["name"]
    ]
    path = f"/repos/{REPOSITORY}/commits/{call.parts['sha']}/check-runs"
    return {"total_count": len(runs), "check_runs": fake.paginated(call, runs, path)}


@route("POST", REPO + r"/statuses/(?P<sha>[0-9a-f]{40})", "statuses:write")
def _create_status(fake: FakeGitHub, call: Call) -> Any:
    if call.body.get("state") not in {"error", "failure", "pending", "success"}:
        raise HttpError(422, "Validation Failed: state")
    if len(call.body.get("description") or "") > 140:
        raise HttpError(422, "Validation Failed: description is too long (maximum is 140 characters)")
    call.status = 201
    status = {"id": fake.next_id(), "sha": call.parts["sha"], "url": fake.server_url, **call.body}
    call.repository.statuses.append(status)
    return status


# --- git data ---


@route("GET", REPO + r"/git/ref/(?P<ref>heads/.+)", "contents:read")
def _get_ref(_: FakeGitHub, call: Call) -> Any:
    sha = call.repository.refs.get(f"refs/{call.parts['ref']}")
    if sha is None:
        if not call.repository.git.commits:
            raise HttpError(409, "Git Repository is empty.")
        raise HttpError(404, "Not Found")
    return {"ref": f"refs/{call.parts['ref']}", "object": {"type": "commit", "sha": sha}}


@route("POST", REPO + "/git/refs", "contents:write")
def _create_ref(_: FakeGitHub, call: Call) -> Any:
    ref, sha = call.body["ref"], call.body["sha"]
    if ref in call.repository.refs:
        raise HttpError(422, "Reference already exists")
    if sha not in call.repository.git.commits:
        raise HttpError(422, "Object does not exist")
    call.repository.refs[ref] = sha
    call.status = 201
    return {"ref": ref, "object": {"type": "commit", "sha": sha}}


@route("PATCH", REPO + r"/git/refs/(?P<ref>heads/.+)", "contents:write")
def _update_ref(_: FakeGitHub, call: Call) -> Any:
    ref, sha = f"refs/{call.parts['ref']}", call.body["sha"]
    if ref not in call.repository.refs:
        raise HttpError(422, "Reference does not exist")
    if not call.body.get("force") and not call.repository.git.descends(sha, call.repository.refs[ref]):
        raise HttpError(422, "Update is not a fast forward")
    call.repository.refs[ref] = sha
    return {"ref": ref, "object": {"type": "commit", "sha": sha}}


@route("GET", REPO + r"/git/commits/(?P<sha>[0-9a-f]{40})", "contents:read")
def _get_commit(_: FakeGitHub, call: Call) -> Any:
    return _shown_commit(call, call.parts["sha"])


def _shown_commit(call: Call, sha: str) -> dict[str, Any]:
    commit = call.repository.git.commits.get(sha)
    if commit is None:
        raise HttpError(404, "Not Found")
    return {
        "sha": sha,
        "tree": {"sha": commit["tree"]},
        "parents": [{"sha": each} for each in commit["parents"]],
        "message": commit["message"],
    }


@route("POST", REPO + "/git/commits", "contents:write")
def _create_commit(_: FakeGitHub, call: Call) -> Any:
    git = call.repository.git
    if call.body["tree"] not in git.trees or not set(call.body.get("parents", [])) <= git.commits.keys():
        raise HttpError(422, "Tree or parent does not exist")
    call.status = 201
    return _shown_commit(call, git.add_commit(call.body["tree"], call.body.get("parents", []), call.body["message"]))


@route("GET", REPO + r"/git/trees/(?P<sha>[0-9a-f]{40})", "contents:read")
def _get_tree(_: FakeGitHub, call: Call) -> Any:
    git, sha = call.repository.git, call.parts["sha"]
    if sha not in git.trees:
        raise HttpError(404, "Not Found")
    if call.query.get("recursive"):
        entries = [(path, mode, "blob", blob) for path, (mode, blob) in git.files(sha).items()]
    else:
        entries = [(name, *entry) for name, entry in git.trees[sha].items()]
    listed = [
        {"path": path, "mode": mode, "type": kind, "sha": each}
        | ({"size": len(git.blobs[each])} if kind == "blob" else {})
        for path, mode, kind, each in sorted(entries)
    ]
    return {"sha": sha, "tree": listed, "truncated": False}


@route("POST", REPO + "/git/trees", "contents:write")
def _create_tree(_: FakeGitHub, call: Call) -> Any:
    git, base = call.repository.git, call.body.get("base_tree")
    if base is not None and base not in git.trees:
        raise HttpError(404, "Not Found")
    files = dict(git.files(base)) if base else {}
    for entry in call.body["tree"]:
        path = entry["path"]
        if path.startswith("/") or any(part in {"", ".", "..", ".git"} for part in path.split("/")):
            raise HttpError(422, "tree.path contains a malformed path component")
        if "content" in entry:
            files[path] = (entry["mode"], git.add_blob(entry["content"].encode()))
        elif entry["sha"] is None:
            if files.pop(path, None) is None:
                raise HttpError(422, "GitRPC::BadObjectState")
        elif entry["sha"] not in git.blobs:
            raise HttpError(422, "tree.sha does not exist")
        else:
            files[path] = (entry["mode"], entry["sha"])
    call.status = 201
    return {"sha": git.add_tree(files)}


@route("GET", REPO + r"/git/blobs/(?P<sha>[0-9a-f]{40})", "contents:read")
def _get_blob(_: FakeGitHub, call: Call) -> Any:
    data = call.repository.git.blobs.get(call.parts["sha"])
    if data is None:
        raise HttpError(404, "Not Found")
    text = base64.encodebytes(data).decode()  # with line breaks, as GitHub has it
    return {"sha": call.parts["sha"], "size": len(data), "encoding": "base64", "content": text}


@route("POST", REPO + "/git/blobs", "contents:write")
def _create_blob(_: FakeGitHub, call: Call) -> Any:
    if not call.repository.refs:
        raise HttpError(409, "Git Repository is empty.")
    call.status = 201
    return {"sha": call.repository.git.add_blob(base64.b64decode(call.body["content"], validate=True))}


@route("GET", REPO + r"/tarball/(?P<sha>[0-9a-f]{40})", "contents:read")
def _tarball(fake: FakeGitHub, call: Call) -> Any:
    if call.parts["sha"] not in call.repository.git.commits:
        raise HttpError(404, "Not Found")
    call.status = 302
    call.headers["Location"] = f"{fake.api_url}/codeload/{call.parts['sha']}"
    return None


@route("GET", r"/codeload/(?P<sha>[0-9a-f]{40})")
def _codeload(_: FakeGitHub, call: Call) -> Any:
    return call.repository.git.archive(call.parts["sha"], f"octo-shop-{call.parts['sha'][:7]}")


# --- artifacts ---


@route("GET", REPO + r"/actions/runs/(?P<id>\d+)/artifacts", "actions:read")
def _list_artifacts(fake: FakeGitHub, call: Call) -> Any:
    shown = [
        {"id": each["id"], "name": each["name"], "expired": each["expired"], "size_in_bytes": len(each["data"])}
        for each in call.repository.artifacts
        if each["run"] == call.number("id") and call.query.get("name", each["name"]) == each["name"]
    ]
    path = f"/repos/{REPOSITORY}/actions/runs/{call.number('id')}/artifacts"
    return {"total_count": len(shown), "artifacts": fake.paginated(call, shown, path)}


@route("GET", REPO + r"/actions/artifacts/(?P<id>\d+)/zip", "actions:read")
def _artifact(fake: FakeGitHub, call: Call) -> Any:
    call.status = 302
    call.headers["Location"] = f"{fake.api_url}/storage/{call.number('id')}"
    return None


@route("GET", r"/storage/(?P<id>\d+)")
def _stored_artifact(_: FakeGitHub, call: Call) -> Any:
    return next(each["data"] for each in call.repository.artifacts if each["id"] == call.number("id"))


# --- contents, in one file at a time ---


def _file(call: Call, branch: str) -> tuple[str, str | None]:
    """The branch's ref, and the blob at the path."""
    ref = f"refs/heads/{branch}"
    if ref not in call.repository.refs:
        raise HttpError(404, f"Branch {branch} not found")
    git = call.repository.git
    entry = git.files(git.commits[call.repository.refs[ref]]["tree"]).get(call.parts["path"])
    return ref, entry[1] if entry else None


@route("GET", REPO + r"/contents/(?P<path>.+)", "contents:read")
def _get_contents(_: FakeGitHub, call: Call) -> Any:
    blob = _file(call, call.query.get("ref", "main"))[1]
    if blob is None:
        raise HttpError(404, "Not Found")
    content = base64.encodebytes(call.repository.git.blobs[blob]).decode()
    return {"path": call.parts["path"], "sha": blob, "encoding": "base64", "content": content}


@route("PUT", REPO + r"/contents/(?P<path>.+)", "contents:write")
def _put_contents(fake: FakeGitHub, call: Call) -> Any:
    branch = call.body.get("branch", "main")
    blob = _file(call, branch)[1]
    if blob is not None and call.body.get("sha") is None:
        raise HttpError(422, 'Invalid request. "sha" wasn\'t supplied.')
    if call.body.get("sha") != blob:
        raise HttpError(409, f"{call.parts['path']} does not match {call.body.get('sha')}")
    call.status = 200 if blob else 201
    sha = fake.commit(branch, {call.parts["path"]: base64.b64decode(call.body["content"])})
    return {"commit": {"sha": sha}}


class _Handler(BaseHTTPRequestHandler):
    github: FakeGitHub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        address = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=address.path.removeprefix(self.github._prefix),
            query={name: values[-1] for name, values in parse_qs(address.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=json.loads(raw) if raw else None,
        )
        with self.github.lock:
            self.github.requests.append(request)
            fault = self._fault(request)
        for method, path, hook in list(self.github.before):
            if method == request.method and re.search(path, request.path):
                hook(request)
        self._answer(request, fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the names are http.server's

    def _fault(self, request: Request) -> Fault | None:
        for fault in self.github.faults:
            if fault.times > 0 and fault.method == request.method and re.search(fault.path, request.path):
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def _answer(self, request: Request, fault: Fault | None) -> None:
        status, headers, content = 200, {}, None
        if fault is None or fault.performed or fault.kind in {"truncate", "drip", "hang"}:
            try:
                status, headers, content = self.github.answer(request)
            except HttpError as error:
                status, headers, content = error.status, error.headers, {"message": error.message}
        if fault is None:
            self._send(status, headers, _encoded(content))
        else:
            self._break(fault, status, _encoded(content))

    def _break(self, fault: Fault, status: int, data: bytes) -> None:
        match fault.kind:
            case "status":
                self._send(fault.status, fault.headers, _encoded({"message": fault.message}))
            case "garbage":
                self._send(200, {}, b"<html>One moment please</html>")
            case "stale":
                self._send(200, fault.headers, b"[]")
            case "truncate":
                self._send(status, {}, data[: len(data) // 2], announced=len(data))
                self.close_connection = True
            case "hang":
                time.sleep(fault.seconds)
                self.close_connection = True
            case "drip":
                self._head(status, {}, len(data))
                for byte in data:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(fault.seconds)
            case "reset":
                # Lingering for no time makes closing a reset.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
            case _:
                raise ValueError(fault.kind)

    def _send(self, status: int, headers: Mapping[str, str], data: bytes, announced: int | None = None) -> None:
        self._head(status, headers, len(data) if announced is None else announced)
        self.wfile.write(data)

    def _head(self, status: int, headers: Mapping[str, str], length: int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ValueError):
            return  # the client gave up, or the fault closed the connection below the server

    def finish(self) -> None:
        try:
            super().finish()
        except (ConnectionError, ValueError, OSError):
            return

    def log_message(self, *_: object) -> None:
        """Tests read the requests, not a log."""


def _encoded(content: Any) -> bytes:
    if content is None:
        return b""
    return content if isinstance(content, bytes) else json.dumps(content).encode()

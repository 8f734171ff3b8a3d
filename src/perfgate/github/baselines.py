"""A branch of the repository as a place for stored runs, through GitHub's git data interface; no clone, no git.

`BranchFiles` is to `baselines.store.Store` what a file system of fsspec is. Each change is one commit on top of the
newest; where another job was faster GitHub refuses to move the branch, and the change is made again on top of that.
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from perfgate.errors import SettingsError
from perfgate.github.answers import ApiError, ConflictError, MissingError, RefusedError
from perfgate.github.archive import unpacked
from perfgate.github.client import Client, nothing_found
from perfgate.github.event import SHA, Event
from perfgate.report.prose import one_line

DEFAULT_BRANCH: Final = "perfgate-baselines"
BRANCH: Final = re.compile(r"(?!.*(\.\.|//|/\.|\.lock(/|$)))[A-Za-z0-9_][A-Za-z0-9_./-]{0,198}[A-Za-z0-9_-]")
ATTEMPTS: Final = 40
SECONDS: Final = 240.0  # for one change, however many others write
STUCK_AFTER: Final = 6  # refusals while nobody else has moved the branch: then it is not for another writer
FIRST_WAIT, LONGEST_WAIT = 0.25, 4.0  # seconds between two attempts
SINGLE_BLOBS: Final = 2  # files that are fetched one by one before all are fetched at once
README: Final = """\
# Stored runs of PerfGate

Each file is one accepted measurement, which later runs are compared with. PerfGate adds and removes them; nothing here
is source code, and the branch may be deleted: the next run begins a new one.
"""


def open_branch(client: Client, event: Event, branch: str = DEFAULT_BRANCH) -> BranchFiles:
    """Raises `SettingsError` for a name that is no branch's, or the one of the branch with the code."""
    if not BRANCH.fullmatch(branch):
        raise SettingsError(
            f"stored runs cannot be kept on a branch {one_line(branch)!r}", remedy="give a name of plain letters"
        )
    if branch == event.default_branch:
        raise SettingsError(
            f"stored runs cannot be kept on {branch}, the branch with the code",
            remedy=f"give a branch of their own, such as {DEFAULT_BRANCH}",
        )
    return BranchFiles(
        client,
        event.repository,
        branch,
        may_write=event.may_store,
        address=f"{event.server_url}/{event.repository}/blob/{branch}",
    )


class BranchFiles:
    """Paths are relative to the branch's root. What goes wrong is an `OSError`, as with a disk."""

    def __init__(self, client: Client, repository: str, branch: str, *, may_write: bool, address: str) -> None:
        self._client = client
        self._git = f"/repos/{repository}/git"
        self._archive = f"/repos/{repository}/tarball"
        self._ref = f"heads/{branch}"
        self._may_write = may_write
        self._address = address
        self._trees: dict[str, str] = {}  # by commit
        self._listings: dict[str, dict[str, str]] = {}  # by tree: blobs by path
        self._latest: dict[str, str] = {}  # blobs by path, as last listed
        self._blobs: dict[str, bytes] = {}
        self._fetched = 0
        self._commit: str | None = None  # last listed

    def ls(self, path: str, detail: bool = True) -> list[dict[str, Any]]:  # noqa: ARG002 - fsspec's signature
        folder = path.strip("/")
        with _as_os_errors():
            self._latest = self._files(self._head())
        inside = folder + "/" if folder else ""
        below = [each.removeprefix(inside) for each in self._latest if each.startswith(inside)]
        if not below and folder:
            raise FileNotFoundError(errno.ENOENT, "there is no such folder on the branch", path)
        folders = sorted({each.split("/", 1)[0] for each in below if "/" in each})
        files = sorted(each for each in below if "/" not in each)
        return [{"name": inside + name, "type": "directory"} for name in folders] + [
            {"name": inside + name, "type": "file"} for name in files
        ]

    def cat_file(self, path: str, start: int | None = None, end: int | None = None) -> bytes:
        """As last listed; what was listed stays readable, even when it is removed meanwhile."""
        with _as_os_errors():
            blob = self._latest.get(path.strip("/"))
            if blob is None:
                self._latest = self._files(self._head())
                blob = self._latest.get(path.strip("/"))
            if blob is None:
                raise FileNotFoundError(errno.ENOENT, "there is no such file on the branch", path)
            return self._content(blob)[start:end]

    def pipe_file(self, path: str, value: bytes) -> None:
        self._refuse_unless_allowed()
        with _as_os_errors():
            body = {"content": base64.b64encode(value).decode(), "encoding": "base64"}
            blob = _sha(self._client.post(f"{self._git}/blobs", body, found=nothing_found))
            self._change({path.strip("/"): blob}, f"Store {path.strip('/')}")

    def rm_file(self, path: str) -> None:
        self.rm([path])

    def rm(self, path: list[str]) -> None:
        """In one commit; those that are gone are left out. Raises `FileNotFoundError` if all are."""
        self._refuse_unless_allowed()
        gone = {each.strip("/"): None for each in path}
        with _as_os_errors():
            if not self._change(gone, f"Remove {len(gone)} of the oldest"):
                raise FileNotFoundError(errno.ENOENT, "there is no such file on the branch", path[0])

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Git has no folders without files."""

    def invalidate_cache(self, path: str | None = None) -> None:
        """`ls` always asks for the newest commit; what belongs to a commit never changes."""

    def unstrip_protocol(self, path: str) -> str:
        return f"{self._address}/{path.strip('/')}"

    def _refuse_unless_allowed(self) -> None:
        if not self._may_write:
            raise PermissionError(errno.EPERM, "a run of a pull request is never stored, nor may it remove one")

    def _change(self, changes: Mapping[str, str | None], message: str) -> bool:
        """Blobs by path, None to remove. False: there was nothing to do."""
        begun, stuck, refused_at = self._client.now(), 0, ""
        for attempt in range(ATTEMPTS):
            head = self._head()
            entries = self._entries(head, changes)
            if not entries:
                return False
            try:
                self._move(head, self._commit_on(head, entries, message))
            except ConflictError:
                stuck = stuck + 1 if refused_at == (head or "none") else 1
                refused_at = head or "none"
                if stuck >= STUCK_AFTER or self._client.now() - begun > SECONDS:
                    raise
                self._client.wait(min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempt, 6)))
            else:
                return True
        raise ConflictError(f"other jobs have changed {self._ref} {ATTEMPTS} times meanwhile")

    def _entries(self, head: str | None, changes: Mapping[str, str | None]) -> list[dict[str, Any]]:
        """Removing what is not there is refused by GitHub, so it is left out."""
        removes = any(blob is None for blob in changes.values())
        there = self._files(head) if removes else {}
        entries: list[dict[str, Any]] = [
            {"path": path, "mode": "100644", "type": "blob", "sha": blob}
            for path, blob in changes.items()
            if blob is not None or path in there
        ]
        if entries and head is None:
            entries.append({"path": "README.md", "mode": "100644", "type": "blob", "content": README})
        return entries

    def _commit_on(self, head: str | None, entries: list[dict[str, Any]], message: str) -> str:
        base = {} if head is None else {"base_tree": self._tree(head)}
        tree = _sha(self._client.post(f"{self._git}/trees", {**base, "tree": entries}, found=nothing_found))
        body = {"message": message, "tree": tree, "parents": [] if head is None else [head]}
        return _sha(self._client.post(f"{self._git}/commits", body, found=nothing_found))

    def _move(self, head: str | None, commit: str) -> None:
        """Only forward: GitHub refuses where `head` is not the newest any more."""
        if head is None:
            body = {"ref": f"refs/{self._ref}", "sha": commit}
            self._client.post(f"{self._git}/refs", body, found=lambda: commit if self._head() == commit else None)
        else:
            self._client.patch(f"{self._git}/refs/{self._ref}", {"sha": commit, "force": False})

    def _head(self) -> str | None:
        """The newest commit; None: there is no such branch yet."""
        try:
            return _sha(_part(self._client.get(f"{self._git}/ref/{self._ref}"), "object"))
        except MissingError:
            return None

    def _tree(self, commit: str) -> str:
        if commit not in self._trees:
            self._trees[commit] = _sha(_part(self._client.get(f"{self._git}/commits/{commit}"), "tree"))
        return self._trees[commit]

    def _files(self, commit: str | None) -> dict[str, str]:
        self._commit = commit
        if commit is None:
            return {}
        tree = self._tree(commit)
        if tree not in self._listings:
            answer = self._client.get(f"{self._git}/trees/{tree}", recursive=1)
            entries = _part(answer, "tree")
            if not isinstance(entries, list) or answer.get("truncated"):
                raise ApiError("the branch holds more files than GitHub lists; remove the oldest by hand")
            self._listings[tree] = {
                str(each["path"]): _sha(each)
                for each in entries
                if isinstance(each, dict) and each.get("type") == "blob" and isinstance(each.get("path"), str)
            }
        return self._listings[tree]

    def _content(self, blob: str) -> bytes:
        """One by one for a few; all at once for many, since a workflow's token has 1,000 requests an hour."""
        if blob not in self._blobs and self._fetched >= SINGLE_BLOBS and self._commit is not None:
            wanted = set(self._latest.values())
            try:
                packed = self._client.get_bytes(f"{self._archive}/{self._commit}")
            except ApiError:
                packed = b""  # one by one then
            self._blobs |= {name: data for data in unpacked(packed) if (name := blob_name(data, blob)) in wanted}
            self._fetched = -ATTEMPTS  # not again for what it did not hold
        if blob not in self._blobs:
            self._fetched += 1
            self._blobs[blob] = self._fetch(blob)
        return self._blobs[blob]

    def _fetch(self, blob: str) -> bytes:
        answer = self._client.get(f"{self._git}/blobs/{blob}")
        try:
            data = base64.b64decode(str(_part(answer, "content")))
        except binascii.Error as error:
            raise ApiError(f"the blob {blob} is no base64") from error
        if blob_name(data, blob) != blob:
            raise ApiError(f"the blob {blob} does not hold what its name says")
        return data


def blob_name(data: bytes, like: str) -> str:
    """As git names it; `like` another name of the repository, which tells whether it uses SHA-1 or SHA-256."""
    digest = hashlib.sha256() if len(like) == 64 else hashlib.sha1(usedforsecurity=False)
    digest.update(f"blob {len(data)}".encode() + b"\0" + data)
    return digest.hexdigest()


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except RefusedError as error:
        raise PermissionError(errno.EACCES, f"the token may not ({error}); it needs contents: write") from error
    except ApiError as error:
        raise OSError(errno.EIO, str(error)) from error


def _part(answer: Any, name: str) -> Any:
    if not isinstance(answer, dict) or name not in answer:
        raise ApiError(f"the answer has no {name}")
    return answer[name]


def _sha(answer: Any) -> str:
    sha = _part(answer, "sha")
    if not isinstance(sha, str) or not SHA.fullmatch(sha):
        raise ApiError("the answer names no commit")
    return sha

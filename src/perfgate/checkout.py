"""The base: the commit from which the head departed, its files laid out in a folder of their own."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from perfgate.errors import NoBaseError, SettingsError
from perfgate.machine import git_environment
from perfgate.records.measurement import Subject
from perfgate.settings.reading import read_file
from perfgate.settings.stack import Stack as StackSettings

GIT_SECONDS: Final = 60.0
# Caches that only save time to a start, and what PerfGate leaves.
OF_NO_WEIGHT: Final = ("__pycache__", "*.pyc", ".*_cache", ".perfgate", "perfgate-out", "perfgate-report.html")
USUAL_BASES: Final = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


@dataclass(frozen=True)
class Base:
    """`folder` holds what the folder of perfgate.yml holds in the base; `stack` is how the base itself is started."""

    folder: Path
    subject: Subject
    stack: StackSettings | None  # None: the base has no readable perfgate.yml, so the head's is used
    described: str
    called: str = "base"
    lacks: tuple[str, ...] = ()  # what lies beside the head's perfgate.yml and git does not have, folders as one


@contextmanager
def check_out_base(config: Path, ref: str | None, *, beside: Path, environ: Mapping[str, str]) -> Iterator[Base]:
    """The merge base of HEAD and `ref` (default: the usual names of a default branch), below the folder `beside`.

    What git tracks is written out, and gone afterwards; the repository itself is not touched. A commit compared with
    itself is allowed where files differ from it, or where `ref` says so. Raises `NoBaseError`.
    """
    git = _Git(config.resolve().parent, environ)
    commit = _base_commit(git, ref)
    own = ref is not None and _commit_of(git, ref) == commit
    called = ref if own and ref else f"merge base with {ref}" if ref else "merge base"
    with _checked_out(config, git, commit, called, beside) as base:
        yield base


@contextmanager
def check_out_reference(config: Path, ref: str, *, beside: Path, environ: Mapping[str, str]) -> Iterator[Base]:
    """The commit that a tag or a name stands for, itself: it need be no ancestor of HEAD. Else as `check_out_base`."""
    git = _beside_reference(config, environ)
    with _checked_out(config, git, _commit_of(git, ref), ref, beside) as reference:
        yield reference


def commit_of(config: Path, ref: str, environ: Mapping[str, str]) -> str:
    """What a tag or a name stands for in the repository of the settings file. Raises `NoBaseError`."""
    return _commit_of(_beside_reference(config, environ), ref)


def _beside_reference(config: Path, environ: Mapping[str, str]) -> _Git:
    return _Git(config.resolve().parent, environ, "take out `baseline.reference`")


def _commit_of(git: _Git, ref: str) -> str:
    git.run("rev-parse", "HEAD")
    _refuse_unknown(git, ref)
    return git.run("rev-parse", "--verify", f"{ref}^{{commit}}")


@contextmanager
def _checked_out(config: Path, git: _Git, commit: str, called: str, beside: Path) -> Iterator[Base]:
    inside = git.run("rev-parse", "--show-prefix")
    beside = beside.resolve()  # git runs at the top of the work tree
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="base-", dir=beside) as name:
        _lay_out(git.at(Path(git.run("rev-parse", "--show-toplevel"))), commit, Path(name))
        folder = Path(name) / inside
        if not folder.is_dir():
            raise NoBaseError(
                f"the base {commit[:12]} has no folder {inside}",
                remedy=f"{git.instead}, or give another commit",
            )
        yield Base(
            folder=folder.resolve(),
            subject=Subject(commit=commit, branch=None, dirty=False),
            stack=_stack_of(folder / config.name),
            described=f"{commit[:12]} ({called})",
            lacks=_not_in_git(git, beside),
        )


def _not_in_git(git: _Git, out: Path) -> tuple[str, ...]:
    """Names from the folder of perfgate.yml, sorted; without caches, and without what PerfGate itself leaves there."""
    listed = git.ask("ls-files", "--others", "--directory", "--no-empty-directory", "-z") or ""
    here = Path(git.run("rev-parse", "--show-toplevel")) / git.run("rev-parse", "--show-prefix")
    names = (name for name in listed.split("\0") if name)
    return tuple(
        sorted(
            name
            for name in names
            if not any(fnmatchcase(part, each) for part in Path(name).parts for each in OF_NO_WEIGHT)
            and (here / name).resolve() not in {out, *out.parents}
        )
    )


def place_in_repository(config: Path, environ: Mapping[str, str]) -> str:
    """Path of the settings file from the top of its repository; where there is none, as it is given."""
    prefix = _Git(config.resolve().parent, environ).ask("rev-parse", "--show-prefix")
    return config.as_posix() if prefix is None else f"{prefix}{config.name}"


def read_in_commit(config: Path, ref: str, environ: Mapping[str, str]) -> str | None:
    """The settings file as a commit has it; None: it has none. Raises `NoBaseError` where the commit is not there."""
    git = _Git(config.resolve().parent, environ)
    if git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}") is None:
        raise NoBaseError(
            f"there is no commit {ref!r} in this clone", remedy="on GitHub give actions/checkout `fetch-depth: 0`"
        )
    return git.ask("show", "--end-of-options", f"{ref}:{place_in_repository(config, environ)}")


def checked_out(folder: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    """HEAD, and if it is a merge the commits that it merges, which a shallow clone knows too; empty: not known."""
    git = _Git(folder.resolve(), environ)
    head = git.ask("rev-parse", "HEAD")
    commit = git.ask("cat-file", "commit", "HEAD")
    if head is None or commit is None:
        return ()
    header = commit.split("\n\n", 1)[0].splitlines()
    return (head, *(line.removeprefix("parent ") for line in header if line.startswith("parent ")))


def _stack_of(config: Path) -> StackSettings | None:
    try:
        return read_file(config.read_text(encoding="utf-8"), str(config)).stack
    except (OSError, UnicodeDecodeError, SettingsError):
        return None


class _Git:
    """`instead`: what else a user can do who has no such commit."""

    def __init__(self, folder: Path, environ: Mapping[str, str], instead: str = "compare with stored runs") -> None:
        self._start = ["git", "-C", str(folder)]
        self._environ = git_environment(environ)
        self.instead = instead

    def at(self, folder: Path) -> _Git:
        return _Git(folder, self._environ, self.instead)

    def run(self, *arguments: str) -> str:
        """Raises `NoBaseError`."""
        done = self._done(arguments)
        if done.returncode:
            raise NoBaseError(
                f"git {arguments[0]} failed: {done.stderr.decode(errors='replace').strip()[:500]}",
                remedy=f"run in a git work tree, or {self.instead}",
            )
        return done.stdout.decode(errors="replace").strip()

    def ask(self, *arguments: str) -> str | None:
        done = self._done(arguments)
        return None if done.returncode else done.stdout.decode(errors="replace").strip()

    def _done(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                [*self._start, *arguments],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=GIT_SECONDS,
                check=False,
            )
        except FileNotFoundError as error:
            raise NoBaseError("git is not installed", remedy=f"install git, or {self.instead}") from error
        except subprocess.TimeoutExpired as error:
            raise NoBaseError(f"git {arguments[0]} took longer than {GIT_SECONDS:g} s", remedy=self.instead) from error


def _base_commit(git: _Git, ref: str | None) -> str:
    head = git.run("rev-parse", "HEAD")
    wanted = [ref] if ref else [each for each in USUAL_BASES if git.ask("rev-parse", "--verify", "--quiet", each)]
    if not wanted:
        raise NoBaseError(
            f"no base branch was found ({', '.join(USUAL_BASES)})", remedy="name the base with --base BRANCH-OR-COMMIT"
        )
    _refuse_unknown(git, wanted[0])
    commit = git.ask("merge-base", head, wanted[0])
    if commit is None:
        shallow = git.ask("rev-parse", "--is-shallow-repository") == "true"
        raise NoBaseError(
            f"HEAD and {wanted[0]} have no common commit in this clone" + (", which is shallow" if shallow else ""),
            remedy="give actions/checkout `fetch-depth: 0`, or name another --base",
        )
    changed = git.ask("status", "--porcelain", "--untracked-files=no")
    if commit == head and ref is None and not changed:
        raise NoBaseError(
            "HEAD is the base itself, and no file differs from it",
            remedy="name the commit to compare with, as --base HEAD~1",
        )
    return commit


def _refuse_unknown(git: _Git, ref: str) -> None:
    if git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}") is None:
        raise NoBaseError(
            f"there is no commit {ref!r} in this clone",
            remedy="fetch it; on GitHub give actions/checkout `fetch-depth: 0`",
        )


def _lay_out(git: _Git, commit: str, folder: Path) -> None:
    """By `git archive`; the `data` filter refuses links and names that lead out of the folder."""
    packed = folder.with_suffix(".tar")
    try:
        git.run("archive", "--format=tar", f"--output={packed}", commit)
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise NoBaseError(
            f"the base {commit[:12]} could not be laid out in {folder}: {error}",
            remedy=f"make room there, or {git.instead}",
        ) from error
    finally:
        packed.unlink(missing_ok=True)

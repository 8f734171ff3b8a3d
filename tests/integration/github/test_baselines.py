"""Stored runs on a branch: all that a folder promises, eight writers at once, and a server that breaks off."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from perfgate.baselines.store import Store
from perfgate.errors import BaselineError, ExitCode, SettingsError
from perfgate.github import archive
from perfgate.github.baselines import BranchFiles, blob_name, open_branch
from perfgate.github.client import Client
from perfgate.github.event import Event
from perfgate.records.encoding import encode_baseline
from tests.fakes.github import READ_ONLY, REPOSITORY, TOKEN, FakeGitHub
from tests.integration.baselines.runs import ids, run
from tests.integration.baselines.test_store import TestFind, TestNames, TestWhatIsKept
from tests.integration.github.conftest import Clock
from tests.unit.github.events import PULL_REQUEST

BRANCH = "perfgate-baselines"
PUSH = replace(PULL_REQUEST, name="push", action=None, pull_request=None)


@pytest.fixture(autouse=True)
def _code(github: FakeGitHub) -> None:
    """A repository has a branch with code, or no workflow would run."""
    github.commit("main", {"app.py": b"print()\n"})


def on_branch(client: Client, event: Event = PUSH) -> Store:
    return Store(open_branch(client, event), "")


@pytest.fixture
def kept(client: Client) -> Store:
    return on_branch(client)


class TestAllThatAFolderPromises(TestWhatIsKept):
    def test_what_another_job_stored_after_the_first_look_is_seen(self, kept: Store, client: Client) -> None:
        assert kept.read("baseline") == ()
        kept.write(run(1))
        on_branch(client).write(run(2))
        assert ids(kept.read("baseline")) == [run(2).id, run(1).id]

    def test_write_says_where(self, kept: Store) -> None:
        where = kept.write(run(1))
        assert where == f"https://github.com/{REPOSITORY}/blob/{BRANCH}/baseline/{run(1).id}.json.gz"

    @pytest.mark.parametrize("name", [name for name in TestNames.HOSTILE if name != "\ud800"])
    def test_runs_of_any_name_are_found_again_under_it(self, kept: Store, name: str) -> None:
        kept.write(run(1, scenario=name))
        assert kept.scenarios() == (name,)
        assert kept.read(name) == (run(1, scenario=name),)


class TestFindOnABranch(TestFind):
    pass


del TestFind, TestNames, TestWhatIsKept  # collected as what they are here, not twice


def test_the_branch_begins_with_its_own_root_and_says_what_it_is(github: FakeGitHub, kept: Store) -> None:
    kept.write(run(1))
    files = github.branch(BRANCH)
    assert files is not None
    assert set(files) == {"README.md", f"baseline/{run(1).id}.json.gz"}
    assert b"the branch may be deleted" in files["README.md"]
    first = github.repository.git.commits[github.repository.refs[f"refs/heads/{BRANCH}"]]
    assert first["parents"] == []
    assert github.branch("main") == {"app.py": b"print()\n"}


def test_history_is_kept_and_files_of_others_stay(github: FakeGitHub, kept: Store) -> None:
    github.commit(BRANCH, {"notes/why.md": b"ours"})
    kept.write(run(1))
    kept.write(run(2))
    kept.prune("baseline", 1)
    files = github.branch(BRANCH)
    assert files is not None
    assert set(files) == {"notes/why.md", f"baseline/{run(2).id}.json.gz"}
    messages = []
    commit = github.repository.refs[f"refs/heads/{BRANCH}"]
    while True:
        made = github.repository.git.commits[commit]
        messages.append(made["message"])
        if not made["parents"]:
            break
        [commit] = made["parents"]
    assert messages[0] == "Remove 1 of the oldest"
    assert messages[1:3] == [f"Store baseline/{run(minute).id}.json.gz" for minute in (2, 1)]


def test_pruning_many_is_one_commit(github: FakeGitHub, kept: Store) -> None:
    for minute in range(6):
        kept.write(run(minute))
    commits = len(github.repository.git.commits)
    assert len(kept.prune("baseline", 2)) == 4
    assert len(github.repository.git.commits) == commits + 1


def test_pruning_what_another_job_pruned_is_no_mistake(github: FakeGitHub, kept: Store, client: Client) -> None:
    for minute in range(4):
        kept.write(run(minute))
    other = on_branch(client)

    def faster(_: object) -> None:
        github.before.clear()
        other.prune("baseline", 2)

    github.before.append(("PATCH", "/git/refs/", faster))
    assert len(kept.prune("baseline", 1)) == 3
    assert ids(kept.read("baseline")) == [run(3).id]


# --- several at once ---


@pytest.mark.parametrize("there", [False, True])
def test_eight_writers_at_once_lose_nothing(
    github: FakeGitHub, hurried: Callable[[], Client], kept: Store, there: bool
) -> None:
    if there:
        kept.write(run(0))
    writers, each = 8, 3
    barrier = Barrier(writers, timeout=60)

    def job(number: int) -> None:
        own = on_branch(hurried())
        barrier.wait()
        for minute in range(each):
            own.write(run(1 + minute, suffix=f"{number:06}"))

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(job, range(writers)))
    expected = {run(1 + minute, suffix=f"{number:06}").id for number in range(writers) for minute in range(each)}
    assert set(ids(kept.read("baseline"))) == expected | ({run(0).id} if there else set())
    refused = len(github.asked("PATCH", "/git/refs/")) + len(github.asked("POST", "/git/refs")) - writers * each - there
    assert refused > 0, "the writers did not meet, so this showed nothing"


def test_writers_and_pruners_at_once_keep_the_newest(
    github: FakeGitHub, hurried: Callable[[], Client], kept: Store
) -> None:
    for minute in range(10):
        kept.write(run(minute))
    barrier = Barrier(4, timeout=60)

    def job(number: int) -> None:
        own = on_branch(hurried())
        barrier.wait()
        own.write(run(100 + number))
        own.prune("baseline", 5)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(job, range(4)))
    assert ids(kept.read("baseline"))[:4] == [run(100 + number).id for number in (3, 2, 1, 0)]
    assert len(kept.read("baseline")) == 5


@pytest.mark.parametrize("path", ["/git/blobs$", "/git/trees$", "/git/commits$", "/git/refs$"])
@pytest.mark.parametrize("kind", ["reset", "truncate", "status", "garbage"])
@pytest.mark.parametrize("performed", [True, False])
def test_a_lost_answer_loses_no_run(github: FakeGitHub, kept: Store, path: str, kind: str, performed: bool) -> None:
    github.break_next("POST", path, kind, performed=performed)
    kept.write(run(1))
    assert ids(kept.read("baseline")) == [run(1).id]


@pytest.mark.parametrize("performed", [True, False])
def test_a_lost_answer_while_another_writes_loses_neither(
    github: FakeGitHub, kept: Store, client: Client, performed: bool
) -> None:
    kept.write(run(1))
    other = on_branch(client)
    fault = github.break_next("PATCH", "/git/refs/", "reset", performed=performed)

    def after_the_fault(_: object) -> None:
        if fault.times == 0:
            github.before.clear()
            other.write(run(3))

    github.before.append(("PATCH", "/git/refs/", after_the_fault))
    kept.write(run(2))
    assert ids(kept.read("baseline")) == [run(3).id, run(2).id, run(1).id]


@pytest.mark.parametrize(
    "path", ["/git/ref/", "/git/commits/", "/git/trees/", "/git/blobs/", "/tarball/", "/codeload/"]
)
@pytest.mark.parametrize("kind", ["reset", "truncate", "status"])
def test_reading_survives_a_lost_answer(github: FakeGitHub, kept: Store, client: Client, path: str, kind: str) -> None:
    for minute in range(5):
        kept.write(run(minute))
    github.break_next("GET", path, kind)
    assert len(on_branch(client).read("baseline")) == 5


# --- how much is asked ---


def test_sixty_runs_are_read_with_a_few_requests(github: FakeGitHub, kept: Store, client: Client) -> None:
    github.commit(BRANCH, {f"baseline/{run(minute).id}.json.gz": encode_baseline(run(minute)) for minute in range(60)})
    github.requests.clear()
    assert len(on_branch(client).read("baseline")) == 60
    assert len(github.requests) <= 8


@pytest.mark.parametrize("refusal", ["missing", "forged", "bomb"])
def test_without_a_sound_archive_they_are_read_one_by_one(
    github: FakeGitHub, client: Client, refusal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an archive holds is believed only where it is what git's names say."""
    runs = [run(minute) for minute in range(5)]
    github.commit(BRANCH, {f"baseline/{each.id}.json.gz": encode_baseline(each) for each in runs})
    packed = {
        "missing": b"",
        "forged": _archive({f"baseline/{each.id}.json.gz": encode_baseline(run(9)) for each in runs}),
        "bomb": _archive({f"x{number}": b"\0" * 2**20 for number in range(40)}),
    }[refusal]
    monkeypatch.setattr(archive, "LARGEST", 20 * 2**20)
    github.repository.git.archive = lambda *_: packed
    assert set(ids(on_branch(client).read("baseline"))) == {each.id for each in runs}


def test_an_archive_is_not_read_beyond_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = _archive({f"x{number}": b"\0" * 2**20 for number in range(40)})
    assert len(packed) < 200_000
    assert sum(map(len, archive.unpacked(packed))) == 40 * 2**20
    monkeypatch.setattr(archive, "LARGEST", 10 * 2**20)
    assert sum(map(len, archive.unpacked(packed))) == 10 * 2**20
    monkeypatch.setattr(archive, "MOST", 3)
    assert len(list(archive.unpacked(packed))) == 3
    assert list(archive.unpacked(packed[:100])) == []
    assert list(archive.unpacked(gzip.compress(b"no archive"))) == []


def test_links_in_an_archive_are_not_followed() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo("x")
            member.type, member.linkname = kind, "/etc/hostname"
            made.addfile(member)
    assert list(archive.unpacked(packed.getvalue())) == []


def _archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as made:
        for name, data in files.items():
            member = tarfile.TarInfo(f"top/{name}")
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def test_blobs_are_named_as_git_names_them() -> None:
    assert blob_name(b"hello\n", "a" * 40) == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert len(blob_name(b"hello\n", "a" * 64)) == 64


# --- refused ---


def refused(action: Callable[[], object]) -> BaselineError:
    with pytest.raises(BaselineError) as caught:
        action()
    assert caught.value.exit_code is ExitCode.BASELINE
    return caught.value


@pytest.mark.parametrize(
    "event",
    [
        PULL_REQUEST,
        replace(PULL_REQUEST, name="pull_request_target"),
        replace(PULL_REQUEST, name="merge_group", pull_request=None),
        replace(PULL_REQUEST, name="workflow_run", pull_request=None),
        replace(PULL_REQUEST, name="issue_comment"),
        replace(PUSH, from_fork=True),
        replace(PUSH, pull_request=7),
    ],
)
def test_nothing_is_ever_written_from_a_pull_request(github: FakeGitHub, client: Client, event: Event) -> None:
    github.commit(BRANCH, {f"baseline/{run(1).id}.json.gz": encode_baseline(run(1))})
    before = github.branch(BRANCH)
    store = on_branch(client, event)
    assert ids(store.read("baseline")) == [run(1).id]
    assert "never stored" in refused(lambda: store.write(run(2))).message
    assert "never stored" in refused(lambda: store.prune("baseline", 0)).message
    assert github.branch(BRANCH) == before
    assert not [each for each in github.requests if each.method != "GET"]


def test_a_token_that_may_only_read_can_read_and_says_what_it_lacks(github: FakeGitHub, kept: Store) -> None:
    kept.write(run(1))
    github.allow(READ_ONLY)
    assert ids(kept.read("baseline")) == [run(1).id]
    assert "contents: write" in refused(lambda: kept.write(run(2))).message


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_rule_that_forbids_the_branch_ends_the_tries(
    github: FakeGitHub, kept: Store, clock: Clock, method: str
) -> None:
    if method == "PATCH":
        kept.write(run(1))
    said = "Repository rule violations found"
    github.break_next(method, "/git/refs", "status", status=422, message=said, times=99)
    assert said in refused(lambda: kept.write(run(2))).message
    assert len(github.asked(method, "/git/refs")) < 10
    assert sum(clock.slept) < 30


def test_a_server_that_is_down_is_a_baseline_error(clock: Clock) -> None:
    with Client("http://127.0.0.1:9", TOKEN, now=clock.now, sleep=clock.sleep) as client:
        assert "cannot be reached" in refused(lambda: on_branch(client).read("baseline")).message


def test_a_blob_that_is_not_what_its_name_says_is_refused(github: FakeGitHub, kept: Store) -> None:
    kept.write(run(1))
    with github.lock:
        for sha in github.repository.git.blobs:
            github.repository.git.blobs[sha] += b"x"
    assert "does not hold what its name says" in refused(lambda: kept.read("baseline")).message


@pytest.mark.parametrize(
    "name", ["", "-x", "a..b", "a b", "a/", "/a", "a.lock", "a//b", "a/.b", "~", "refs^", "x" * 300, "ü"]
)
def test_a_name_that_is_no_branch_is_refused(client: Client, name: str) -> None:
    with pytest.raises(SettingsError):
        open_branch(client, PUSH, name)


def test_the_branch_with_the_code_is_refused(client: Client) -> None:
    with pytest.raises(SettingsError, match="the branch with the code"):
        open_branch(client, PUSH, "main")
    assert isinstance(open_branch(client, PUSH, "perf/runs-1.x"), BranchFiles)

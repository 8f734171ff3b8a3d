"""Jobs that store at the same time, and jobs that are killed while they do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from perfgate.baselines.opening import open_store
from perfgate.baselines.placing import ABANDONED_AFTER, UNFINISHED, place
from perfgate.baselines.store import Store
from tests.integration.baselines.runs import ids, run

WRITER = "tests.integration.baselines.writer"
WRITERS = 8
EACH = 12
DEADLINE = 120  # seconds; never waited for in full unless something hangs


@contextmanager
def writers(
    folder: Path, suffixes: list[str], *options: str, each: int = EACH
) -> Iterator[list[subprocess.Popen[str]]]:
    """All started, imported, and let go together."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", WRITER, str(folder), str(each), suffix, *options],
                    cwd=Path(__file__).parents[3],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for suffix in suffixes
        ]
        for process in started:
            stack.callback(process.kill)
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        yield started


def finished(started: list[subprocess.Popen[str]]) -> list[int]:
    return [process.wait(DEADLINE) for process in started]


def store(folder: Path) -> Store:
    return open_store(str(folder), folder=folder)


def unfinished(folder: Path) -> list[Path]:
    return list(folder.rglob(f".*{UNFINISHED}"))


def test_eight_jobs_that_store_at_once_lose_nothing(tmp_path: Path) -> None:
    suffixes = [f"{number:06x}" for number in range(WRITERS)]
    with writers(tmp_path, suffixes) as started:
        while any(process.poll() is None for process in started):  # a ninth job reads all the while
            assert all(each.note == each.id.rpartition("-")[2] for each in store(tmp_path).read("baseline"))
        assert finished(started) == [0] * WRITERS
    wanted = sorted((run(minute, suffix=suffix).id for minute in range(EACH) for suffix in suffixes), reverse=True)
    assert sorted(ids(store(tmp_path).read("baseline")), reverse=True) == wanted
    assert not unfinished(tmp_path)


def test_jobs_that_store_the_same_run_leave_one_whole(tmp_path: Path) -> None:
    with writers(tmp_path, ["000000"] * 4) as started:
        assert finished(started) == [0] * 4
    assert ids(store(tmp_path).read("baseline")) == [run(minute).id for minute in reversed(range(EACH))]
    assert not unfinished(tmp_path)


def test_jobs_that_prune_while_others_store_keep_the_newest(tmp_path: Path) -> None:
    suffixes = [f"{number:06x}" for number in range(4)]
    with writers(tmp_path, suffixes, "prune") as started:
        assert finished(started) == [0] * 4
    wanted = sorted((run(minute, suffix=suffix).id for minute in range(EACH) for suffix in suffixes), reverse=True)
    assert sorted(ids(store(tmp_path).read("baseline")), reverse=True) == wanted[:30]


def test_a_job_killed_before_the_rename_leaves_nothing_that_is_read(tmp_path: Path) -> None:
    store(tmp_path).write(run(99, suffix="ffffff"))
    with writers(tmp_path, ["000001"], "kill-at-sync") as started:
        assert finished(started) == [-signal.SIGKILL]
    assert len(unfinished(tmp_path)) == 1
    assert ids(store(tmp_path).read("baseline")) == [run(99, suffix="ffffff").id]
    assert store(tmp_path).scenarios() == ("baseline",)


def test_a_job_killed_at_any_moment_leaves_only_whole_runs(tmp_path: Path) -> None:
    with writers(tmp_path, ["000001"], each=100_000) as started:
        folder = tmp_path / "baseline"
        deadline = time.monotonic() + DEADLINE
        while not (folder.exists() and len(list(folder.glob("*.json.gz"))) >= 5):
            assert time.monotonic() < deadline
            assert started[0].poll() is None
        started[0].kill()
        started[0].wait(DEADLINE)
    found = store(tmp_path).read("baseline")
    assert ids(found) == [run(minute, suffix="000001").id for minute in reversed(range(len(found)))]
    assert len(found) >= 5


def test_what_a_killed_job_left_is_removed_once_no_writer_can_need_it(tmp_path: Path) -> None:
    with writers(tmp_path, ["000001"], "kill-at-sync") as started:
        finished(started)
    [left] = unfinished(tmp_path)
    kept = store(tmp_path)
    kept.prune("baseline", 30)
    assert left.exists()  # it may be another job's, at work this moment
    long_ago = time.time() - ABANDONED_AFTER - 60
    os.utime(left, (long_ago, long_ago))
    kept.prune("baseline", 30)
    assert not left.exists()


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "run.json.gz"
    place(path, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        place(path, b"new", sync=full)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]

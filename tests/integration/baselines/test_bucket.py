"""A store in a bucket. The server is moto's, a process of its own that looks at credentials and rights."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import boto3
import pytest
import requests
from s3fs import S3FileSystem

from perfgate.baselines import buckets
from perfgate.baselines.opening import open_store
from perfgate.baselines.store import Store
from tests.integration.baselines.runs import ids, run
from tests.integration.baselines.test_store import refused
from tests.ports import free_port
from tests.unit.judge.test_start_luck import starts

BUCKET = "perf"
WRITERS = 8
EACH = 6
REGION = "eu-central-1"
RIGHTS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            "Resource": "*",
        }
    ],
}


@dataclass(frozen=True)
class Key:
    id: str
    secret: str


@dataclass(frozen=True)
class Server:
    url: str
    allowed: Key
    powerless: Key


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("s3") / "log"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            yield _prepared(_address(process, log))
        finally:
            process.kill()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while (found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", log.read_text())) is None:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return found.group(1)


def _prepared(url: str) -> Server:
    """A bucket, a user who may use it and one who may do nothing; from then on the server looks at who asks."""
    session = boto3.Session("setting", "up", region_name=REGION)
    iam = session.client("iam", endpoint_url=url)
    keys = []
    for name in ("gate", "powerless"):
        iam.create_user(UserName=name)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        keys.append(Key(made["AccessKeyId"], made["SecretAccessKey"]))
    iam.put_user_policy(UserName="gate", PolicyName="store", PolicyDocument=json.dumps(RIGHTS))
    s3 = session.client("s3", endpoint_url=url)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for client in (iam, s3):
        client.close()
    requests.post(f"{url}/moto-api/reset-auth", data="0", timeout=10).raise_for_status()
    return Server(url, *keys)


@pytest.fixture
def place(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """URL of a store of the test's own, with rights to it in the environment, as a step of a workflow has them."""
    for name, value in {
        "AWS_ENDPOINT_URL": server.url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    _identify(monkeypatch, server.allowed)
    yield f"s3://{BUCKET}/{tmp_path.name}"
    S3FileSystem.clear_instance_cache()


def _identify(monkeypatch: pytest.MonkeyPatch, key: Key) -> None:
    S3FileSystem.clear_instance_cache()  # who asks was settled when it was made
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key.secret)


def opened(url: str) -> Store:
    return open_store(url, folder=Path("/nowhere"))


def test_what_is_stored_comes_back_and_is_listed_found_and_pruned(place: str) -> None:
    kept = opened(place)
    assert kept.scenarios() == ()
    assert kept.read("baseline") == ()
    assert kept.write(run(0)) == f"{place}/baseline/{run(0).id}.json.gz"
    for minute in (1, 2, 3):
        kept.write(run(minute))
    kept.write(run(9, scenario="Peak hour/1"))
    kept.write(run(2, note="accepted"))
    kept.write_starts(starts(1))
    assert kept.scenarios() == ("Peak hour/1", "baseline")
    assert kept.read("baseline") == (run(3), run(2, note="accepted"), run(1), run(0))
    assert kept.read_starts("baseline", limit=9) == (starts(1),)
    assert kept.find(run(9).id).measurement.scenario.name == "Peak hour/1"
    assert kept.prune("baseline", 2) == (run(1).id, run(0).id)
    assert ids(kept.read("baseline")) == [run(3).id, run(2).id]
    assert kept.prune("baseline", 2) == ()
    assert kept.read_starts("baseline", limit=9) == (starts(1),)


def test_eight_jobs_that_store_at_once_lose_nothing(place: str) -> None:
    suffixes = [f"{number:06x}" for number in range(WRITERS)]
    together = Barrier(WRITERS)

    def store(suffix: str) -> None:
        kept = opened(place)  # fsspec makes one for each thread, with connections of its own
        kept.scenarios()
        together.wait(timeout=60)
        for minute in range(EACH):
            kept.write(run(minute, suffix=suffix, note=suffix))

    with ThreadPoolExecutor(WRITERS) as jobs:
        for each in [jobs.submit(store, suffix) for suffix in suffixes]:
            each.result()
    wanted = sorted((run(minute, suffix=suffix).id for minute in range(EACH) for suffix in suffixes), reverse=True)
    found = opened(place).read("baseline")
    assert sorted(ids(found), reverse=True) == wanted
    assert all(each.note == each.id.rpartition("-")[2] for each in found)


def test_a_bucket_that_is_not_there_is_an_error_and_is_not_created(place: str) -> None:
    elsewhere = opened("s3://mistyped/store")
    for attempt in (
        lambda: elsewhere.read("baseline"),
        elsewhere.scenarios,
        lambda: elsewhere.find("2026"),
        lambda: elsewhere.write(run(1)),
        lambda: elsewhere.prune("baseline", 1),
    ):
        error = refused(attempt)
        assert error.message.startswith("the baselines at s3://mistyped/store")
        assert error.message.endswith("there is no such bucket")
    assert BUCKET in S3FileSystem().ls("")
    assert "mistyped" not in S3FileSystem().ls("")


@pytest.mark.parametrize("who", ["unknown", "wrong secret", "without rights"])
def test_who_may_not_is_told_so_without_a_secret(
    place: str, server: Server, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    key = {
        "unknown": Key("AKIANOBODY", "hidden-from-view"),
        "wrong secret": Key(server.allowed.id, "hidden-from-view"),
        "without rights": server.powerless,
    }[who]
    _identify(monkeypatch, key)
    kept = opened(place)
    for attempt, done in ((lambda: kept.read("baseline"), "listed"), (lambda: kept.write(run(1)), "written")):
        error = refused(attempt)
        assert f"could not be {done}: " in error.message
        assert "AWS_SECRET_ACCESS_KEY" in str(error.remedy)
        assert key.secret not in f"{error.message} {error.remedy} {error.__cause__!r}"
        assert key.secret not in repr(vars(kept))


def test_no_credentials(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    S3FileSystem.clear_instance_cache()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "could not be listed: Unable to locate credentials" in refused(lambda: opened(place).read("x")).message


@contextmanager
def listening() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


def test_a_server_that_is_not_there(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    S3FileSystem.clear_instance_cache()
    error = refused(lambda: opened(place).read("baseline"))
    assert "Could not connect" in error.message
    assert "AWS_ENDPOINT_URL" in str(error.remedy)


def test_a_server_that_does_not_answer(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "ANSWER_WITHIN", 0.2)
    monkeypatch.setattr(buckets, "ATTEMPTS", 1)
    with listening() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        S3FileSystem.clear_instance_cache()
        assert "timeout" in refused(lambda: opened(place).read("baseline")).message.lower()


def test_credentials_in_the_url_are_refused_and_not_repeated() -> None:
    error = refused(lambda: opened("s3://key:hidden-from-view@perf/store"))
    assert error.message == "baselines cannot be kept at s3://perf/store: the URL of a bucket holds credentials"

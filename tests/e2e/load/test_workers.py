"""A load shared by worker containers on a compose network, led by `perfgate run` in another one of it."""

from __future__ import annotations

import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfgate.errors import ExitCode
from perfgate.load.opening import read_recording
from perfgate.records.verdict import ReasonCode

pytestmark = [pytest.mark.docker, pytest.mark.timeout(420)]
PERFGATE = ["/opt/perfgate/bin/python", "-I", "-m", "perfgate"]
SETTINGS = {
    "stack": {"target": "http://web:8000", "ready": {"path": "/?ready"}, "external": {}},
    "scenarios": {
        "shared": {
            "users": 4,
            "spawn_rate": 100,
            "duration": "5s",
            "warm_up": "1s",
            "expect_workers": 2,
            "bind": "0.0.0.0:5557",
            "traffic": {"wait": "20ms..40ms", "requests": [{"get": "/"}]},
        }
    },
    "budgets": ["p95 < 10s"],
}


@dataclass
class Network:
    """`web` logs every request, which is the truth that recordings are held against."""

    folder: Path
    project: str

    def compose(self, *arguments: str, fails: bool = False) -> str:
        command = ["docker", "compose", "--project-name", self.project, "--project-directory", str(self.folder)]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=200, check=False)
        assert fails or done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def run(self) -> subprocess.Popen[bytes]:
        self.compose("up", "--detach", "web", "worker")
        command = ["docker", "compose", "--project-name", self.project, "--project-directory", str(self.folder)]
        with (self.folder / "master.log").open("wb") as log:
            return subprocess.Popen([*command, "up", "--no-log-prefix", "master"], stdout=log, stderr=log)

    def exit_codes(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for line in self.compose("ps", "--all", "--format", "json").splitlines():
            each = json.loads(line)
            found.setdefault(each["Service"], []).append(each["ExitCode"])
        return found

    @property
    def answered(self) -> int:
        return self.compose("logs", "web").count('"GET / HTTP')

    def said(self) -> str:
        return (self.folder / "master.log").read_text() + self.compose("logs", "worker")

    @property
    def recordings(self) -> list[Path]:
        return sorted((self.folder / "out" / "shared").glob("requests-worker-*.pgr"))

    @property
    def judgement(self) -> Any:
        return json.loads((self.folder / "out" / "judgement.json").read_text())["scenarios"][0]


@pytest.fixture
def network(image: str, tmp_path: Path) -> Iterator[Network]:
    as_us = f"{os.geteuid()}:{os.getegid()}"
    (tmp_path / "out").mkdir()
    (tmp_path / "perfgate.yml").write_text(yaml.safe_dump(SETTINGS))
    run = ["run", "--config", "/load/perfgate.yml", "--out", "/load/out", "--store-baseline", "never"]
    services = {
        "web": {"image": image, "entrypoint": [PERFGATE[0], "-m", "http.server", "8000"], "working_dir": "/mnt"},
        "worker": {
            "image": image,
            "entrypoint": PERFGATE,
            "command": ["worker", "--master", "master:5557"],
            "deploy": {"replicas": 2},
        },
        "master": {
            "image": image,
            "entrypoint": PERFGATE,
            "command": run,
            "user": as_us,
            "environment": {"HOME": "/tmp"},
            "volumes": [f"{tmp_path}:/load"],
        },
    }
    (tmp_path / "docker-compose.yml").write_text(yaml.safe_dump({"services": services}))
    made = Network(tmp_path, f"workers-{uuid.uuid4().hex[:8]}")
    try:
        yield made
    finally:
        made.compose("down", "--timeout", "2", "--volumes", fails=True)


def test_what_two_containers_sent_is_merged_whole(network: Network) -> None:
    assert ended(network, network.run()) == 0, network.said()
    recording = read_recording(network.folder / "out" / "shared")
    assert recording.complete
    assert len(recording) == sum(recording.rows) == network.answered > 40
    measured = json.loads((network.folder / "out" / "shared" / "measurement.json").read_text())["load"]
    assert [each["requests"] for each in measured["workers"]] == list(recording.rows[1:])
    assert measured["requests_lost"] == 0
    assert all(abs(each["clock_offset"]) < 5 for each in measured["workers"])  # one machine has one clock
    reasons = network.judgement["reasons"]
    assert ReasonCode.RECORDING_INCOMPLETE not in {each["code"] for each in reasons}
    assert not [each for each in reasons if "workers_lost" in each["facts"]]
    until_ended(network, {"worker": [0, 0]})


def test_a_killed_container_is_named_in_the_report(network: Network) -> None:
    settings = {**SETTINGS, "scenarios": {"shared": {**SETTINGS["scenarios"]["shared"], "duration": "20s"}}}  # type: ignore[dict-item]
    (network.folder / "perfgate.yml").write_text(yaml.safe_dump(settings))
    master = network.run()
    deadline = time.monotonic() + 150
    while [each.stat().st_size > 1000 for each in network.recordings] != [True, True]:
        assert time.monotonic() < deadline, network.said()
        assert master.poll() is None, network.said()
        time.sleep(0.1)
    killed, *_ = network.compose("ps", "--quiet", "worker").split()
    subprocess.run(["docker", "kill", killed], check=True, capture_output=True)
    assert ended(network, master) == ExitCode.PASS, network.said()
    assert network.judgement["verdict"] == "conditional"
    not_reached = [
        each["facts"] for each in network.judgement["reasons"] if each["code"] == ReasonCode.LOAD_NOT_REACHED
    ]
    [facts] = [each for each in not_reached if "workers_lost" in each]
    assert (facts["workers_lost"], facts["workers"]) == (1, 2)
    assert facts["worker"].startswith(killed[:12])
    assert 0 < facts["at"] < 20
    report = (network.folder / "out" / "report.html").read_text()
    assert "1 of 2 workers that shared the load was lost" in report
    assert len(read_recording(network.folder / "out" / "shared")) > 40


def ended(network: Network, master: subprocess.Popen[bytes]) -> int:
    try:
        return master.wait(200)
    except subprocess.TimeoutExpired:
        pytest.fail(f"the run does not end\n{network.said()}")


def until_ended(network: Network, expected: dict[str, list[int]]) -> None:
    deadline = time.monotonic() + 30
    while {name: network.exit_codes().get(name) for name in expected} != expected or "Up" in network.compose(
        "ps", "--all", "worker"
    ):
        assert time.monotonic() < deadline, network.exit_codes()
        time.sleep(0.3)

"""What recording every request costs: the same Locust file under plain Locust and under PerfGate's recorder.

    python -m benchmarks.recorder_overhead [--rounds 7] [--seconds 6] [--client FastHttpUser]

Requests per CPU-second of the generating process, between test start and test stop, as the Locust file itself
measures them in both cases; start-up is left out. In each round the two run at the same time on the same core, so
that the scheduler interleaves them in milliseconds and whatever else the machine does hits both; a round gives one
ratio. (Run one after the other on a busy machine, the same comparison scatters by tens of per cent.) The server is a
process of its own, on another core where there is one. Small JSON, keep-alive, no TLS, no waits: the most requests, so
the most recording, that Locust can make.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from perfgate.load.plan import Plan

LOCUSTFILE = """
import json, os, time
from pathlib import Path
from locust import {client}, events, task

begun = []

class Busy({client}):
    @task
    def health(self):
        self.client.get("/health")

@events.test_start.add_listener
def start(**_):
    begun.append(time.process_time())

@events.test_stopping.add_listener
def stop(environment, **_):
    result = {{"cpu": time.process_time() - begun[0], "requests": environment.stats.total.num_requests}}
    Path(os.environ["RESULT"]).write_text(json.dumps(result))
"""

BODY = b'{"status":"ok","version":"1.0","uptime":12345.6}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Answering(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER * data.count(b"\r\n\r\n"))


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def serving(cores: Sequence[int]) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.recorder_overhead", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pin(process.pid, cores[-1])
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def pin(pid: int, core: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, {core})


@dataclass(frozen=True)
class Setting:
    target: str
    folder: Path
    locustfile: Path
    users: int
    seconds: int
    core: int

    @property
    def arguments(self) -> list[str]:
        return [
            *("-f", str(self.locustfile), "--host", self.target, "--headless", "--only-summary"),
            *("-u", str(self.users), "-r", str(self.users), "-t", f"{self.seconds}s", "--stop-timeout", "5"),
        ]

    def plain(self) -> Running:
        return self._start("plain", [sys.executable, "-m", "locust", *self.arguments])

    def recorded(self) -> Running:
        path = self.folder / "plan.json"
        Plan(
            recording=str(self.folder),
            log=str(self.folder / "locust.log"),
            locustfile=str(self.locustfile),
            hosts={},
            users=self.users,
            duration=self.seconds,
            warm_up=0,
            stages=(),
            keep_own_shape=True,
            traffic=None,
        ).write(path)
        command = [sys.executable, "-P", "-m", "perfgate.load.inside", str(path), "--", *self.arguments]
        return self._start("recorded", command)

    def _start(self, name: str, command: list[str]) -> Running:
        result = self.folder / f"{name}.json"
        result.unlink(missing_ok=True)
        with (self.folder / f"{name}.txt").open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, "RESULT": str(result)})
        pin(process.pid, self.core)
        return Running(process, result)


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[bytes]
    result: Path

    def per_cpu_second(self) -> float:
        self.process.wait()
        measured = json.loads(self.result.read_text())
        return float(measured["requests"] / measured["cpu"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--client", choices=["FastHttpUser", "HttpUser"], default="FastHttpUser")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve())
        return
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    with tempfile.TemporaryDirectory() as name, serving(cores) as target:
        locustfile = Path(name) / "busy.py"
        locustfile.write_text(LOCUSTFILE.format(client=arguments.client))
        setting = Setting(target, Path(name), locustfile, arguments.users, arguments.seconds, cores[0])
        report(arguments, list(rounds(setting, arguments.rounds)))


def rounds(setting: Setting, count: int) -> Iterator[tuple[float, float]]:
    """(plain, recorded) in requests per CPU-second, for each round; they take turns in being started first."""
    setting.plain().per_cpu_second()  # files into the cache
    for number in range(count):
        if number % 2:
            recorded, plain = setting.recorded(), setting.plain()
        else:
            plain, recorded = setting.plain(), setting.recorded()
        result = plain.per_cpu_second(), recorded.per_cpu_second()
        print(f"  {result[0]:8.0f} {result[1]:8.0f}  {result[1] / result[0]:6.3f}", flush=True)
        yield result


def report(arguments: argparse.Namespace, measured: list[tuple[float, float]]) -> None:
    ratios = sorted(recorded / plain for plain, recorded in measured)
    print(f"Locust {version('locust')}, Python {platform.python_version()}, {os.cpu_count()} cores, {arguments.client}")
    print(f"{arguments.users} users, {len(measured)} interleaved rounds of {arguments.seconds} s")
    for index, what in enumerate(("plain Locust", "recorded")):
        values = [each[index] for each in measured]
        print(f"{what:>12}: median {statistics.median(values):.0f} requests per CPU-second")
    median = statistics.median(ratios)
    print(f"ratio recorded / plain: median {median:.3f}, range {ratios[0]:.3f} to {ratios[-1]:.3f}")
    print(f"lost to recording: {100 * (1 - median):.1f} % (aim: at most 2 %)")


if __name__ == "__main__":
    main()

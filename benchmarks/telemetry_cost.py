"""What watching containers costs: `python -m benchmarks.telemetry_cost`. Needs a Docker engine and the image it names.

Containers that do a little work are watched for some rounds, at the once a second of the engine's own statistics. The
figure that is bounded (below 2 % of a core for ten containers) is PerfGate's own; beside it stands what the engine
spends to answer, against as long a time unwatched.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import psutil

from perfgate.records.stack import StackKind
from perfgate.settings.telemetry import Telemetry
from perfgate.telemetry.watched import Watched
from perfgate.telemetry.watching import watch

BOUND = 0.02  # of a core, for ten containers
WORK = ["sh", "-c", "while :; do head -c 1000000 /dev/zero >/tmp/x; sleep 0.2; done"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--image", default="debian:trixie-slim")
    arguments.add_argument("--containers", type=int, default=10)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=15.0)
    asked = arguments.parse_args()
    api = docker.APIClient(version="auto")
    with running(api, asked.image, asked.containers) as containers:
        rounds = [one_round(api, containers, asked.seconds) for _ in range(asked.rounds)]
    own = [each[0] for each in rounds]
    print(f"{asked.containers} containers, {asked.rounds} rounds of {asked.seconds:g} s")
    print(f"PerfGate: {statistics.median(own):.2%} of a core ({min(own):.2%} to {max(own):.2%}); bound {BOUND:.0%}")
    print(f"samples a container and second: {statistics.median(each[1] for each in rounds):.2f}")
    print(f"engine: {statistics.median(each[2] for each in rounds):.2%} of a core more than unwatched")
    assert statistics.median(own) < BOUND, "watching costs more than it may"


@contextlib.contextmanager
def running(api: Any, image: str, many: int) -> Iterator[dict[str, str]]:
    made: dict[str, str] = {}
    try:
        for number in range(many):
            container = api.create_container(image, WORK, labels={"perfgate.benchmark": "telemetry"})["Id"]
            made[container] = f"service-{number}"
            api.start(container)
        yield made
    finally:
        for container in made:
            api.remove_container(container, force=True)


def one_round(api: Any, containers: dict[str, str], seconds: float) -> tuple[float, float, float]:
    """Own cores, samples a container and second, the engine's cores beyond those of as long a time unwatched."""
    engine = [each for each in psutil.process_iter(["name"]) if each.info["name"] in {"dockerd", "containerd"}]
    idle = spent(engine)
    time.sleep(seconds)
    idle = spent(engine) - idle
    watched = Watched(
        kind=StackKind.COMPOSE,
        target="http://127.0.0.1:1",
        folder=Path(),
        environ=dict(os.environ),
        containers=containers,
    )
    busy = spent(engine)
    before = time.process_time()
    with watch(Telemetry(), watched, api) as watching:
        time.sleep(seconds)
        now = time.time()
        own = (time.process_time() - before) / seconds
        telemetry = watching.result(now - seconds, now, 0.0, ())
    busy = spent(engine) - busy
    assert not telemetry.gaps, telemetry.gaps
    assert abs((telemetry.cost.cores or 0) - own) < 0.5 * own + 0.002, "what is shown is not what was spent"
    return own, telemetry.cost.samples / seconds / len(containers), (busy - idle) / seconds


def spent(processes: list[psutil.Process]) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in processes)


if __name__ == "__main__":
    main()

"""Many short gates on real stacks, side by side: base against base, and against heads that are really slower.

    python -m benchmarks.accuracy.campaign FOLDER [--same 60] [--slower 20] [--seed 6] [--until 19:45] [--part 1/2]
    python -m benchmarks.accuracy.campaign_table NAME [FOLDER]
    python -m benchmarks.accuracy.campaign_plot NAME

All endpoints of the example platform answer 5 ms late on both sides; a slower head's wait a share of the whole response
time longer, endpoint by endpoint, as the gates just before had it. The order of the gates is shuffled. Started again on
the same folder, it goes on where it stopped. Whatever else the machine does meanwhile stays as it is, and its share of
the processors is kept with each gate. `--part 1/2` and `--part 2/2`, started on the same folder at the same time, take
every second gate each: two gates are then each other's neighbour, too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Any, Final

CONFIG: Final = Path(__file__).with_name("campaign.yml")
PORT: Final = 28080  # in that file
FRESH: Final = 'TICKETS_FRESH: "1"'
DELAY: Final = 5.0  # milliseconds, on both sides
SLOWER: Final = (0.05, 0.10, 0.20)
RECENT: Final = 5  # gates before, whose base tells how long a response takes now
VERDICTS: Final = (0, 10, 11)
# Of what a gate writes, these are kept: all that it measured, request by request, and how it was judged.
KEPT: Final = ("measurement.json", "judgement.json", "turns.jsonl", "locust.log")
ENDPOINTS: Final = (
    *("GET /health", "GET /metrics", "GET /api/v1/health"),
    *("GET /api/v1/tickets", "GET /api/v1/tickets/{id}", "POST /api/v1/tickets"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--same", type=int, default=60, help="gates of base against base")
    parser.add_argument("--slower", type=int, default=20, help="gates at each injected change")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--until", help="HH:MM, UTC: no gate starts later")
    parser.add_argument("--part", default="1/1", help="of how many that run at the same time")
    given = parser.parse_args()
    part, parts = map(int, given.part.split("/"))
    until = datetime.combine(datetime.now(UTC), time_of_day.fromisoformat(given.until), UTC) if given.until else None
    given.folder.mkdir(parents=True, exist_ok=True)
    with config_of(part) as config:
        for number, change in enumerate(planned(given.folder, given.same, given.slower, given.seed)):
            out = given.folder / f"{number:04}"
            if number % parts != part - 1 or (out / "gate.json").exists():
                continue
            if until and datetime.now(UTC) >= until:
                break
            shutil.rmtree(out, ignore_errors=True)
            done = gate(config, out, change, responses(given.folder, number))
            (out / "gate.json").write_text(json.dumps({"number": number, **done}, indent=1))
            print(f"{number:4} {change:+.0%}  exit {done['exit_code']:2}  {done['seconds']:.0f} s", flush=True)


@contextmanager
def config_of(part: int) -> Iterator[Path]:
    """The settings, with a port and a folder for data of its own for every part after the first."""
    if part == 1:
        yield CONFIG
        return
    beside = CONFIG.with_name(f".campaign-{part}.yml")
    text = CONFIG.read_text().replace(str(PORT), str(PORT + 100 * (part - 1)))
    beside.write_text(text.replace(FRESH, f'{FRESH}, TICKETS_DATA: ".data/part-{part}"'))
    try:
        yield beside
    finally:
        beside.unlink()


def planned(folder: Path, same: int, slower: int, seed: int) -> list[float]:
    """The injected changes in the order of the gates, kept in `plan.json`; gate 0 tells how long responses take."""
    plan = folder / "plan.json"
    if not plan.exists():
        changes = [0.0] * same + [each for each in SLOWER for _ in range(slower)]
        random.Random(seed).shuffle(changes)
        plan.write_text(json.dumps({"seed": seed, "delay_ms": DELAY, "changes": [0.0, *changes]}))
    found: list[float] = json.loads(plan.read_text())["changes"]
    return found


def responses(folder: Path, before: int) -> dict[str, float]:
    """How long an unchanged side takes to answer each endpoint, in milliseconds; empty before the first gate."""
    recent: list[dict[str, float]] = []
    for number in range(before - 1, -1, -1):
        path = measurement_of(folder / f"{number:04}")
        if path is not None and len(recent) < RECENT:
            recent.append(dict(medians(json.loads(path.read_text())["side_by_side"]["endpoints"])))
    labels = {label for each in recent for label in each}
    return {label: statistics.median(each[label] for each in recent if label in each) for label in labels}


def medians(endpoints: Sequence[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    for each in endpoints:
        if each["response_times"] is not None:
            label = f"{each['endpoint']['method']} {each['endpoint']['name']}"
            yield label, 1000 * each["response_times"]["p50"]["value"]


def measurement_of(gate_folder: Path) -> Path | None:
    path = gate_folder / "short" / "beside" / "measurement.json"
    return path if path.exists() else None


def gate(config: Path, out: Path, change: float, whole: dict[str, float]) -> dict[str, Any]:
    base = dict.fromkeys(ENDPOINTS, DELAY)
    head = {endpoint: DELAY + change * whole.get(endpoint, 0.0) for endpoint in ENDPOINTS}
    command = [
        *(sys.executable, "-m", "perfgate", "run", "--config", str(config), "--stack", "process"),
        *("--scenario", "short", "--compare", "paired", "--base", "HEAD", "--out", str(out)),
        *("--baseline-store", str(out / "store"), "--store-baseline", "never"),
        *("--base-env", delayed(base), "--head-env", delayed(head)),
    ]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    begun, busy, own = time.time(), machine_seconds(), own_seconds()
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path})
    seconds = time.time() - begun
    others = machine_seconds() - busy - (own_seconds() - own)
    trim(out)
    return {
        "change": change,
        "began": begun,
        "seconds": seconds,
        "exit_code": ended.returncode,
        "error": None if ended.returncode in VERDICTS else (ended.stderr + ended.stdout)[-2000:],
        "head_delay_ms": head,
        "others": max(0.0, others) / seconds / (os.cpu_count() or 1),
    }


def delayed(milliseconds: dict[str, float]) -> str:
    return "TICKETS_DELAY=" + ", ".join(f"{endpoint}={each:.3f}ms" for endpoint, each in milliseconds.items())


def machine_seconds() -> float:
    """Processor seconds spent on anything since the machine started."""
    user, nice, system, _, _, irq, soft, steal, *_ = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """Of all gates that have ended, with their stacks and load generators."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def trim(out: Path) -> None:
    for path in out.rglob("*"):
        if path.is_file() and path.name not in KEPT and path.suffix != ".pgr":
            path.unlink()


if __name__ == "__main__":
    main()

"""From the end of the load to the written reports: time and memory for recordings of different sizes.

    python -m benchmarks.reporting_time [--requests 1000000 10000000] [--rounds 3]

Each measurement is a process of its own, which reads a recording of twenty endpoints over ten minutes from disk,
summarises it, judges it against eight stored runs and writes every document. Making the recording is not counted;
start-up of the interpreter and imports are shown apart.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from tests.builders import measurement, times

from perfgate import gate
from perfgate.judge.summary import summarise
from perfgate.judge.verdict import judge, judge_scenario
from perfgate.load.opening import read_recording
from perfgate.output import OutputFolder
from perfgate.records.baseline import Baseline
from perfgate.records.criteria import BlockOn, Policy
from perfgate.records.encoding import decode_baseline, encode_baseline
from perfgate.records.frames import FrameKind, encode_frame, encode_json_frame
from perfgate.records.measurement import Measurement
from perfgate.records.recording import DTYPES
from perfgate.settings.criteria import DEFAULT_TOLERANCES

BEGIN = 1_700_000_000.0
SECONDS = 600.0
ENDPOINTS = 20
ROWS = 20_000  # of a frame: a second of a busy generator


def write_recording(path: Path, requests: int) -> None:
    random = np.random.default_rng(1)
    names = {str(number): ("GET", f"/api/v1/things-{number}") for number in range(ENDPOINTS)}
    with path.open("wb") as file:
        file.write(encode_json_frame(FrameKind.HEAD, {"schema_version": 1}))
        file.write(encode_json_frame(FrameKind.ENDPOINTS, names))
        for first in range(0, requests, ROWS):
            rows = min(ROWS, requests - first)
            columns = {
                "start": BEGIN + SECONDS * (first + np.arange(rows)) / requests,
                "lag": np.zeros(rows),
                "response_time": np.exp(random.normal(-4.0, 0.5, rows)),
                "size": np.full(rows, 300),
                "endpoint": random.integers(0, ENDPOINTS, rows),
                "status": np.full(rows, 200),
                "message": np.zeros(rows),
            }
            payload = b"".join(columns[name].astype(dtype).tobytes() for name, dtype in DTYPES.items())
            file.write(encode_frame(FrameKind.REQUESTS, payload, rows))
        file.write(encode_json_frame(FrameKind.END, {"requests": requests}))


def stored_runs() -> list[Baseline]:
    labels = [f"GET /api/v1/things-{number}" for number in range(ENDPOINTS)]
    runs = []
    for day in range(8):
        run = measurement({label: times(0.018, 500, seed=day) for label in labels}, day=day)
        runs.append(Baseline(stored_at=run.started_at, why="run", measurement=run))
    return runs


def report(folder: Path) -> None:
    """What follows a load, in a process of its own; prints seconds and MiB as JSON."""
    history = [decode_baseline(path.read_bytes()) for path in sorted(folder.glob("*.baseline"))]
    begun = time.perf_counter()
    recording = read_recording(folder)
    summary = summarise(recording, started_at=BEGIN, ended_at=BEGIN + SECONDS, warm_up=30)
    like = history[0].measurement
    measured = Measurement.model_validate(
        {
            **like.model_dump(),
            "id": "20260201-000000-000000",
            "started_at": like.started_at + timedelta(days=30),
            "total": summary.total,
            "endpoints": summary.endpoints,
            "timeline": summary.timeline,
        }
    )
    out = OutputFolder(folder / "out")
    out.prepare()
    out.write("measurement.json", measured.model_dump_json(indent=1))
    policy = Policy(budgets=(), tolerances=DEFAULT_TOLERANCES)
    scenario = judge_scenario(measured, history, policy, today=datetime.now(UTC).date())
    judgement = judge(
        [scenario],
        block_on=BlockOn.FAIL,
        event="push",
        branch="main",
        judged_at=datetime.now(UTC),
        seconds=None,
        version="benchmark",
        policy=policy,
    )
    gate.write_documents(judgement, out)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "requests": len(recording)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--report", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.report:
        report(options.report)
        return
    for requests in options.requests:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_recording(folder / "requests-1.pgr", requests)
            for number, run in enumerate(stored_runs()):
                (folder / f"{number}.baseline").write_bytes(encode_baseline(run))
            for _ in range(options.rounds):
                command = [sys.executable, "-m", "benchmarks.reporting_time", "--report", name]
                begun = time.perf_counter()
                ended = subprocess.run(command, check=True, capture_output=True, text=True)
                whole = time.perf_counter() - begun
                figures = json.loads(ended.stdout)
                print(
                    f"{figures['requests']:>10,} requests: {figures['seconds']:6.2f} s, peak {figures['peak']:6.0f} MiB"
                    f" (whole process {whole:.2f} s)",
                    flush=True,
                )


if __name__ == "__main__":
    main()

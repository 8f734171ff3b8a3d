"""The example platform as real processes: clean runs, which must not fail, then delayed ones, which must.

    python -m benchmarks.accuracy.real_runs [--clean 10] [--delayed 1] [--duration 20s] [--delay "GET /health=20ms"]
    python -m benchmarks.accuracy.real_runs --paired --clean 8 --delayed 3 --duration 45s --delay "GET /health=5ms"

All compare with what the clean runs before them stored; with `--paired`, with the last commit side by side. Ends 1 if a
clean run ended in `fail`, or a delayed one did not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CONFIG = Path(__file__).parents[2] / "examples" / "tickets" / "perfgate.yml"
FAIL = 11


@dataclass(frozen=True)
class Ended:
    exit_code: int
    headline: str
    reasons: tuple[str, ...]


def main() -> int:
    options = arguments()
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        for number, delay in enumerate(runs(options), start=1):
            ended = gate(Path(name), options, delay)
            wrong += (ended.exit_code == FAIL) != bool(delay)
            print(
                f"{number:3}  {'delayed' if delay else 'clean':8} exit {ended.exit_code:2}  {ended.headline}",
                flush=True,
            )
            for reason in ended.reasons:
                print(f"         - {reason}", flush=True)
    print(f"{wrong} of {options.clean + options.delayed} wrong")
    return 1 if wrong else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clean", type=int, default=10)
    parser.add_argument("--delayed", type=int, default=1)
    parser.add_argument("--duration", default="20s")
    parser.add_argument("--delay", default="GET /health=20ms")
    parser.add_argument("--paired", action="store_true")
    return parser.parse_args()


def runs(options: argparse.Namespace) -> Iterator[str]:
    yield from [""] * options.clean
    yield from [options.delay] * options.delayed


def gate(folder: Path, options: argparse.Namespace, delay: str) -> Ended:
    out = folder / "out"
    command = [
        *(sys.executable, "-m", "perfgate", "run", "--config", str(CONFIG), "--stack", "process"),
        *("--scenario", "steady" if options.paired else "baseline"),
        *("--duration", options.duration, "--out", str(out)),
        *("--baseline-store", str(folder / "store"), "--store-baseline", "never" if delay else "always"),
    ]
    if options.paired:
        command += ["--compare", "paired", "--base", "HEAD", "--head-env", f"TICKETS_DELAY={delay}"]
        delay = ""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path, "TICKETS_DELAY": delay}
    )
    judgement = json.loads((out / "judgement.json").read_text()) if ended.returncode in (0, FAIL) else None
    if judgement is None:
        return Ended(ended.returncode, ended.stderr.strip(), ())
    reasons = (reason for scenario in judgement["scenarios"] for reason in scenario["reasons"])
    return Ended(ended.returncode, judgement["verdict"], tuple(map(shown, reasons)))


def shown(reason: dict[str, object]) -> str:
    facts = reason["facts"]
    assert isinstance(facts, dict)
    change = facts.get("change")
    place = f"{reason['metric'] or ''} {reason['endpoint'] or ''}".strip()
    return f"{reason['code']} {place}" + (f" {change:+.1%}" if isinstance(change, float) else "")


if __name__ == "__main__":
    sys.exit(main())

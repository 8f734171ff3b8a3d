"""What `perfgate --version` costs beside a bare interpreter, in CPU seconds of whole processes, interleaved.

python -m benchmarks.start_up [--rounds 25]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BARE = (sys.executable, "-c", "pass")
VERSION = (str(Path(sys.executable).with_name("perfgate")), "--version")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    cpu_seconds(VERSION)  # files into the cache
    pairs = [(cpu_seconds(BARE), cpu_seconds(VERSION)) for _ in range(rounds)]
    bare, version = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(each[1] / each[0] for each in pairs)
    print(f"bare interpreter  {1000 * bare:6.1f} ms of CPU time (median of {rounds})")
    print(f"perfgate --version{1000 * version:6.1f} ms")
    print(f"ratio {ratio:.2f} (aim: at most 2)")


def cpu_seconds(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()

"""Whether the page of a large measurement opens as fast as that of a small one: its size, and the time in a browser.

    python -m benchmarks.page_time [--requests 100000 10000000] [--rounds 7]

Twenty endpoints over ten minutes, compared with eight stored runs. The pages are opened in turns, so that what else the
machine does strikes all alike; a ratio is to the first size. `interactive`: from the start of the navigation until the
script has drawn every chart and tables answer; `sort`: a click on a column until its rows stand anew.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser
from tests.e2e.browser.chromium import find_chromium, open_chromium
from tests.e2e.browser.opened import open_page

from benchmarks.reporting_time import stored_runs, write_recording
from perfgate.records.encoding import encode_baseline

INTERACTIVE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventStart"
SORT = """() => { const begun = performance.now();
  document.querySelectorAll("table.sortable th button")[3].click(); document.body.offsetHeight;
  return performance.now() - begun; }"""


def make_page(folder: Path, requests: int) -> Path:
    write_recording(folder / "requests-1.pgr", requests)
    for number, run in enumerate(stored_runs()):
        (folder / f"{number}.baseline").write_bytes(encode_baseline(run))
    command = [sys.executable, "-m", "benchmarks.reporting_time", "--report", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "out" / "report.html"


def opened(browser: Browser, page: Path) -> tuple[float, float]:
    """Milliseconds until it is interactive, and of a sort."""
    report = open_page(browser, page, width=1280, scheme="light").page
    times = report.evaluate(INTERACTIVE), report.evaluate(SORT)
    report.context.close()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, nargs="+", default=[100_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    executable = find_chromium()
    if executable is None:
        sys.exit("chromium is not there")
    with tempfile.TemporaryDirectory() as name, open_chromium(executable) as browser:
        pages = {}
        for requests in options.requests:
            folder = Path(name) / str(requests)
            folder.mkdir()
            pages[requests] = make_page(folder, requests)
        rounds = [{requests: opened(browser, page) for requests, page in pages.items()} for _ in range(options.rounds)]
        first = options.requests[0]
        for requests, page in pages.items():
            interactive, sort = (statistics.median(each[requests][at] for each in rounds) for at in (0, 1))
            ratio = statistics.median(each[requests][0] / each[first][0] for each in rounds)
            print(
                f"{requests:>10,} requests: {page.stat().st_size / 1024:4.0f} KiB, interactive {interactive:4.0f} ms "
                f"(ratio {ratio:.2f}), sort {sort:3.0f} ms",
                flush=True,
            )


if __name__ == "__main__":
    main()

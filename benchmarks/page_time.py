"""Whether the page of a large measurement opens as fast as that of a small one: what it holds, and its time.

    python -m benchmarks.page_time [--requests 100000 10000000] [--rounds 20]

Twenty endpoints over ten minutes, compared with eight stored runs. In each round every page is opened once, in an
order drawn anew, so that neither what else the machine does nor the place in the round favours one; the first is
opened twice, and the ratio of the one to the other is the control: what the machine alone makes of equal pages.
`numbers`: what is embedded to be drawn; `interactive`: from the start of the navigation until the script has drawn
every chart and tables answer; `sort`: a click on a column until its rows stand anew.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
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


HELD = """() => {
  const count = (value) => (typeof value === "number" ? 1
    : value && typeof value === "object" ? Object.values(value).reduce((sum, each) => sum + count(each), 0) : 0);
  return [count(JSON.parse(document.getElementById("data").textContent)), document.querySelectorAll("*").length]; }"""


def make_page(folder: Path, requests: int) -> Path:
    write_recording(folder / "requests-1.pgr", requests)
    for number, run in enumerate(stored_runs()):
        (folder / f"{number}.baseline").write_bytes(encode_baseline(run))
    command = [sys.executable, "-m", "benchmarks.reporting_time", "--report", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "out" / "report.html"


@dataclass(frozen=True)
class Opened:
    """Milliseconds until it is interactive, and of a sort."""

    interactive: float
    sort: float


def opened(browser: Browser, page: Path) -> Opened:
    report = open_page(browser, page, width=1280, scheme="light").page
    times = Opened(report.evaluate(INTERACTIVE), report.evaluate(SORT))
    report.context.close()
    return times


def held(browser: Browser, page: Path) -> tuple[int, int]:
    """Numbers embedded, and elements."""
    report = open_page(browser, page, width=1280, scheme="light").page
    numbers, elements = report.evaluate(HELD)
    report.context.close()
    return numbers, elements


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, nargs="+", default=[100_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    executable = find_chromium()
    if executable is None:
        sys.exit("chromium is not there")
    with tempfile.TemporaryDirectory() as name, open_chromium(executable) as browser:
        pages = {}
        for requests in options.requests:
            folder = Path(name) / str(requests)
            folder.mkdir()
            pages[f"{requests:,} requests"] = make_page(folder, requests)
        first = next(iter(pages))
        told = {each: held(browser, page) for each, page in pages.items()}
        pages["control"] = pages[first]
        rounds = [one_round(browser, pages) for _ in range(options.rounds)]
        for each, page in pages.items():
            interactive = statistics.median(times[each].interactive for times in rounds)
            sort = statistics.median(times[each].sort for times in rounds)
            ratios = [times[each].interactive / times[first].interactive for times in rounds]
            low, middle, high = statistics.quantiles(ratios, n=4)
            numbers, elements = told.get(each, told[first])
            print(
                f"{each:>20}: {page.stat().st_size / 1024:4.0f} KiB, {numbers:,} numbers, {elements:,} elements, "
                f"interactive {interactive:4.0f} ms (ratio {middle:.2f}, quartiles {low:.2f} and {high:.2f}), "
                f"sort {sort:3.0f} ms",
                flush=True,
            )


def one_round(browser: Browser, pages: Mapping[str, Path]) -> dict[str, Opened]:
    order = random.sample(list(pages), len(pages))
    return {each: opened(browser, pages[each]) for each in order}


if __name__ == "__main__":
    main()

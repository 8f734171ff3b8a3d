"""The table of docs/first-load-test.md, held against the reports and tables of the runs that are kept beside it."""

from __future__ import annotations

import csv
import re

import pytest

from tests.documentation import ROOT

FOLDER = ROOT / "docs" / "first-load-test"
ROWS = {
    found[1]: [cell.strip() for cell in found[2].split("|")]
    for found in re.finditer(
        r"^\| \[(\w+)\]\(first-load-test/\w+\.html\)[^|]*\|(.*)\|$",
        (ROOT / "docs" / "first-load-test.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}
IN_WORDS = {
    "generator-saturated": "the load generator was the bottleneck",
    "growth-uncertain": "one growth is too uncertain to judge",
    "no-baseline": "there is no baseline to compare with yet",
}


def test_every_kept_report_has_its_row() -> None:
    assert sorted(ROWS) == sorted(each.stem for each in FOLDER.glob("*.html")) != []


@pytest.mark.parametrize("scenario", ROWS)
def test_its_figures_are_those_of_the_run(scenario: str) -> None:
    requests, failed, rate, times, journey, met, verdict = ROWS[scenario]
    with (FOLDER / f"{scenario}_stats.csv").open(encoding="utf-8") as file:
        rows = {(each["Type"], each["Name"]): each for each in csv.DictReader(file)}
    total, of_journey = rows["", "Aggregated"], rows["JOURNEY", "webhook to enriched ticket"]
    assert (requests.replace(",", ""), failed) == (total["Request Count"], total["Failure Count"])
    assert rate == f"{float(total['Requests/s']):.1f}"
    assert times == ", ".join(f"{float(total[each]):.0f}" for each in ("50%", "95%", "99%"))
    assert journey == f"{float(of_journey['95%']):.0f}"
    page = (FOLDER / f"{scenario}.html").read_text(encoding="utf-8")
    assert met == "{} of {}".format(*criteria(page))
    told, _, codes = verdict.partition(": ")
    [headline] = re.findall(r"<h1>.*?</span>(.*?)</h1>", page, re.DOTALL)
    said = "; ".join(IN_WORDS[each.strip("`")] for each in codes.split(", "))
    assert headline.startswith(f"{told.capitalize()}: {said}.")


def criteria(page: str) -> tuple[int, int]:
    """How many rows of the acceptance table are met, and how many it has."""
    [table] = re.findall(r"<table class=\"criteria.*?</table>", page, re.DOTALL)
    statuses = re.findall(r"<tr role=\"row\" class=\"([a-z-]+)\"", table)
    return statuses.count("met"), len(statuses)

"""`report.html` in a real browser: opened from its file, drawn, sorted, searched, zoomed, read by a machine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.browser.opened import Opened
from tests.e2e.browser.situations import SITUATIONS

Open = Callable[..., Opened]
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")

# Of every chart: how many pixels have the colour of each line that its legend names (as the page's style has it).
PIXELS = """() => [...document.querySelectorAll(".chart:has(canvas)")].map((chart) => {
  const canvas = chart.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const markers = [...chart.querySelectorAll(".u-legend .u-series")].slice(1);
  return Object.fromEntries(markers.map((each) => {
    const wanted = getComputedStyle(each.querySelector(".u-marker")).borderBottomColor.match(/\\d+/g).map(Number);
    let found = 0;
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] > 200 && wanted.slice(0, 3).every((part, at) => Math.abs(data[i + at] - part) < 12)) found += 1;
    return [each.querySelector(".u-label").textContent, found];
  }));
})"""


def pictures(page: Page, inside: str) -> list[str]:
    """A digest of each chart as it is drawn, with what the last event asked for."""
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    urls = page.eval_on_selector_all(f"{inside} canvas", "all => all.map((each) => each.toDataURL())")
    return [hashlib.sha256(each.encode()).hexdigest() for each in urls]


# The two with everything on them in every way, the others in one each.
WAYS = [(name, width, scheme) for name in ("side-by-side", "stored") for width in WIDTHS for scheme in SCHEMES] + [
    (name, WIDTHS[at % 2], SCHEMES[at // 2 % 2])
    for at, name in enumerate(SITUATIONS)
    if name not in {"side-by-side", "stored"}
]


@pytest.mark.parametrize(("name", "width", "scheme"), WAYS)
def test_it_opens_fits_and_has_no_serious_accessibility_fault(
    name: str, width: int, scheme: str, open_report: Open
) -> None:
    page = open_report(name, width=width, scheme=scheme).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    assert [f"{each['id']}: {each['nodes'][0]['html']}" for each in found] == []


def test_every_line_of_every_chart_is_drawn(open_report: Open) -> None:
    for name, charts in {"side-by-side": 5, "stored": 5, "watched": 8}.items():
        drawn = open_report(name).page.evaluate(PIXELS)
        assert len(drawn) == charts
        silent = {line for chart in drawn for line, pixels in chart.items() if pixels < 30}
        # None failed; and where nothing moved, the candidate's curve lies upon the baseline's.
        assert silent <= {"failures", *(["baseline"] if name == "watched" else [])}


def test_dark_mode_has_other_colours_and_follows_a_change(open_report: Open) -> None:
    page = open_report("stored").page
    light = pictures(page, ".charts")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("getComputedStyle(document.documentElement).backgroundColor === 'rgb(13, 17, 23)'")
    assert not set(light) & set(pictures(page, ".charts"))


def test_all_charts_over_time_zoom_together_and_come_back(page: Page) -> None:
    whole = pictures(page, ".charts")
    first = page.locator(".charts .u-over").first
    first.scroll_into_view_if_needed()
    box = first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 60, steps=4)
    page.mouse.up()
    page.mouse.move(0, 0)
    zoomed = pictures(page, ".charts")
    assert len(zoomed) == 2
    assert all(before != after for before, after in zip(whole, zoomed, strict=True))
    page.get_by_role("button", name="Whole run").click()
    assert pictures(page, ".charts") == whole


def test_the_keyboard_zooms_and_moves(page: Page) -> None:
    whole = pictures(page, ".charts")
    page.locator(".charts").focus()
    seen = [whole]
    for key in ("+", "ArrowRight", "ArrowLeft", "-", "0"):
        page.keyboard.press(key)
        seen.append(pictures(page, ".charts"))
    zoomed, right, left, out, back = seen[1:]
    assert all(a != b for a, b in zip(whole, zoomed, strict=True))
    assert right != zoomed
    assert left == zoomed
    assert out == back == whole


def column(page: Page, at: int) -> list[str]:
    return page.eval_on_selector_all(
        "table.sortable tbody tr:not(.total):not([hidden])", f"all => all.map((row) => row.cells[{at}].dataset.sort)"
    )


def test_tables_sort_by_every_column_and_say_so(open_report: Open) -> None:
    page = open_report("many").page
    heads = page.locator("table.sortable th")
    for at in range(heads.count()):
        for direction in ("descending", "ascending"):
            heads.nth(at).get_by_role("button").click()
            assert heads.nth(at).get_attribute("aria-sort") == direction
            keys: list[Any] = column(page, at)
            if at:
                keys = [float(key) for key in keys]
                assert keys == sorted(keys, reverse=direction == "descending")
            else:
                page_order = "(keys) => [...keys].sort((a, b) => a.localeCompare(b))"
                wanted = page.evaluate(page_order, keys)
                assert keys == (wanted[::-1] if direction == "descending" else wanted)
    assert page.locator("table.sortable tbody tr").first.get_attribute("class") == "pass total"


def test_tables_search(open_report: Open) -> None:
    page = open_report("many").page
    rows = page.locator("table.sortable tbody tr")
    every = rows.count()
    page.get_by_label("Search").fill("things-17")
    shown = page.locator("table.sortable tbody tr:visible")
    assert 0 < shown.count() < every
    assert all("things-17" in text for text in shown.all_inner_texts())
    assert page.locator("[data-found]").inner_text() == f"{shown.count()} of {every}"
    page.get_by_label("Search").fill("")
    assert shown.count() == every


def test_a_choice_draws_its_own_distribution_and_pairs(open_report: Open) -> None:
    for name, field, chart in (("first-run", "data-curve", "curve"), ("side-by-side", "data-pairs", "pairs")):
        page = open_report(name).page
        before = pictures(page, f"[data-chart={chart}]")
        page.locator(f"[{field}]").select_option(index=1)
        assert pictures(page, f"[data-chart={chart}]") != before


def test_several_runs_are_drawn_and_sorted(open_report: Open) -> None:
    page = open_report("runs").page
    drawn = page.evaluate(PIXELS)
    assert [max(chart.values()) > 30 for chart in drawn] == [True] * 3
    page.get_by_role("button", name="p95", exact=True).click()
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("p95")
    keys = [float(key) for key in column(page, 4)]
    assert keys == sorted(keys, reverse=True)
    assert page.locator("text=a <b>note</b>").count() == 1


def test_it_prints(page: Page) -> None:
    text = page.pdf(format="A4")
    assert text.startswith(b"%PDF-")
    assert text.count(b"/Type /Page\n") + text.count(b"/Type /Page ") >= 2


def test_the_first_thing_the_keyboard_reaches_leads_to_the_report(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"

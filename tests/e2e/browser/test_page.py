"""`report.html` in a real browser: opened from its file, drawn, sorted, searched, zoomed, read by a machine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.browser.opened import HEIGHTS, Opened
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


def resize(page: Page, width: int) -> None:
    """Until the page has that width: what asked for it does not wait for the page. No frame is needed for that."""
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    page.wait_for_function("(width) => innerWidth === width", arg=width, polling=20)


# The two with everything on them at both widths, the others at one each.
WAYS = [(name, width, SCHEMES[at]) for name in ("side-by-side", "stored") for at, width in enumerate(WIDTHS)] + [
    (name, WIDTHS[at % 2], SCHEMES[at // 2 % 2])
    for at, name in enumerate(SITUATIONS)
    if name not in {"side-by-side", "stored"}
]
# Rows, folds and scenarios that repeat what those before them have shown: most of what axe-core would look at.
REPEATED = ("tbody tr:nth-child(n+6)", ".folds details:nth-child(n+4)", "article:nth-of-type(n+3)")
# Tables and other boxes that would scroll sideways.
WIDER = "() => [...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth).length"


@pytest.mark.parametrize(("name", "width", "scheme"), WAYS)
def test_it_opens_fits_and_has_no_serious_accessibility_fault(
    name: str, width: int, scheme: str, open_report: Open
) -> None:
    page = open_report(name, width=width, scheme=scheme).page
    for each in sorted(WIDTHS, key=lambda other: other == width):
        resize(page, each)
        assert page.evaluate("document.documentElement.scrollWidth") <= each
        assert page.evaluate(WIDER) == 0
    options = {"resultTypes": ["violations"]}  # the paths of all that passed would take half of the time
    found = Axe().run(page, context={"exclude": [[each] for each in REPEATED]}, options=options).response["violations"]
    assert [f"{each['id']}: {each['nodes'][0]['html']}" for each in found] == []


def test_nothing_is_wider_than_a_phone_while_its_charts_are_still_as_they_were_drawn_for_a_desktop(
    open_report: Open,
) -> None:
    page = open_report("stored", width=1280).page
    page.evaluate("window.requestAnimationFrame = () => 0")  # no chart is drawn again
    resize(page, 390)
    assert page.locator(".chart canvas").first.evaluate("(canvas) => canvas.clientWidth") > 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_other_colours_have_contrast_too(name: str, open_report: Open) -> None:
    """Of the two with everything on them; nothing else depends on the colours."""
    page = open_report({"dark": "side-by-side", "light": "stored"}[name], width=1280, scheme="light").page
    page.emulate_media(color_scheme=name)
    found = Axe().run(page, options={"runOnly": ["color-contrast"], "resultTypes": ["violations"]}).response
    assert found["violations"] == []
    assert [each["id"] for each in found["passes"]] == ["color-contrast"]


def test_on_a_phone_every_cell_of_an_endpoint_says_what_it_is_and_all_columns_can_be_had(open_report: Open) -> None:
    page = open_report("many", width=390).page
    row = page.locator("table.endpoints tbody tr").nth(1)
    named = """(row) => [...row.cells].filter((cell) => cell.offsetParent)
      .map((cell) => getComputedStyle(cell, '::before').content)"""
    few = row.evaluate(named)
    assert [each.strip('"') for each in few if each != "none"][-2:] == ["errors", "requests"]
    page.get_by_label("all columns").check()
    assert [each for each in row.evaluate(named) if each not in few] == ['"req/s"', '"max (ms)"', '"mean (ms)"']
    assert page.evaluate(WIDER) == 0


def test_every_line_of_every_chart_is_drawn(open_report: Open) -> None:
    for name, charts in {"side-by-side": 5, "stored": 5, "watched": 7}.items():
        drawn = open_report(name).page.evaluate(PIXELS)
        assert len(drawn) == charts
        silent = {line for chart in drawn for line, pixels in chart.items() if pixels < 30}
        # None failed; and where nothing moved, the candidate's curve lies upon the baseline's.
        assert silent <= {"failures", *(["baseline"] if name == "watched" else [])}


def test_of_many_series_only_the_telling_ones_are_drawn_until_somebody_opens_more(open_report: Open) -> None:
    page = open_report("watched-much").page
    assert page.locator(".charts > figure > figcaption").all_inner_texts() == [
        "Response time", "Load", "CPU", "Memory", "Probe queue_depth", "metric_7",
    ]  # fmt: skip
    folds = page.locator(".folds details")
    assert (folds.count(), page.locator(".folds canvas").count()) == (40, 0)
    page.locator(".folds").get_by_label("Search").fill("METRIC_12")
    assert page.locator(".folds [data-found]").inner_text() == "1 of 40"
    page.locator(".folds details:visible summary").click()
    page.locator(".folds canvas").wait_for()
    drawn = page.evaluate(PIXELS)
    assert len(drawn) == 9
    assert min(drawn[6].values()) > 30
    before = pictures(page, ".charts")
    page.get_by_role("button", name="Zoom in").click()
    assert all(a != b for a, b in zip(before, pictures(page, ".charts"), strict=True))


def test_the_trend_shows_each_endpoint_and_metric_with_its_changes_of_level(open_report: Open) -> None:
    for name, kind in (("stored", "trend"), ("runs", "history")):
        page = open_report(name).page
        seen = [pictures(page, f"[data-chart={kind}]")]
        for field, index in ((kind, 1), ("metric", 2), (kind, 0)):
            page.locator(f"[data-{field}]").select_option(index=index)
            seen.append(pictures(page, f"[data-chart={kind}]"))
        assert len({each[0] for each in seen}) == len(seen)
    page = open_report("stored").page
    told = page.locator("details", has_text="The level changed").locator("li").all_inner_texts()
    assert [each.split(" (")[0] for each in told] == [
        "p50 of all endpoints together: level +25 % from here on",
        "p95 of GET /a: level +10 % from here on",
    ]


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


def test_fingers_zoom_and_move_and_the_page_still_scrolls(open_report: Open) -> None:
    page = open_report("side-by-side", width=390, touch=True).page
    first = page.locator(".charts .u-over").first
    first.scroll_into_view_if_needed()
    box = first.bounding_box()
    assert box
    fingers = page.context.new_cdp_session(page)

    def drag(*ways: tuple[float, float, float, float]) -> None:
        """Each finger from a place to a place, in parts of the chart."""
        for kind, parts in (("touchStart", [0]), ("touchMove", range(1, 9)), ("touchEnd", [8])):
            for part in parts:
                points = [
                    {
                        "x": box["x"] + box["width"] * (x + (to_x - x) * part / 8),
                        "y": box["y"] + box["height"] * (y + (to_y - y) * part / 8), "id": at,
                    }
                    for at, (x, y, to_x, to_y) in enumerate(ways)
                ]  # fmt: skip
                fingers.send(
                    "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else points}
                )

    seen = [pictures(page, ".charts")]
    drag((0.45, 0.5, 0.2, 0.5), (0.55, 0.5, 0.8, 0.5))
    seen.append(pictures(page, ".charts"))
    drag((0.3, 0.5, 0.7, 0.5))
    seen.append(pictures(page, ".charts"))
    for before, after in pairwise(seen):
        assert all(a != b for a, b in zip(before, after, strict=True))
    page.get_by_role("button", name="Later").click()
    assert pictures(page, ".charts") != seen[-1]
    page.get_by_role("button", name="Whole run").click()
    assert pictures(page, ".charts") == seen[0]
    scrolled = page.evaluate("scrollY")
    drag((0.5, 0.9, 0.5, -0.5))
    page.wait_for_function("(from) => scrollY > from", arg=scrolled)
    assert pictures(page, ".charts") == seen[0]


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


# A click on the head of a column, and what the table has then: what it says of its order, and the keys of its rows.
SORTED = """(at) => { const table = document.querySelector("table.sortable"), head = table.tHead.rows[0].cells[at];
  head.querySelector("button").click();
  const rows = [...table.tBodies[0].rows].filter((row) => !row.classList.contains("total"));
  const said = [head.getAttribute("aria-sort"), table.querySelectorAll("[aria-sort]").length];
  return [...said, rows.map((row) => row.cells[at].dataset.sort)];
}"""


def test_tables_sort_by_every_column_and_say_so(open_report: Open) -> None:
    page = open_report("many").page
    columns = page.locator("table.endpoints th").count()
    assert columns == 12
    for at in range(columns):
        for direction in ("descending", "ascending"):
            said, heads, keys = page.evaluate(SORTED, at)
            assert (said, heads) == (direction, 1)
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

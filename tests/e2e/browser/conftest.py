from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browser.chromium import find_chromium, open_chromium
from tests.e2e.browser.opened import Opened, open_page
from tests.e2e.browser.situations import SITUATIONS

REQUIRE_CHROMIUM = "PERFGATE_REQUIRE_CHROMIUM"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        if os.environ.get(REQUIRE_CHROMIUM) == "1":
            pytest.fail("chromium is not there")
        pytest.skip("chromium is not there")
    with open_chromium(executable) as opened:
        yield opened


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The situations as files, as a run leaves them."""
    folder = tmp_path_factory.mktemp("pages")
    made = {name: folder / f"{name}.html" for name in SITUATIONS}
    for name, path in made.items():
        path.write_text(SITUATIONS[name](), encoding="utf-8")
    return made


@pytest.fixture
def open_report(browser: Browser, pages: dict[str, Path]) -> Iterator[Callable[..., Opened]]:
    """`open_report(name, width=…, scheme=…)`; at the end nothing may have been asked of anybody, nor gone wrong."""
    opened: list[Opened] = []

    def open_one(name: str, *, width: int = 1280, scheme: str = "light", touch: bool = False) -> Opened:
        opened.append(open_page(browser, pages[name], width=width, scheme=scheme, touch=touch))
        return opened[-1]

    yield open_one
    for each in opened:
        each.page.context.close()
        assert each.said == []
        assert each.asked == [each.address]


@pytest.fixture
def page(open_report: Callable[..., Opened]) -> Page:
    """Base and head side by side, at desktop width."""
    return open_report("side-by-side").page

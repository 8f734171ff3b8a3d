"""A report opened from its file, with an ear on all that it says and asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.e2e.browser.chromium import PATIENCE

HEIGHTS = {390: 844, 1280: 900}


@dataclass
class Opened:
    page: Page
    address: str
    said: list[str] = field(default_factory=list)  # console messages and uncaught errors
    asked: list[str] = field(default_factory=list)  # addresses


def open_page(browser: Browser, path: Path, *, width: int, scheme: Any, sharp: int = 1, touch: bool = False) -> Opened:
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS[width]},
        color_scheme=scheme,
        device_scale_factor=sharp,
        has_touch=touch,
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    opened = Opened(page, path.as_uri())
    page.on("console", lambda message: opened.said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: opened.said.append(f"error: {error}"))
    page.on("request", lambda request: opened.asked.append(request.url))
    page.goto(opened.address)
    return opened

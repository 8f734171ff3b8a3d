"""A headless Chromium of the system, driven without any download."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

# As root, in a container without a graphics card, and quiet: a browser that asks nobody for anything by itself.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def find_chromium() -> Path | None:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return Path(found) if found else None


PATIENCE = 180_000  # milliseconds for whatever is asked of it: tests share their machine


@contextmanager
def open_chromium(executable: Path) -> Iterator[Browser]:
    """Each time with a new profile, which goes away with it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS), timeout=PATIENCE)
        try:
            yield browser
        finally:
            browser.close()

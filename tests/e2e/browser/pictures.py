"""Pictures of a report at phone and desktop width, light and dark, small enough for a repository.

    python -m tests.e2e.browser.pictures perfgate-out/report.html docs/pictures [--name page] [--section pairs ...]

`--section`: also this part of the page (the end of its heading's id) by itself, at desktop width, in light colours.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from tests.e2e.browser.chromium import find_chromium, open_chromium
from tests.e2e.browser.opened import open_page

WIDTHS = {"desktop": (1280, 1480, 1), "phone": (390, 1350, 2)}  # width and height in CSS pixels, and their sharpness
SCHEMES = ("light", "dark")
COLOURS = 128  # of the palette: a page has few


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="page")
    parser.add_argument("--section", action="append", default=[])
    options = parser.parse_args()
    executable = find_chromium()
    if executable is None:
        sys.stderr.write("chromium is not there\n")
        return 1
    options.folder.mkdir(parents=True, exist_ok=True)
    with open_chromium(executable) as browser:
        for device, (width, height, sharp) in WIDTHS.items():
            for scheme in SCHEMES:
                page = _opened(browser, options.page, width, scheme, sharp)
                picture = page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": height}, full_page=True)
                _write(picture, options.folder / f"{options.name}-{device}-{scheme}.png")
                page.context.close()
        page = _opened(browser, options.page, 1280, "light", 1)
        for section in options.section:
            _write(_section(page, section).screenshot(), options.folder / f"{options.name}-{section}.png")
        page.context.close()
    return 0


def _opened(browser: Browser, path: Path, width: int, scheme: str, sharp: int) -> Page:
    opened = open_page(browser, path.resolve(), width=width, scheme=scheme, sharp=sharp)
    opened.page.eval_on_selector_all(".sections", "all => all.forEach((each) => { each.style.position = 'static'; })")
    return opened.page


def _section(page: Page, name: str) -> Locator:
    return page.locator("section", has=page.locator(f"h3[id$='-{name}']")).first


def _write(picture: bytes, path: Path) -> None:
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())

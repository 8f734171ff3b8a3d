"""A comment as GitHub shows it, as pictures: `python -m docs.pictures.comment perfgate-out/comment.md docs/pictures`.

GitHub's own Markdown parser (cmark-gfm) makes the page, the system's Chromium draws it, light and dark.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import cmarkgfm
from cmarkgfm.cmark import Options
from PIL import Image
from tests.e2e.browser.chromium import find_chromium, open_chromium

WIDTH: Final = 1012  # of a comment's column on a desktop
# The colours, sizes and breaks of GitHub's comments.
STYLE: Final = """
:root { --back: #fff; --ink: #1f2328; --line: #d1d9e0; --code: #818b981f }
.dark { --back: #0d1117; --ink: #f0f6fc; --line: #3d444d; --code: #656c7633 }
body { margin: 0; padding: 16px; background: var(--back); color: var(--ink) }
body { font: 14px/1.5 "DejaVu Sans", "Noto Color Emoji" }
main { border: 1px solid var(--line); border-radius: 6px; padding: 16px }
h3, h4 { margin: 0 0 16px; line-height: 1.25 } h3 { font-size: 1.25em }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto }
table { margin: 0 0 16px }
td, th { border: 1px solid var(--line); padding: 6px 13px }
code { background: var(--code); padding: .2em .4em; border-radius: 6px; font: 85% "DejaVu Sans Mono" }
p, ul { margin: 0 0 16px } ul { padding-left: 2em }
"""


def draw(comment: str, folder: Path) -> list[Path]:
    html = cmarkgfm.github_flavored_markdown_to_html(comment, Options.CMARK_OPT_UNSAFE)
    executable = find_chromium()
    if executable is None:
        raise SystemExit("there is no chromium here: install it, as by `apt-get install chromium`")
    drawn = []
    with tempfile.TemporaryDirectory() as scratch, open_chromium(executable) as browser:
        for scheme in ("light", "dark"):
            page_file = Path(scratch) / f"{scheme}.html"
            page_file.write_text(
                f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><body class={scheme}><main>{html}</main>"
            )
            page = browser.new_page(viewport={"width": WIDTH, "height": 100}, device_scale_factor=1.5)
            page.goto(page_file.as_uri())
            drawn.append(folder / f"comment-{scheme}.png")
            page.screenshot(path=drawn[-1], full_page=True)
            with Image.open(drawn[-1]) as image:  # few colours: a third of the size, and nobody sees it
                image.convert("RGB").quantize(colors=128).save(drawn[-1], optimize=True)
    return drawn


if __name__ == "__main__":
    for path in draw(Path(sys.argv[1]).read_text(encoding="utf-8"), Path(sys.argv[2])):
        print(path)  # noqa: T201 - what a command says

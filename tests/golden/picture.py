"""A golden comment as GitHub would show it: by GitHub's own Markdown parser, in its style sheet, in Chromium.

python -m tests.golden.picture [SITUATION [PICTURE.png]]   (default: fail-regression, docs/comment.png)

The style sheet is the npm package github-markdown-css, fetched when needed; folds stay closed, as GitHub shows them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.e2e.browser.chromium import find_chromium, open_chromium
from tests.golden.github_markdown import as_github

FOLDER = Path(__file__).parent
DOCS = FOLDER.parents[1] / "docs"
STYLE = "github-markdown-css@5.9.0"
PAGE = """<!doctype html><meta charset="utf-8"><style>{style}
body {{ margin: 0; background: #fff }}
.box {{ width: 860px; margin: 16px; border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden }}
.top {{ padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; font: 14px sans-serif }}
.markdown-body {{ padding: 16px; font-size: 14px }}
</style><div class="box"><div class="top"><b>github-actions</b> bot commented</div>
<article class="markdown-body">{body}</article></div>"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("situation", nargs="?", default="fail-regression")
    parser.add_argument("picture", nargs="?", type=Path, default=DOCS / "comment.png")
    asked = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        sys.exit("chromium is not there")
    markdown = (FOLDER / "comment" / f"{asked.situation}.md").read_text(encoding="utf-8")
    with open_chromium(chromium) as browser:
        page = browser.new_page(viewport={"width": 892, "height": 200}, device_scale_factor=1.5)
        page.set_content(PAGE.format(style=style(), body=as_github(markdown)))
        page.screenshot(path=str(asked.picture), full_page=True)


def style() -> str:
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", STYLE, "--silent"], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.strip()
        with tarfile.open(Path(folder) / packed) as archive:
            file = archive.extractfile("package/github-markdown-light.css")
            if file is None:
                raise FileNotFoundError(STYLE)
            return file.read().decode()


if __name__ == "__main__":
    main()

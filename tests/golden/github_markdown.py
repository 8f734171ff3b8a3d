"""Markdown as GitHub parses it: by cmark-gfm, its own parser."""

from __future__ import annotations

import cmarkgfm
from cmarkgfm.cmark import Options


def as_github(markdown: str) -> str:
    """HTML, with raw HTML let through but for what GitHub filters; the comment's own tags are its folds."""
    return str(cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))

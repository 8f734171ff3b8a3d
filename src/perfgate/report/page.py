"""`report.html`: one file that opens offline and asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from perfgate import __version__
from perfgate.records.judgement import Judgement
from perfgate.records.step import Step
from perfgate.report.page_data import page_data
from perfgate.report.page_view import page_view
from perfgate.report.prose import Prose, one_line
from perfgate.report.runs_page import COLUMNS, Run, runs_data, runs_view

TEMPLATES: Final = (
    "frame.html",
    "page.html",
    "runs.html",
    "parts.html",
    "scenario.html",
    "pairs.html",
    "telemetry.html",
    "endpoints.html",
)
STYLES: Final = ("uPlot.min.css", "page.css")
SCRIPTS: Final = ("uPlot.iife.min.js", "charts.js", "page.js")
NAME_LIMIT: Final = 300  # characters; on the page there is room for more of a name than in a comment


def render_page(judgement: Judgement, *, folder: str = ".") -> str:
    """`folder`: of the run's files, as seen from the page."""
    return _rendered("page.html", page_data(judgement), view=page_view(judgement), folder=folder)


def render_runs(runs: Sequence[Run], steps: Sequence[Step] = (), *, made_at: datetime) -> str:
    """Several runs on one page, without a verdict. `steps`: changes of level among them."""
    view = runs_view(runs, steps, made_at=made_at, version=__version__)
    return _rendered("runs.html", runs_data(runs, steps), view=view, columns=COLUMNS)


def _rendered(template: str, data: object, **values: object) -> str:
    style, script = ("\n".join(map(_asset, names)) for names in (STYLES, SCRIPTS))
    return (
        _environment()
        .get_template(template)
        .render(
            **values,
            style=Markup(style),  # noqa: S704 - our own files, none of which holds an end tag (tested)
            script=Markup(script),  # noqa: S704
            data=Markup(embedded_json(data)),  # noqa: S704 - escaped by `embedded_json`
            policy=f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
            "base-uri 'none'; form-action 'none'",
        )
    )


def embedded_json(value: object) -> str:
    """JSON that may stand in a `<script>` element: nothing in it can end the element or open a comment."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def words(text: Prose | str) -> Markup:
    """Prose as HTML, its foreign words as `<code>`."""
    parts = (text,) if isinstance(text, str) else text.parts
    return Markup("").join(
        escape(part) if isinstance(part, str) else Markup("<code>{}</code>").format(one_line(part.text, NAME_LIMIT))
        for part in parts
    )


def _digest(content: str) -> str:
    """As a content security policy names the one script, and the one style sheet, that it lets run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _asset(name: str) -> str:
    return resources.files("perfgate.report").joinpath("assets", name).read_text(encoding="utf-8").strip("\n")


@cache
def _environment() -> Environment:
    folder = resources.files("perfgate.report").joinpath("templates")
    sources = {name: folder.joinpath(name).read_text(encoding="utf-8") for name in TEMPLATES}
    environment = Environment(
        loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["words"] = words
    return environment

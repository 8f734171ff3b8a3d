from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.records.endpoint import Histogram
from perfgate.report.page import SCRIPTS, STYLES, embedded_json, render_page
from perfgate.report.page_data import curve, page_data
from tests.golden import judgements as made

VOID = {"meta", "input", "br"}


class Outline(HTMLParser):
    """Every element with its attributes, and the text of scripts and styles; complains of tags left open."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.mark.parametrize("name", made.SITUATIONS)
def test_every_situation_makes_a_whole_page(name: str) -> None:
    page = Outline(render_page(made.SITUATIONS[name]()))
    assert len(page.all("article")) == len(made.SITUATIONS[name]().scenarios)
    ids = [attributes["id"] for _, attributes in page.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {each for _, attributes in page.found for each in (attributes.get("aria-labelledby") or "").split()}
    assert wanted <= set(ids)


def test_nothing_is_asked_of_anybody() -> None:
    page = Outline(render_page(made.hostile()))
    assert not page.all("link") + page.all("img") + page.all("iframe") + page.all("form") + page.all("base")
    assert not [attributes for _, attributes in page.found if "src" in attributes or "style" in attributes]
    targets = [attributes["href"] or "" for attributes in page.all("a")]
    assert targets
    assert not [target for target in targets if not re.match(r"(#|\./)[A-Za-z0-9%_.#/-]*$", target)]
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|WebSocket|sendBeacon", "".join(page.texts["style"]))


def test_the_policy_lets_only_our_own_script_and_style_run() -> None:
    page = Outline(render_page(made.hostile()))
    scripts = [attributes.get("type") for attributes in page.all("script")]
    assert scripts == ["application/json", None]
    policy = next(each["content"] or "" for each in page.all("meta") if each.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(page.texts["script"][-1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    handlers = [name for _, attributes in page.found for name in attributes if name.startswith("on")]
    assert not handlers


def test_hostile_names_are_text() -> None:
    text = render_page(made.hostile())
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "{{ 7 * 7 }}" in text


@pytest.mark.parametrize("name", [*STYLES, *SCRIPTS])
def test_no_asset_can_end_its_element(name: str) -> None:
    asset = resources.files("perfgate.report").joinpath("assets", name).read_text(encoding="utf-8").lower()
    assert "</script" not in asset
    assert "</style" not in asset
    assert "<!--" not in asset


def test_the_vendored_library_is_the_one_of_the_notice() -> None:
    folder = resources.files("perfgate.report").joinpath("assets")
    notice = folder.joinpath("NOTICE").read_text(encoding="utf-8")
    for name in ("uPlot.iife.min.js", "uPlot.min.css"):
        assert f"{name} " + hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() in re.sub(" +", " ", notice)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_embedded_json_reads_back_and_ends_nothing(value: object) -> None:
    text = embedded_json(value)
    assert json.loads(text) == value
    assert not set(text) & set("<>&\u2028\u2029")


def test_the_page_stays_small_with_20_endpoints_and_10_minutes() -> None:
    names = [("GET", f"/things/{index}", 0.05, 0.02) for index in range(20)]
    scenario = made.scenario(rows_=made.rows(names=names), timeline=made.timeline(600))
    assert len(render_page(made.judgement(scenario)).encode()) < 1_500_000


def test_the_page_of_a_thousand_times_the_requests_is_no_larger() -> None:
    """What it embeds is bounded by what it shows: seconds, percentiles, endpoints."""
    sizes = []
    for times in (1, 1000):
        rows = made.rows()
        for at, row in enumerate(rows):
            assert row.candidate is not None
            more = row.candidate.histogram.model_copy(
                update={"counts": tuple(times * each for each in row.candidate.histogram.counts)}
            )
            candidate = row.candidate.model_copy(update={"histogram": more, "requests": times * row.candidate.requests})
            rows[at] = row.model_copy(update={"candidate": candidate})
        sizes.append(len(render_page(made.judgement(made.scenario(rows_=rows)))))
    assert sizes[1] < 1.05 * sizes[0]


def test_columns_are_equally_long_and_in_milliseconds() -> None:
    (scenario,) = page_data(made.broken_stack())["scenarios"]
    (clock,) = scenario["clocks"]
    times, load = clock["panels"]
    assert {len(each["values"]) for panel in (times, load) for each in panel["series"]} == {len(times["time"])} == {120}
    (p50,) = (each["values"] for each in times["series"] if each["label"] == "p50")
    assert p50[0] == 37.0
    assert p50[60] is None
    assert clock["faults"] == [{"at": 63.0, "what": "api oom-killed"}]


def test_curves_name_every_endpoint_with_the_total_first() -> None:
    distributions = page_data(made.passed())["scenarios"][0]["distributions"]
    assert [each["label"] for each in distributions] == [
        "all endpoints together",
        "GET /health",
        "GET /metrics",
        "GET /api/v1/health",
    ]
    assert all(len(each["axis"]) == len(each["baseline"]) == len(each["candidate"]) for each in distributions)


def test_a_curve_is_the_percentile_of_its_histogram() -> None:
    histogram = Histogram(growth=2.0, buckets=(-3, -2, -1), counts=(50, 45, 5))
    axis = np.array([1.0, 2.0, 10.0, 20.0, 100.0, 1000.0])
    assert curve(histogram, axis) == [125.0, 125.0, 250.0, 250.0, 500.0, None]


def test_a_curve_of_nothing_is_empty() -> None:
    axis = np.array([1.0, 2.0])
    assert curve(None, axis) == [None, None]
    assert curve(Histogram(growth=2.0, buckets=(), counts=()), axis) == [None, None]


def test_an_endpoint_without_a_success_has_no_times() -> None:
    rows = made.rows(compared=False)
    failed = made.statistics(rows[1].candidate.endpoint, requests=10, failures=10, median=1, message="<b>no</b>")  # type: ignore[union-attr]
    rows[1] = rows[1].model_copy(update={"candidate": failed})
    nothing = rows[2].model_copy(update={"candidate": None, "baseline": None})
    scenario = made.scenario(rows_=[rows[0], rows[1], nothing], timeline=made.timeline(0), runs=0)
    text = render_page(made.judgement(scenario, seconds=None))
    assert "10 × <code>&lt;b&gt;no&lt;/b&gt;</code>" in text
    assert "No request succeeded." in text

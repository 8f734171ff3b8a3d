"""Who could cheat: a change that brings its own settings, and words that excuse it."""

from __future__ import annotations

import pytest

from perfgate.records.metric import Metric
from perfgate.settings.accepting import Accepted, parse_accepted
from perfgate.settings.model import File
from perfgate.settings.reading import read_file
from perfgate.settings.rules import OF_THE_CHANGE, of_base

BASE = """
stack: {external: {}, target: "http://a"}
scenarios:
  one: {traffic: {requests: [{get: /}]}}
  two: {traffic: {requests: [{get: /two}]}}
budgets: [p95 < 1s]
tolerances: {p95: 10%}
coverage: {require: [GET /]}
waivers: [{metric: p50, up_to: 5%, reason: known, expires: 2099-01-01}]
acceptance: {comments: false}
policy: {pull_request: {block_on: conditional}}
baseline: {store: branch}
side_by_side: {base: main}
"""


def settings(text: str) -> File:
    return read_file(text, "perfgate.yml")


def test_nothing_that_excuses_a_change_comes_from_it() -> None:
    """Whatever a key means that is added one day: it is the base's, unless somebody says here that it is not."""
    base = settings(BASE)
    bare = settings('stack: {external: {}, target: "http://a"}\nscenarios: {one: {traffic: {requests: [{get: /}]}}}')
    file, rules = of_base(bare, base, "main")
    for name in set(File.model_fields) - OF_THE_CHANGE:
        assert getattr(file, name) == getattr(base, name), name
    assert {"budgets", "tolerances", "coverage", "waivers", "acceptance", "policy", "baseline", "side_by_side"} <= {
        *rules.kept
    }
    assert (rules.branch, rules.why_own) == ("main", None)


def test_what_is_loaded_is_the_changes_and_every_difference_is_named() -> None:
    head = settings(BASE.replace("http://a", "http://b").replace("/two}", "/second}").replace("one:", "three:"))
    file, rules = of_base(head, settings(BASE), "main")
    assert file.stack == head.stack
    assert file.scenarios == head.scenarios
    assert rules.kept == ()
    assert rules.taken == ("scenarios.one (removed)", "scenarios.three", "scenarios.two", "stack")


def test_a_scenarios_own_budgets_are_the_bases() -> None:
    """They stand among what the change may alter, and are limits all the same."""
    base = settings(BASE.replace("one: {", "one: {budgets: [p99 < 1s], "))
    file, rules = of_base(settings(BASE), base, "main")
    assert file.scenarios == base.scenarios
    assert (rules.kept, rules.taken) == (("scenarios.one.budgets",), ())


def test_the_same_file_leaves_nothing_to_say() -> None:
    file, rules = of_base(settings(BASE), settings(BASE), "main")
    assert file == settings(BASE)
    assert (rules.kept, rules.taken) == ((), ())


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("p95: because", Accepted(Metric.P95, None, None, "because")),
        ("p95 of POST /a/{id} up to 25%: why: so", Accepted(Metric.P95, "POST /a/{id}", 0.25, "why: so")),
        ("`throughput` of total  up to 5 %:  why", Accepted(Metric.THROUGHPUT, "total", 0.05, "why")),
        ("error_ratio up to 0.5pp: flaky", Accepted(Metric.ERROR_RATIO, None, 0.005, "flaky")),
        ("p95 of `GET /x`: " + "y" * 999, Accepted(Metric.P95, "GET /x", None, "y" * 300)),
    ],
)
def test_words_that_accept(text: str, accepted: Accepted) -> None:
    assert parse_accepted(text) == accepted


@pytest.mark.parametrize(
    "text", ["", "p95", "p95:", "p96: why", "all: why", "p95 of tickets: why", "p95 up to 0%: why"]
)
def test_words_that_do_not(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_accepted(text)

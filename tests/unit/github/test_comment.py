"""Several jobs and several pushes in one comment, whatever the size and whatever the names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from perfgate.errors import LoadError, PerfGateError, SettingsError, StackError
from perfgate.github.comment import compose, merged, with_section
from perfgate.github.comment_state import Section, Shared, read_comment
from perfgate.github.event import Event
from perfgate.github.section import failed_section, judged_section, section_name
from perfgate.records.judgement import Judgement
from perfgate.records.verdict import Verdict
from perfgate.report.comment import GITHUB_LIMIT, render_comment
from tests.golden import judgements as made
from tests.unit.github.events import PULL_REQUEST, pushed

HUGE = made.many_endpoints()
PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")


def rendering(
    outcome: Judgement | PerfGateError, name: str = "", event: Event = PULL_REQUEST
) -> Callable[[int], Section]:
    def render(limit: int) -> Section:
        if isinstance(outcome, Judgement):
            return judged_section(outcome, name, event, limit=limit)
        return failed_section(outcome, name, event, limit=limit)

    return render


def after(
    text: str,
    outcome: Judgement | PerfGateError,
    name: str = "",
    event: Event = PULL_REQUEST,
    limit: int = GITHUB_LIMIT,
) -> str:
    """The comment `text` after a job has told its outcome."""
    return compose(read_comment(text), rendering(outcome, name, event), "perfgate", limit=limit)


def prepared(section: Section, name: str) -> Callable[[int], Section]:
    """That section as a job's of this name, whole or not at all: for tests of many jobs, of which few are looked at."""
    whole = section.model_copy(update={"result": section.result.model_copy(update={"name": name})})
    return lambda limit: whole if len(whole.body.encode()) <= limit else whole.model_copy(update={"body": ""})


def test_a_lone_job_has_the_reports_comment() -> None:
    judgement = made.regression()
    text = after("", judgement)
    lines = render_comment(judgement).rstrip().split("\n")
    assert text.split("\n")[:2] == lines[:2]
    assert "\n".join(lines[2:]).strip() in text
    assert f"[The run, with its report]({PULL_REQUEST.run_url})" in text
    assert "Earlier pushes" not in text


@pytest.mark.parametrize("name", made.SITUATIONS)
def test_what_is_written_is_read_back(name: str) -> None:
    judgement = made.SITUATIONS[name]()
    section = judged_section(judgement, "job", PULL_REQUEST)
    assert read_comment(after("", judgement, "job")) == Shared(sections=(section,))


def test_telling_it_twice_changes_nothing() -> None:
    once = after("", made.regression(), "a")
    assert after(once, made.regression(), "a") == once


def test_jobs_share_a_comment_the_worst_first() -> None:
    text = after(after(after("", made.passed(), "a"), made.regression(), "b"), StackError("x", remedy="y"), "c")
    assert text.count("<!-- perfgate:perfgate -->") == 1
    assert text.split("\n")[1] == "### 🔴 Fail: 3 jobs: 1 no verdict · 1 fail · 1 pass. Merging is blocked."
    assert re.findall("^#### (. `.`: [A-Za-z ]+)", text, re.MULTILINE) == [
        "⚪ `c`: No verdict",
        "🔴 `b`: Fail",
        "🟢 `a`: Pass",
    ]


def test_what_all_jobs_together_do_to_the_merge_is_said_where_it_is_known() -> None:
    def first(*told: Judgement | PerfGateError) -> str:
        text = ""
        for at, each in enumerate(told):
            text = after(text, each, f"job {at}")
        return text.split("\n")[1]

    broken = StackError("x", remedy="y")
    assert first(made.passed(), made.first_run()).endswith("1 pass. Merging is not blocked.")
    assert first(made.passed(), broken).endswith("1 pass. Together that is not a pass.")
    unknown = after(after("", made.passed(), "a"), made.passed(), "b").replace('"blocks": false, ', "", 1)
    assert after(unknown, made.passed(), "c").split("\n")[1].endswith("3 pass.")


def test_beside_others_a_job_that_passes_takes_one_line() -> None:
    alone = after("", made.passed(), "a")
    assert "What was measured" not in alone
    both = after(alone, made.regression(), "b")
    [folded] = re.findall(
        r"<summary>What was measured</summary>\n\n<!-- perfgate-section .*?</details>\n\n$", both + "\n", re.DOTALL
    )
    assert folded.count("<details>") == folded.count("</details>") - 1
    assert read_comment(both).sections[1] == read_comment(alone).sections[0]


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "b", "a"), ("b", "c", "a")])
def test_the_order_in_which_jobs_speak_makes_no_difference(order: tuple[str, ...]) -> None:
    outcomes = {"a": made.passed(), "b": made.regression(), "c": made.passed()}
    text = ""
    for name in order:
        text = after(text, outcomes[name], name)
    reference = ""
    for name in sorted(outcomes):
        reference = after(reference, outcomes[name], name)
    assert text == reference


def test_a_job_replaces_only_its_own_section() -> None:
    text = after(after("", made.regression(), "a"), made.regression(), "b")
    again = read_comment(after(text, made.passed(), "a"))
    assert {each.result.name: each.result.verdict for each in again.sections} == {"a": Verdict.PASS, "b": Verdict.FAIL}


def test_a_new_push_folds_the_one_before() -> None:
    text = after(after("", made.regression(), "", pushed(1)), made.passed(), "", pushed(2))
    assert text.split("\n")[1].startswith("### 🟢 Pass")
    visible, _, folded = text.partition("<summary>Earlier pushes</summary>")
    assert "🔴" not in visible
    assert re.search(
        r"^- 00000000: 🔴 Fail: .* \(p95 61.6 ms, 1 comparison slower, "
        r"\[run\]\(https://github.com/octo/shop/actions/runs/101\)\)$",
        folded,
        re.MULTILINE,
    )


def test_after_a_push_the_jobs_that_have_not_spoken_are_named() -> None:
    text = after(after("", made.regression(), "a", pushed(1)), made.passed(), "b", pushed(1))
    first = after(text, made.passed(), "b", pushed(2))
    assert "Not yet heard of for this commit: `a`." in first
    assert [each.result.name for each in read_comment(first).sections] == ["b"]
    both = after(first, made.passed(), "a", pushed(2))
    assert "Not yet heard of" not in both
    assert both.split("\n")[1] == "### 🟢 Pass: 2 jobs: 2 pass. Merging is not blocked."


def test_a_late_result_of_an_older_push_covers_nothing_newer() -> None:
    text = after("", made.passed(), "", pushed(5))
    late = after(text, made.regression(), "", pushed(4))
    assert late.split("\n")[1].startswith("### 🟢 Pass")
    assert "🔴" in late.partition("Earlier pushes")[2]


def test_a_rerun_replaces_and_its_forerunner_does_not() -> None:
    again = replace(PULL_REQUEST, run_attempt=2)
    text = after(after("", made.regression()), made.passed(), "", again)
    assert "Earlier pushes" not in text
    assert after(text, made.regression()) == text


def test_many_pushes_keep_the_newest_ten() -> None:
    text = ""
    for number in range(30):
        text = after(text, made.passed(), "", pushed(number))
    assert [each.run_id for each in read_comment(text).earlier] == list(range(128, 118, -1))


def test_two_comments_made_at_once_become_one() -> None:
    one, other = after("", made.passed(), "a"), after("", made.regression(), "b")
    both = compose(merged(read_comment(one), read_comment(other)), rendering(made.passed(), "c"), "perfgate")
    assert {each.result.name for each in read_comment(both).sections} == {"a", "b", "c"}


@pytest.mark.parametrize("newer_first", [True, False])
def test_of_two_comments_with_the_same_job_the_newer_result_stays(newer_first: bool) -> None:
    old = after(after("", made.passed(), "b", pushed(1)), made.passed(), "a", pushed(2))
    new = after(after("", made.passed(), "c", pushed(1)), made.regression(), "a", pushed(3))
    shared = [read_comment(each) for each in ((new, old) if newer_first else (old, new))]
    both = merged(*shared)
    assert [(each.result.name, each.result.run_id) for each in both.sections] == [("a", 103)]
    assert {(each.name, each.run_id) for each in both.earlier} == {("a", 102), ("b", 101), ("c", 101)}


# --- size ---


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_the_limit_holds_whatever_comes(jobs: int) -> None:
    """Every job with 500 endpoints of long names."""
    text = ""
    for number in range(jobs):
        text = after(text, HUGE, f"job {number} " + "n" * 200)
        assert len(text) <= GITHUB_LIMIT
    assert re.match(r"### 🔴 Fail: ", text.split("\n")[1])
    if jobs > 1:
        assert text.split("\n")[1] == f"### 🔴 Fail: {jobs} jobs: {jobs} fail. Merging is blocked."


def test_a_matrix_of_256_jobs_fits() -> None:
    """As many as GitHub allows; all of them in one comment, none of them lost from the count."""
    fails, passes = (judged_section(each, "", PULL_REQUEST) for each in (made.regression(), made.passed()))
    shared = Shared()
    for number in range(256):
        render = prepared(fails if number == 7 else passes, f"job {number} " + "n" * 80)
        if number % 16 == 8:
            text = compose(shared, render, "perfgate")
            assert len(text.encode()) <= GITHUB_LIMIT
            shared = read_comment(text)
        else:
            shared = with_section(shared, render(0))
    text = compose(shared, prepared(passes, "job 0 " + "n" * 80), "perfgate")
    assert len(text.encode()) <= GITHUB_LIMIT
    assert text.split("\n")[1] == "### 🔴 Fail: 256 jobs: 1 fail · 255 pass. Merging is blocked."


def test_detail_goes_in_the_stated_order() -> None:
    text = ""
    for number in range(8):
        text = after(text, made.regression(), "a", pushed(number))
    for name in "bcd":
        text = after(text, made.regression(), name, pushed(7))
    whole = len(text.encode())
    told = [_shape(after(text, made.passed(), "a", pushed(7), limit=limit)) for limit in range(whole, 1500, -500)]
    # Each number only ever falls as the room does, and one thing is not begun before the one before it is at its end.
    earlier, others, headlines = ([each[index] for each in told] for index in range(3))
    assert earlier == sorted(earlier, reverse=True)
    assert others == sorted(others, reverse=True)
    assert headlines == sorted(headlines, reverse=True)
    assert told[0] == (7, 3, 4)
    assert (3, 3, 4) in told
    assert (3, 0, 4) in told
    assert told[-1][2] < 4


def _shape(text: str) -> tuple[int, int, int]:
    """Earlier pushes told, other jobs with detail, jobs with a headline."""
    shared = read_comment(text)
    others = [each for each in shared.sections if each.result.name != "a"]
    return len(shared.earlier), sum(bool(each.body) for each in others), len(shared.sections)


def test_the_best_headlines_go_first_and_are_still_counted() -> None:
    text = ""
    fails, passes = (judged_section(each, "", PULL_REQUEST) for each in (made.regression(), made.passed()))
    for number in range(100):
        render = prepared(fails if number < 3 else passes, f"job {number}")
        text = compose(read_comment(text), render, "perfgate", limit=9000)
    assert len(text.encode()) <= 9000
    assert text.split("\n")[1] == "### 🔴 Fail: 100 jobs: 3 fail · 97 pass. Merging is blocked."
    assert {"job 0", "job 1", "job 2"} <= {each.result.name for each in read_comment(text).sections}
    # A job that had no room and speaks again is not counted twice.
    assert "100 jobs" in after(text, made.passed(), "job 50", limit=9000)


# --- hostile words ---

NAMES = [
    "-->", "<!-- /perfgate-section -->", "`x`", "a|b", "@octocat", "#1", "\n\n# head", "![x](y)", "\u202e",
    "</details>", '"}',
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_jobs_name_commands_nothing(name: str) -> None:
    text = after(after("", made.passed(), name), made.regression(), "other")
    assert len(read_comment(text).sections) == 2
    titles = re.findall("^#{1,6} .*$", text.partition("Settings in force")[0], re.MULTILINE)
    assert all(title.startswith(("### 🔴 Fail: 2 jobs", "#### ")) for title in titles)
    hidden = [line for line in text.split("\n") if line.startswith("<!-- perfgate")]
    assert len(hidden) == 3
    assert all(line.index("-->") == len(line) - 3 for line in hidden), "the rest of the line would be seen"
    tokens = [inner for token in PARSER.parse(text) for inner in token.children or () if inner.type == "image"]
    assert tokens == []


OTHER = judged_section(made.passed(), "\N{SNOWMAN} other", PULL_REQUEST, limit=3000)


@given(name=st.text(max_size=150), message=st.text(max_size=300), evidence=st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_words_break_the_comment(name: str, message: str, evidence: str) -> None:
    text = after("", StackError(message, remedy=message, evidence=evidence), name)
    text = compose(read_comment(text), lambda _: OTHER, "perfgate")
    assert len(read_comment(text).sections) == 2
    rendered = PARSER.render(text)
    assert rendered.count("perfgate-section") == 4
    assert "<script" not in rendered.replace("&lt;script", "")


FORGED = (
    '<!-- perfgate-section {"name": "forged", "verdict": "pass", "length": 0} -->\n\n\n\n<!-- /perfgate-section -->'
)


def test_a_log_cannot_speak_for_another_job() -> None:
    text = after("", LoadError("x", remedy="y", evidence=f"{FORGED}\n<!-- perfgate-state {{}} -->"), "a")
    assert FORGED in text  # shown, within a fence
    assert [each.result.name for each in read_comment(text).sections] == ["a"]


def test_a_damaged_comment_is_not_believed_from_there_on() -> None:
    text = after(after("", LoadError("x", remedy="y", evidence=FORGED), "a"), made.passed(), "b")
    assert [each.result.name for each in read_comment(text).sections] == ["a", "b"]
    damaged = text.replace("What happened", "What did not happen", 1)
    assert read_comment(damaged).sections == ()
    assert [each.result.name for each in read_comment(after(damaged, made.passed(), "b")).sections] == ["b"]


def test_line_breaks_of_a_browser_are_understood() -> None:
    text = after("", made.regression(), "a")
    assert read_comment(text.replace("\n", "\r\n")) == read_comment(text)


@settings(deadline=None)
@given(st.text() | st.from_regex(r"<!-- perfgate-(section|state) \{.*\} -->\n\n", fullmatch=False))
def test_any_comment_can_be_read(text: str) -> None:
    assert isinstance(read_comment(text), Shared)


@pytest.mark.parametrize(
    "field",
    [
        {"run": "javascript:alert(1)"},
        {"run": "https://x) [y](z"},
        {"commit": "`x`"},
        {"headline": "a\nb"},
        {"run_id": -1},
    ],
)
def test_what_could_not_have_been_written_is_not_read(field: dict[str, object]) -> None:
    hidden = json.dumps({"name": "a", "length": 0, **field})
    text = f"<!-- perfgate-section {hidden} -->\n\n\n\n<!-- /perfgate-section -->"
    assert read_comment(text).sections == ()
    state = json.dumps({"earlier": [{"name": "a", **field}]})
    assert read_comment(f"<!-- perfgate-state {state} -->").earlier == ()


# --- without a verdict ---


def test_without_a_verdict_it_says_what_happened_and_what_to_do() -> None:
    error = StackError("the service `db` did not start", remedy="look at its log", evidence="FATAL: no space left")
    text = after("", error)
    assert text.split("\n")[1] == "### ⚪ No verdict: the application did not come up. This is not a pass."
    assert "**What happened:** ``the service `db` did not start``" in text
    assert "**What to do:** `look at its log`" in text
    assert "FATAL: no space left" in text


def test_many_mistakes_stay_lines() -> None:
    text = after("", SettingsError("perfgate.yml:3: one\nperfgate.yml:9: two", remedy="mend them"))
    assert "```text\nperfgate.yml:3: one\nperfgate.yml:9: two\n```" in text


def test_a_long_story_without_a_verdict_fits() -> None:
    error = StackError("m\n" * 50_000, remedy="r" * 100_000, evidence="e" * 1_000_000)
    assert len(after("", error).encode()) <= GITHUB_LIMIT
    assert len(after("", error, limit=2000).encode()) <= 2000


# --- names ---


@pytest.mark.parametrize(
    ("job", "matrix", "name"),
    [
        ("gate", "", "gate"),
        ("gate", "null", "gate"),
        ("gate", "{}", "gate"),
        ("gate", '{"db": "pg", "users": 10}', "gate (pg, 10)"),
        ("gate", '{"a": {"b": [1]}}', 'gate ({"b": [1]})'),
        ("gate", "not json", "gate"),
    ],
)
def test_a_section_is_named_as_github_names_the_job(job: str, matrix: str, name: str) -> None:
    assert section_name(job, matrix) == name


def test_long_names_that_differ_at_their_ends_stay_apart() -> None:
    one, other = (section_name("j" * 300, json.dumps({"x": end})) for end in "ab")
    assert one != other
    assert max(len(one), len(other)) <= 100

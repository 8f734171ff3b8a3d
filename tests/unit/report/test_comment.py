from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from perfgate.records.judgement import Judgement
from perfgate.records.metric import Metric
from perfgate.records.verdict import Reason, ReasonCode, Verdict
from perfgate.report.comment import marker, render_comment
from tests.golden import judgements as made

COMMON = [name for name in made.SITUATIONS if name not in {"several", "hostile"}]
PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")


def visible(comment: str) -> list[str]:
    """The lines a reader sees without a click; a fold is the line of its title."""
    folded = re.sub(r"<details>\n<summary>(.*?)</summary>.*?</details>", r"\1", comment, flags=re.DOTALL)
    return [line for line in folded.split("\n")[1:] if line.strip() and not re.fullmatch(r"[|: -]+", line)]


@pytest.mark.parametrize("name", COMMON)
def test_common_cases_fit_25_visible_lines(name: str) -> None:
    assert len(visible(render_comment(made.SITUATIONS[name]()))) <= 25


@pytest.mark.parametrize("name", made.SITUATIONS)
def test_marker_first_then_the_headline(name: str) -> None:
    lines = render_comment(made.SITUATIONS[name](), key="nightly").split("\n")
    assert lines[0] == "<!-- perfgate:nightly -->"
    assert re.match(r"### (🟢 Pass|🟡 Conditional|🔴 Fail): ", lines[1])


@pytest.mark.parametrize(
    ("key", "text"),
    [("a/b.c_1", "a/b.c_1"), ("x --> <script>", "x-script"), ("-->", "perfgate"), ("k" * 500, "k" * 100)],
)
def test_a_key_cannot_leave_its_comment(key: str, text: str) -> None:
    assert marker(key) == f"<!-- perfgate:{text} -->"


def test_only_offenders_are_in_the_visible_table() -> None:
    table = [line for line in visible(render_comment(made.regression())) if line.startswith("| ")]
    assert [line.split(" | ")[0] for line in table] == ["| endpoint", "| **all together**", "| `GET /health`"]
    assert "60 → **73.9**" in table[2]
    assert "p95 +23.1 % (+18.1 … +28.1 %)" in table[2].replace("\N{NO-BREAK SPACE}", " ")


def test_the_trend_of_stored_runs_is_drawn_in_letters() -> None:
    trend = render_comment(made.passed()).split("<summary>Trend of 12 stored runs and this one</summary>")[1]
    p95 = next(line for line in trend.splitlines() if line.startswith("| p95"))
    cells = [cell.strip() for cell in p95.strip("|").split("|")]
    assert cells[2:] == ["50 ms", "61.6 ms", "61.6 ms"]
    assert len(cells[1]) == 13
    assert (min(cells[1]), cells[1][-1]) == (cells[1][5], "█")  # the quick day, and this run
    assert "Trend" not in render_comment(made.first_run())


def test_it_is_run_at_home_as_it_was_run_here() -> None:
    assert "`perfgate run --scenario baseline`" in render_comment(made.passed())
    assert "`perfgate run --scenario baseline --compare paired --base 4b825dc642cb`" in render_comment(
        made.side_by_side()
    )


def test_several_scenarios_stand_worst_first_and_a_pass_is_short() -> None:
    comment = render_comment(made.several_scenarios())
    assert re.findall("^#### (.*)$", comment, re.MULTILINE) == [
        "🔴 `peak`: Fail: p95 of `GET /health` is 23.1 % slower",
        "🟡 `burst`: Conditional: nothing is shown to be slower; this run was too noisy to exclude a slow-down",
        "🟢 `baseline`: Pass: nothing is slower than tolerated; both budgets hold",
    ]
    assert not [line for line in visible(comment.split("🟢 `baseline`")[1]) if line.startswith("|")]


def test_a_remedy_that_neighbours_share_is_said_once_and_another_one_too() -> None:
    slow = [made.regression_reason("GET /health"), made.regression_reason("GET /metrics")]
    depth = {"series": "probe depth", "text": "probe depth: max < 50", "value": 60.0}
    budgets = [
        Reason(code=ReasonCode.BUDGET, verdict=Verdict.FAIL, metric=Metric.P95, facts={"text": "p95 < 1s"}),
        Reason(code=ReasonCode.BUDGET, verdict=Verdict.FAIL, facts=depth),
    ]
    comment = render_comment(made.judgement(made.scenario(reasons=[*slow, *budgets])))
    assert comment.count("Look at what this change does") == 1
    assert comment.index("`GET /metrics` got worse") < comment.index("Look at what this change does")
    assert comment.count("Make it faster") == comment.count("Look at that series") == 1  # of one code, and not alike


def test_a_regression_comes_with_the_waiver_that_would_accept_it() -> None:
    comment = render_comment(made.regression())
    waiver = comment.split("waivers:\n")[1].split("```")[0]
    assert waiver == (
        '  - metric: p95\n    endpoint: "GET /health"\n    up_to: 30%\n'
        "    reason: why this cost is worth it\n    expires: 2027-02-01\n"
    )
    assert "waivers:" not in render_comment(made.broken_budget())


def test_a_waiver_for_the_total_and_for_a_ratio() -> None:
    reason = made.regression_reason("total").model_copy(update={"metric": Metric.ERROR_RATIO})
    waiver = render_comment(made.judgement(made.scenario(reasons=[reason]))).split("waivers:\n")[1].split("```")[0]
    assert "endpoint" not in waiver
    assert "up_to: 24%" in waiver


def test_the_log_of_a_broken_stack_is_quoted() -> None:
    tokens = PARSER.parse(render_comment(made.broken_stack()))
    fences = [token.content for token in tokens if token.type == "fence"]
    assert any("</details><script>" in fence for fence in fences)
    assert not any("<script" in token.content for token in tokens if token.type == "html_block")


def test_hostile_names_change_nothing_around_them() -> None:
    tokens = PARSER.parse(render_comment(made.hostile()))
    inner = [child for token in tokens for child in (token.children or [])]
    html = [token.content.strip() for token in [*tokens, *inner] if token.type in {"html_block", "html_inline"}]
    allowed = re.compile(r"(<!-- perfgate:perfgate -->|</?details>|<summary>[\w :,]+</summary>|\s)+")
    assert html
    assert not [each for each in html if not allowed.fullmatch(each)]
    assert not [token for token in inner if token.type in {"link_open", "image"}]
    plain = "".join(token.content for token in inner if token.type == "text")
    assert "@" not in plain
    assert "evil" not in plain


@given(st.integers(min_value=0, max_value=70_000))
@settings(max_examples=15)
def test_any_limit_is_kept_unless_it_is_too_small_for_the_headline(limit: int) -> None:
    comment = render_comment(LARGE, limit=limit)
    assert comment.startswith("<!-- perfgate:perfgate -->\n### 🔴 Fail: ")
    assert len(comment.encode()) <= max(limit, 700)


def large() -> Judgement:
    scenario = made.many_endpoints(3).scenarios[0]
    scenarios = [
        scenario.model_copy(update={"scenario": scenario.scenario.model_copy(update={"name": f"scenario-{number}"})})
        for number in range(24)
    ]
    return made.judgement(*scenarios)


LARGE = large()


def test_what_is_left_out_is_said() -> None:
    assert "4 of 24 scenarios are not shown here" in render_comment(LARGE, limit=10**7)
    assert "24 of 24 scenarios are not shown here" in render_comment(LARGE, limit=700)
    shortened = render_comment(made.many_endpoints(), limit=20_000)
    assert "Shortened to fit a comment" in shortened
    assert len(shortened.encode()) <= 20_000


def test_500_endpoints_fit_and_keep_the_worst() -> None:
    comment = render_comment(made.many_endpoints())
    assert len(comment.encode()) <= 65_536
    assert "… and 160 more rows." in comment
    assert "… and 161 more reasons." in comment


def test_no_timeline_no_picture() -> None:
    empty = made.timeline(0)
    comment = render_comment(made.judgement(made.scenario(timeline=empty)))
    assert "p95 from start to end" not in comment


@pytest.mark.parametrize("code", list(made.CONDITIONAL_FACTS))
def test_every_conditional_says_what_to_do(code: ReasonCode) -> None:
    doubts = [line for line in visible(render_comment(made.conditional(code))) if line.startswith("- 🟡 ")]
    assert len(doubts) == 1
    assert re.search(r"\. \*[A-Z].*\.\*$", doubts[0])

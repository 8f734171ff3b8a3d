"""What each console writes, compared whole; and that foreign text can do nothing to it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.console import Console, open_console
from perfgate.console.logs import GitHubLog, told
from perfgate.console.terminal import Terminal
from perfgate.errors import StackError
from perfgate.records.progress import Progress
from perfgate.records.verdict import Verdict

XTERM = {"TERM": "xterm", "COLUMNS": "80", "LINES": "25"}


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def progress(second: int, *, failures: int = 0) -> Progress:
    return Progress(
        elapsed=second, remaining=60 - second, users=10, requests=2 * second, failures=failures,
        request_rate=2.01, p95=0.059,
    )  # fmt: skip


def tell_all(console: Console, clock: Clock) -> None:
    """A whole run, from the start of the stack to the table."""
    console.stage("Starting the stack (process)")
    console.line("api: started")
    clock.now += 3
    console.stage("Loading: baseline, 10 users, 60 s")
    for second in range(1, 33):
        clock.now += 1
        console.progress(progress(second))
    console.final("Fail: one endpoint is slower.\n\nbaseline: fail\n  GET /health  +23 %", Verdict.FAIL)
    console.line("report: perfgate-out/report.html")


def written(environ: Mapping[str, str], *, is_terminal: bool = False) -> str:
    stream, clock = io.StringIO(), Clock()
    with open_console(stream, environ=environ, is_terminal=is_terminal, clock=clock) as console:
        tell_all(console, clock)
    return stream.getvalue()


PLAIN = """\
Starting the stack (process)
  api: started
Loading: baseline, 10 users, 60 s
  15 s, 45 s left: 10 users, 2.01/s, p95 59 ms, 0 errors in 30 requests
  30 s, 30 s left: 10 users, 2.01/s, p95 59 ms, 0 errors in 60 requests

Fail: one endpoint is slower.

baseline: fail
  GET /health  +23 %
report: perfgate-out/report.html
"""


def test_a_plain_log_has_a_line_a_stage_and_a_line_of_progress_every_fifteen_seconds() -> None:
    assert written({}) == PLAIN


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(term: str) -> None:
    assert written({"TERM": term}, is_terminal=True) == PLAIN


GITHUB = """\
::stop-commands::t0k
::t0k::
::group::Starting the stack (process)
::stop-commands::t0k
  api: started
::t0k::
::endgroup::
::stop-commands::t0k
::t0k::
::group::Loading: baseline, 10 users, 60 s
::stop-commands::t0k
  15 s, 45 s left: 10 users, 2.01/s, p95 59 ms, 0 errors in 30 requests
  30 s, 30 s left: 10 users, 2.01/s, p95 59 ms, 0 errors in 60 requests
::t0k::
::endgroup::
::stop-commands::t0k

Fail: one endpoint is slower.

baseline: fail
  GET /health  +23 %
report: perfgate-out/report.html
::t0k::
"""


def test_a_log_on_github_is_grouped_by_stage_and_commands_are_off_but_for_its_own() -> None:
    stream, clock = io.StringIO(), Clock()
    with GitHubLog(stream, clock, token="t0k") as console:
        tell_all(console, clock)
    assert stream.getvalue() == GITHUB


def test_github_is_known_by_its_variable_even_at_a_terminal_and_every_log_has_its_own_token() -> None:
    tokens = set()
    for _ in range(2):
        text = written({"GITHUB_ACTIONS": "true", **XTERM}, is_terminal=True)
        token = text.splitlines()[0].removeprefix("::stop-commands::")
        assert text == GITHUB.replace("t0k", token)
        assert re.fullmatch("[0-9a-f]{32}", token)
        tokens.add(token)
    assert len(tokens) == 2


def heeded(log: str) -> list[str]:
    """The lines a runner would act on, by its rules: `::x::` after blanks, `##[x]` anywhere, unless stopped."""
    token: str | None = None
    acted = []
    for line in re.split("\r\n|\r|\n", log):
        if token is not None:
            token = None if line.strip() == f"::{token}::" else token
        elif line.lstrip().startswith("::stop-commands::"):
            token = line.strip().removeprefix("::stop-commands::")
        elif line.lstrip().startswith("::") or "##[" in line:
            acted.append(line)
    return acted


NASTY = st.text() | st.lists(
    st.sampled_from(
        [
            "\n",
            "\r",
            "\u2028",
            "\x1b[2J",
            "::error::x",
            " ::add-mask::a",
            "##[error]x",
            "::t0k::",
            "::endgroup::",
            "%0A",
        ]
    )
).map("".join)


@given(title=NASTY, line=NASTY, evidence=NASTY)
def test_no_foreign_text_issues_a_workflow_command(title: str, line: str, evidence: str) -> None:
    # The token is not to be guessed; here even one who knew it gets no further than its own text.
    stream = io.StringIO()
    with GitHubLog(stream, Clock(), token="unguessable") as console:
        console.stage(title)
        console.line(line)
        console.error(StackError(line, remedy=title, evidence=evidence))
        console.final(evidence, Verdict.PASS)
    acted = heeded(stream.getvalue())
    assert len(acted) == 2
    assert acted[0].startswith("::group::")
    assert acted[1] == "::endgroup::"


def test_commands_are_off_again_when_a_group_could_not_be_told() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            if text.startswith("::group::"):
                raise OSError(28, "No space left on device")
            return super().write(text)

    stream = Full()
    with GitHubLog(stream, Clock(), token="t0k") as console:
        with pytest.raises(OSError, match="No space"):
            console.stage("Loading")
        console.line("::error::foreign")
    assert heeded(stream.getvalue()) == []


ERROR = StackError(
    "the stack did not come up: api is unhealthy",
    remedy="look into api's log above; `perfgate check` says what else is missing",
    evidence="INFO started\n\x1b[31mFATAL\x1b[0m no [bold]database[/bold]\r\nbye\n",
)


def test_an_error_says_what_happened_shows_the_evidence_quoted_and_ends_with_what_to_do() -> None:
    stream = io.StringIO()
    with open_console(stream, environ={}, is_terminal=False) as console:
        console.stage("Starting the stack")
        console.error(ERROR)
    assert stream.getvalue() == (
        "Starting the stack\n"
        "error: the stack did not come up: api is unhealthy\n"
        "  | INFO started\n"
        "  | �[31mFATAL�[0m no [bold]database[/bold]\n"
        "  | bye\n"
        "what to do: look into api's log above; `perfgate check` says what else is missing\n"
    )


def test_an_error_without_evidence_has_no_empty_quote() -> None:
    stream = io.StringIO()
    with open_console(stream, environ={}, is_terminal=False) as console:
        console.error(StackError("no engine", remedy="start Docker"))
    assert stream.getvalue() == "error: no engine\nwhat to do: start Docker\n"


@given(st.text())
def test_no_foreign_text_sends_a_control_character(text: str) -> None:
    stream = io.StringIO()
    with open_console(stream, environ={}, is_terminal=False) as console:
        console.stage(text)
        console.line(text)
        console.final(text, Verdict.PASS)
        console.error(StackError(text, remedy=text, evidence=text))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", stream.getvalue())


def test_what_is_not_known_yet_is_a_dash() -> None:
    first = Progress(elapsed=0.4, remaining=None, users=1, requests=0, failures=0, request_rate=None, p95=None)
    assert told(first) == "0 s: 1 user, –, p95 –, 0 errors in 0 requests"


def test_a_log_that_cannot_encode_a_letter_gets_another_in_its_place() -> None:
    raw = io.BytesIO()
    with open_console(io.TextIOWrapper(raw, encoding="ascii"), environ={}, is_terminal=False) as console:
        console.line("p95 ▁▂█ 12 µs")
    assert raw.getvalue() == b"p95 ??? 12 ?s\n"


class Screen:
    """As much of a terminal as the live view uses: the lines, and whether the cursor is shown."""

    def __init__(self, text: str) -> None:
        self.lines = [""]
        self.row = 0
        self.cursor_shown = True
        self.colours: set[str] = set()
        for code, letters in re.findall("(\x1b\\[[?0-9;]*[A-Za-z]|[\r\n])|([^\x1b\r\n]+)", text):
            self._act(code) if code else self._put(letters)

    def _put(self, letters: str) -> None:
        self.lines[self.row] += letters

    def _act(self, code: str) -> None:
        if code == "\n":
            self.row += 1
            self.lines += [""] * (self.row + 1 - len(self.lines))
        elif code == "\r":
            pass  # always followed by erasing the line, or by a line break
        elif code.endswith("A"):
            self.row -= int(code[2:-1])
        elif code == "\x1b[2K":
            self.lines[self.row] = ""
        elif code in {"\x1b[?25l", "\x1b[?25h"}:
            self.cursor_shown = code.endswith("h")
        elif code.endswith("m"):
            self.colours.add(code)
        else:
            raise AssertionError(f"the live view sends {code!r}, which this screen does not know")

    def shown(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")


def terminal(stream: io.StringIO, clock: Clock, environ: Mapping[str, str] = XTERM) -> Terminal:
    return Terminal(stream, clock, environ=environ, redrawn_per_second=None)


def test_the_live_view_shows_stage_time_left_rate_p95_and_errors() -> None:
    stream, clock = io.StringIO(), Clock()
    with terminal(stream, clock) as console:
        console.stage("Loading: baseline, 10 users, 60 s")
        console.line("api: GET /health answers")
        for second in range(1, 21):
            clock.now += 1
            console.progress(progress(second, failures=second // 10))
        during = Screen(stream.getvalue())
    assert during.shown() == (
        "  api: GET /health answers\n"
        "⠋ Loading: baseline, 10 users, 60 s  20 s\n"
        "  ━━━━━━━━━━────────────────────  40 s left\n"
        "  2 errors in 40 requests, 10 users\n"
        "  requests     2.01/s  ████████████████████\n"
        "  p95           59 ms  ████████████████████"
    )
    assert not during.cursor_shown


def test_what_stays_on_the_terminal_is_every_stage_with_its_time_and_the_table() -> None:
    stream, clock = io.StringIO(), Clock()
    with terminal(stream, clock) as console:
        tell_all(console, clock)
    after = Screen(stream.getvalue())
    assert after.shown() == (
        "  api: started\n"
        "• Starting the stack (process)  3 s\n"
        "• Loading: baseline, 10 users, 60 s  32 s\n"
        "\n"
        "Fail: one endpoint is slower.\n"
        "\n"
        "baseline: fail\n"
        "  GET /health  +23 %\n"
        "report: perfgate-out/report.html"
    )
    assert after.cursor_shown
    assert "\x1b[1;31m" in after.colours  # the verdict, bold and red


def test_a_load_without_a_known_end_shows_how_long_it_went_on() -> None:
    stream, clock = io.StringIO(), Clock()
    with terminal(stream, clock) as console:
        console.stage("Loading")
        console.progress(Progress(8, None, 1, 0, 0, None, None))
        during = Screen(stream.getvalue())
    assert during.shown().splitlines()[1:3] == ["  8 s", "  0 errors in 0 requests, 1 user"]


def test_no_colour_where_none_is_wanted() -> None:
    stream, clock = io.StringIO(), Clock()
    with terminal(stream, clock, {**XTERM, "NO_COLOR": "1"}) as console:
        tell_all(console, clock)
        console.error(ERROR)
    codes = {number for code in Screen(stream.getvalue()).colours for number in code[2:-1].split(";")}
    assert codes <= {"0", "1", "2"}  # plain, bold, dim


def test_an_error_on_a_terminal_is_not_read_as_markup_and_ends_the_live_view() -> None:
    stream, clock = io.StringIO(), Clock()
    with terminal(stream, clock) as console:
        console.stage("Starting the stack")
        console.error(ERROR)
        during = Screen(stream.getvalue())
    assert during.cursor_shown
    assert during.shown() == (
        "• Starting the stack  0 s\n"
        "error: the stack did not come up: api is unhealthy\n"
        "  | INFO started\n"
        "  | �[31mFATAL�[0m no [bold]database[/bold]\n"
        "  | bye\n"
        "what to do: look into api's log above; `perfgate check` says what else is missing"
    )


def test_the_cursor_comes_back_when_a_stage_is_left_by_an_exception() -> None:
    stream = io.StringIO()

    def interrupted() -> None:
        with open_console(stream, environ=XTERM, is_terminal=True, clock=Clock()) as console:
            console.stage("Loading")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert Screen(stream.getvalue()).cursor_shown

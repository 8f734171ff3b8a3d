"""The console for a person at a terminal: what goes on now changes in place, what is worth keeping stays above it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TextIO

from rich.console import Console as RichConsole
from rich.console import Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from perfgate.console.logs import INDENT, TITLE_LIMIT, cleaned, indented
from perfgate.errors import PerfGateError
from perfgate.records.progress import Progress
from perfgate.records.verdict import Verdict
from perfgate.report import numbers
from perfgate.report.prose import one_line
from perfgate.report.sparkline import sparkline

COLOURS: Final = {Verdict.PASS: "green", Verdict.CONDITIONAL: "yellow", Verdict.FAIL: "red"}
REMEMBERED: Final = 40  # progresses, of about a second each, that the small pictures show
BAR: Final = 30  # columns
REDRAWN_PER_SECOND: Final = 8.0


class Terminal:
    """`redrawn_per_second` None: redrawn only when something is told, without a thread."""

    def __init__(
        self,
        stream: TextIO,
        clock: Callable[[], float],
        *,
        environ: Mapping[str, str],
        redrawn_per_second: float | None = REDRAWN_PER_SECOND,
    ) -> None:
        # `environ` tells width, colours and NO_COLOR. Nothing is markup: square brackets in foreign text stay so.
        self._console = RichConsole(
            file=stream, force_terminal=True, get_time=clock, markup=False, highlight=False, emoji=False,
            _environ=environ,
        )  # fmt: skip
        self._clock = clock
        self._redrawn_per_second = redrawn_per_second
        self._live: Live | None = None
        self._title = ""
        self._since = 0.0
        self._spinner = Spinner("dots")
        self._recent: deque[Progress] = deque(maxlen=REMEMBERED)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_stage()

    def stage(self, title: str) -> None:
        self._end_stage()
        self._title = one_line(title, TITLE_LIMIT)
        self._since = self._clock()
        self._recent.clear()
        # Standard output is left alone: with --json it is for another program.
        self._live = Live(
            get_renderable=self._picture, console=self._console, transient=True, redirect_stdout=False,
            redirect_stderr=False, auto_refresh=self._redrawn_per_second is not None,
            refresh_per_second=self._redrawn_per_second or REDRAWN_PER_SECOND,
        )  # fmt: skip
        self._live.start(refresh=True)

    def line(self, text: str) -> None:
        self._print(indented(text, INDENT if self._live else ""))

    def progress(self, progress: Progress) -> None:
        self._recent.append(progress)
        if self._live:
            self._live.refresh()

    def final(self, text: str, verdict: Verdict) -> None:
        self._end_stage()
        headline, blank, rest = cleaned(text).partition("\n\n")
        self._print("\n" + headline, f"bold {COLOURS[verdict]}")
        self._print(blank.removesuffix("\n") + rest)

    def command(self, text: str) -> None:
        """Nobody here acts on it."""

    def error(self, error: PerfGateError) -> None:
        self._end_stage()
        self._print(f"error: {cleaned(error.message)}", "bold red")
        if error.evidence:
            self._print(indented(error.evidence, "  | "), "dim")
        self._print(f"what to do: {cleaned(error.remedy)}")

    def _end_stage(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None
            self._print(f"• {self._title}  {numbers.span(round(self._clock() - self._since))}", "dim")

    def _print(self, text: str, style: str = "") -> None:
        # Tables keep their columns: the terminal itself breaks what is too long for it.
        self._console.print(Text(text, style), soft_wrap=True)

    def _picture(self) -> Group:
        self._spinner.update(text=_fitted(f"{self._title}  {numbers.span(round(self._clock() - self._since))}", "bold"))
        if not self._recent:
            return Group(self._spinner)
        return Group(self._spinner, _time(self._recent[-1]), *_figures(self._recent))


def _time(now: Progress) -> Text:
    """A bar of the planned load, and how much of it is left."""
    if now.remaining is None:
        return _fitted(f"  {numbers.span(round(now.elapsed))}")
    whole = now.elapsed + now.remaining
    done = min(BAR, round(BAR * now.elapsed / whole)) if whole > 0 else BAR
    bar = Text("  ").append("━" * done, "cyan").append("─" * (BAR - done), "dim")
    return bar.append(f"  {numbers.span(round(now.remaining))} left")


def _figures(recent: Sequence[Progress]) -> list[Text]:
    now = recent[-1]
    errors = f"{numbers.counted(now.failures, 'error')} in {numbers.counted(now.requests, 'request')}"
    return [
        _fitted(f"  {errors}, {numbers.counted(now.users, 'user')}", "red" if now.failures else ""),
        _figure("requests", numbers.rate(now.request_rate), [each.request_rate for each in recent]),
        _figure("p95", numbers.duration(now.p95), [each.p95 for each in recent]),
    ]


def _figure(name: str, amount: str, recent: Sequence[float | None]) -> Text:
    return _fitted(f"  {name:<8} {amount:>10}  {sparkline(recent, REMEMBERED)}".rstrip())


def _fitted(text: str, style: str = "") -> Text:
    """One line whatever the width, so that the picture keeps its height."""
    return Text(text, style, no_wrap=True, overflow="ellipsis")

"""A metric over the stored runs, as a picture: plain SVG that opens anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from perfgate.records.baseline import Baseline
from perfgate.records.metric import Metric
from perfgate.records.step import Step
from perfgate.report.history import ratio_of, value_in
from perfgate.report.numbers import change, date, value
from perfgate.report.wording.steps import mark_step
from perfgate.report.wording.words import metric_word

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 320, 80, 20, 50, 40  # HEIGHT: of one panel


def history_svg(runs: Sequence[Baseline], metric: Metric, endpoint: str, steps: Sequence[Step]) -> str:
    """A point a run, the oldest at the left, a line where the level changed.

    Runs that had a reference beside them have a second panel, of their ratios to it: what they are compared by.
    """
    oldest_first = sorted(runs, key=lambda run: run.measurement.started_at)
    panels = [_times(oldest_first, metric, endpoint)]
    if any(ratio_of(run, metric, endpoint) is not None for run in runs):
        panels.append(_ratios(oldest_first, metric, endpoint))
    body = [line for panel in panels for line in panel.drawn(oldest_first, steps)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT * len(panels)}" '
        f'font-family="sans-serif" font-size="12" fill="#57606a" role="img" aria-label="{escape(panels[0].title)}">\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


@dataclass(frozen=True)
class _Panel:
    """`offset`: of its upper edge; `low` and `high` bound the scale, whose figures are told by `tell`."""

    title: str
    values: Sequence[float | None]
    low: float
    high: float
    tell: Callable[[float], str]
    offset: int = 0

    def drawn(self, runs: Sequence[Baseline], steps: Sequence[Step]) -> Iterator[str]:
        yield _text(LEFT, self.offset + 24, self.title, size=16)
        yield from self._scale()
        yield from self._steps(runs, steps)
        yield from self._points(runs)

    def _scale(self) -> Iterator[str]:
        for part in range(5):
            amount = self.low + (self.high - self.low) * part / 4
            y = self._y(amount)
            yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#8c959f55"/>'
            yield _text(LEFT - 8, y + 4, self.tell(amount), anchor="end")

    def _steps(self, runs: Sequence[Baseline], steps: Sequence[Step]) -> Iterator[str]:
        places = {run.id: at for at, run in enumerate(runs)}
        upper, lower = self.offset + TOP, self.offset + HEIGHT - BOTTOM
        for step in steps:
            if step.run in places:
                x = _x(places[step.run] - 0.5, len(runs))
                yield f'<line x1="{x}" x2="{x}" y1="{upper}" y2="{lower}" stroke="#bc4c00" stroke-dasharray="4"/>'
                yield _text(x + 4, upper + 4, mark_step(step))

    def _points(self, runs: Sequence[Baseline]) -> Iterator[str]:
        places = [(_x(at, len(runs)), self._y(each)) for at, each in enumerate(self.values) if each is not None]
        for (x1, y1), (x2, y2) in pairwise(places):
            yield f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#0969da" stroke-opacity="0.5"/>'
        for at, (run, each) in enumerate(zip(runs, self.values, strict=True)):
            if each is not None:
                told = f"{date(run.measurement.started_at)}, {(run.measurement.subject.commit or '')[:10]}"
                yield (
                    f'<circle cx="{_x(at, len(runs))}" cy="{self._y(each)}" r="4" fill="#0969da">'
                    f"<title>{escape(told)}: {escape(self.tell(each))}</title></circle>"
                )
        for run, anchor, x in ((runs[0], "start", LEFT), (runs[-1], "end", WIDTH - RIGHT)) if runs else ():
            yield _text(x, self.offset + HEIGHT - 14, date(run.measurement.started_at), anchor=anchor)

    def _y(self, amount: float) -> float:
        share = (amount - self.low) / (self.high - self.low)
        return round(self.offset + HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _times(runs: Sequence[Baseline], metric: Metric, endpoint: str) -> _Panel:
    """From nought to the largest value."""
    values = [value_in(run, metric, endpoint) for run in runs]
    top = max((each for each in values if each is not None), default=0.0) * 1.1 or 1.0
    title = f"{metric_word(metric)} of {endpoint}, {runs[0].measurement.scenario.name}" if runs else ""
    return _Panel(title, values, 0.0, top, lambda amount: value(metric, amount))


def _ratios(runs: Sequence[Baseline], metric: Metric, endpoint: str) -> _Panel:
    """From the lowest to the highest, with nought among them: as fast as the reference."""
    values = [ratio_of(run, metric, endpoint) for run in runs]
    known = [0.0, *(each for each in values if each is not None)]
    room = (max(known) - min(known)) * 0.1 or 0.01
    return _Panel("beside its reference", values, min(known) - room, max(known) + room, change, offset=HEIGHT)


def _x(at: float, many: int) -> float:
    return round(LEFT + (at + 0.5) / many * (WIDTH - LEFT - RIGHT), 1)


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'

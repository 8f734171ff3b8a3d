"""A metric over the stored runs, as a picture: plain SVG that opens anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from perfgate.judge.values import value_of
from perfgate.records.baseline import Baseline
from perfgate.records.metric import Metric
from perfgate.records.step import Step
from perfgate.report.numbers import date, value
from perfgate.report.wording.steps import mark_step
from perfgate.report.wording.words import metric_word

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 320, 80, 20, 50, 40


def history_svg(runs: Sequence[Baseline], metric: Metric, endpoint: str, steps: Sequence[Step]) -> str:
    """From nought to the largest value; a point a run, the oldest at the left, a line where the level changed."""
    oldest_first = sorted(runs, key=lambda run: run.measurement.started_at)
    values = [_value(run, metric, endpoint) for run in oldest_first]
    top = max((each for each in values if each is not None), default=0.0) * 1.1 or 1.0
    title = f"{metric_word(metric)} of {endpoint}, {oldest_first[0].measurement.scenario.name}" if runs else ""
    body = [
        _text(LEFT, 24, title, size=16),
        *_scale(top, metric),
        *_steps(oldest_first, steps),
        *_points(oldest_first, values, top, metric),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="#57606a" role="img" aria-label="{escape(title)}">\n' + "\n".join(body) + "\n</svg>\n"
    )


def _scale(top: float, metric: Metric) -> Iterator[str]:
    for part in range(5):
        amount = top * part / 4
        y = _y(amount, top)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#8c959f55"/>'
        yield _text(LEFT - 8, y + 4, value(metric, amount), anchor="end")


def _steps(runs: Sequence[Baseline], steps: Sequence[Step]) -> Iterator[str]:
    places = {run.id: at for at, run in enumerate(runs)}
    for step in steps:
        if step.run in places:
            x = _x(places[step.run] - 0.5, len(runs))
            yield f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#bc4c00" stroke-dasharray="4"/>'
            yield _text(x + 4, TOP + 4, mark_step(step))


def _points(runs: Sequence[Baseline], values: Sequence[float | None], top: float, metric: Metric) -> Iterator[str]:
    places = [(_x(at, len(runs)), _y(each, top)) for at, each in enumerate(values) if each is not None]
    for (x1, y1), (x2, y2) in pairwise(places):
        yield f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#0969da" stroke-opacity="0.5"/>'
    for at, (run, each) in enumerate(zip(runs, values, strict=True)):
        if each is not None:
            told = f"{date(run.measurement.started_at)}, {(run.measurement.subject.commit or '')[:10]}"
            yield (
                f'<circle cx="{_x(at, len(runs))}" cy="{_y(each, top)}" r="4" fill="#0969da">'
                f"<title>{escape(told)}: {escape(value(metric, each))}</title></circle>"
            )
    for run, anchor, x in ((runs[0], "start", LEFT), (runs[-1], "end", WIDTH - RIGHT)) if runs else ():
        yield _text(x, HEIGHT - 14, date(run.measurement.started_at), anchor=anchor)


def _x(at: float, many: int) -> float:
    return round(LEFT + (at + 0.5) / many * (WIDTH - LEFT - RIGHT), 1)


def _y(amount: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - amount / top * (HEIGHT - TOP - BOTTOM), 1)


def _value(run: Baseline, metric: Metric, endpoint: str) -> float | None:
    statistics = run.measurement.statistics(endpoint)
    return value_of(statistics, metric) if statistics else None


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'

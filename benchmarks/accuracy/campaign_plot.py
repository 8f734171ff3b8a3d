"""Picture of a campaign of real gates: what each rule failed, and how far two measurements of the same code are apart.

    python -m benchmarks.accuracy.campaign_plot NAME     writes docs/pictures/campaign-NAME.svg from campaign-NAME.json

Drawn as plain SVG; colours that hold on a light and on a dark page.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

from benchmarks.accuracy.campaign_rules import RULES, Gate, by_pairs, halves
from benchmarks.accuracy.campaign_table import read
from perfgate.judge.inference import wilson

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH, ROW, LEFT, TOP = 960, 30, 330, 60
COLOURS: Final = ("#57606a", "#bf8700", "#bc4c00", "#cf222e")  # of the injected changes, the smallest first
SPREAD: Final = 0.6  # of the lower panel: ln of the ratio at its edges


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="minute, earlier, busy or overloaded")
    name = parser.parse_args().name
    path = PICTURES / f"campaign-{name}.svg"
    path.write_text(picture(read(name)), encoding="utf-8")
    print(f"wrote {path}")


def picture(gates: Sequence[Gate]) -> str:
    changes = sorted({each.change for each in gates})
    rules = list(shares(gates, changes))
    ways = list(spreads(gates))
    middle = TOP + ROW * (len(RULES) + 2)
    height = middle + ROW * (len(ways) + 2)
    body = [*_panel_of_rules(rules, changes), *_panel_of_spreads(ways, middle)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13" fill="#57606a" role="img" aria-label="Shares of failed gates by rule, and spread of '
        f'measurements of the same code">\n' + "\n".join(body) + "\n</svg>\n"
    )


def shares(gates: Sequence[Gate], changes: Sequence[float]) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Of every rule: gates that failed, and to how many it could be applied, by injected change."""
    for rule, fails_at in RULES.items():
        counts = []
        for change in changes:
            found = [fails_at(each, gates[:at]) for at, each in enumerate(gates) if each.change == change]
            told = [each for each in found if each is not None]
            counts.append((sum(told), len(told)))
        yield rule, counts


def spreads(gates: Sequence[Gate]) -> Iterator[tuple[str, list[float]]]:
    """Logarithm of the ratio of p50, base against base, by the way that it was measured."""
    same = [each for each in gates if not each.change]
    stored = [math.log(each.head_p50 / gates[at - 1].base_p50) for at, each in enumerate(gates) if at and each in same]
    yield "one run against the one before", stored
    yield "base first, then head", [halves(each) for each in same]
    yield "in turns, by pairs of blocks", [by_pairs(each) for each in same]


def _panel_of_rules(rules: Sequence[tuple[str, list[tuple[int, int]]]], changes: Sequence[float]) -> Iterator[str]:
    yield _text(10, 22, "Share of gates that failed (line: 95 % confidence), by injected slow-down", bold=True)
    for at, change in enumerate(changes):
        x = LEFT + at * 120
        yield f'<circle cx="{x}" cy="40" r="5" fill="{COLOURS[at]}"/>' + _text(x + 10, 44, _change(change))
    for percent in range(0, 101, 25):
        x = _share_x(percent / 100)
        yield f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{TOP + ROW * len(rules)}" stroke="#8c959f55"/>'
        yield _text(x, TOP + ROW * len(rules) + 16, f"{percent} %", anchor="middle")
    for row, (rule, counts) in enumerate(rules):
        y = TOP + ROW * row + ROW / 2
        yield _text(10, y + 4, rule, bold=not row)
        for at, (failed, of) in enumerate(counts):
            if not of:
                continue
            between = wilson(failed, of, 0.95)
            lane = y + (at - (len(counts) - 1) / 2) * 6
            yield (
                f'<line x1="{_share_x(between.low)}" x2="{_share_x(between.high)}" y1="{lane}" y2="{lane}" '
                f'stroke="{COLOURS[at]}" stroke-width="2" stroke-opacity="0.45"/>'
                f'<circle cx="{_share_x(failed / of)}" cy="{lane}" r="4" fill="{COLOURS[at]}">'
                f"<title>{escape(rule)}, {_change(changes[at])}: {failed} of {of}</title></circle>"
            )


def _panel_of_spreads(ways: Sequence[tuple[str, list[float]]], top: int) -> Iterator[str]:
    yield _text(10, top + 4, "The same code on both sides: how far p50 seems to have moved, gate by gate", bold=True)
    top += ROW // 2
    for percent in (-40, -20, 0, 20, 40, 80):
        x = _ratio_x(math.log1p(percent / 100))
        yield f'<line x1="{x}" x2="{x}" y1="{top}" y2="{top + ROW * len(ways)}" stroke="#8c959f55"/>'
        yield _text(x, top + ROW * len(ways) + 16, f"{percent:+} %".replace("+0 %", "0 %"), anchor="middle")
    for row, (way, found) in enumerate(ways):
        y = top + ROW * row + ROW / 2
        yield _text(10, y + 4, way, bold=row == len(ways) - 1)
        for at, each in enumerate(found):
            x = _ratio_x(max(-SPREAD, min(SPREAD, each)))
            yield f'<circle cx="{x}" cy="{y + (at % 5 - 2) * 3}" r="3" fill="#0969da" fill-opacity="0.6"/>'


def _share_x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - 40), 1)


def _ratio_x(logarithm: float) -> float:
    return round(LEFT + (logarithm + SPREAD) / (2 * SPREAD) * (WIDTH - LEFT - 40), 1)


def _change(change: float) -> str:
    return f"{change:+.0%}".replace("%", " %").replace("+0 %", "no change")


def _text(x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'


if __name__ == "__main__":
    main()

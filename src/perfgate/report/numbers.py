"""The only place that formats: base units in, text out. None is unknown and shown as a dash, never as nought.

Text made here holds letters, digits, spaces, signs and punctuation that mean nothing in Markdown; `<` stands before a
digit only, and HTML escapes it as it does all text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from perfgate.records.metric import METRICS, Metric, Unit
from perfgate.records.telemetry import SeriesUnit

UNKNOWN: Final = "\N{EN DASH}"
FIXED_SPACE: Final = "\N{NO-BREAK SPACE}"
MINUS: Final = "\N{MINUS SIGN}"
MANIFOLD: Final = 10.0  # from here on a multiple reads better than a percentage


@dataclass(frozen=True)
class Scale:
    """A unit for a whole column: `seconds / size` is the number shown."""

    unit: str
    size: float

    def number(self, seconds: float | None) -> str:
        return UNKNOWN if seconds is None else _three_digits(seconds / self.size)

    def text(self, seconds: float | None) -> str:
        return UNKNOWN if seconds is None else f"{self.number(seconds)} {self.unit}"


_SCALES: Final = (Scale("µs", 1e-6), Scale("ms", 1e-3), Scale("s", 1.0), Scale("min", 60.0))
# A minute and a half reads better as 90 s; a column goes over to the next unit at these seconds.
_UPPER_ENDS: Final = (1e-3, 1.0, 180.0)
_BYTES: Final = (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def scale_of(values: Iterable[float | None]) -> Scale:
    """One unit for all of `values` (seconds), chosen by the middle one, so that no single outlier decides."""
    known = sorted(abs(value) for value in values if value)
    if not known:
        return _SCALES[1]
    middle = known[len(known) // 2]
    return next((scale for scale, end in zip(_SCALES, _UPPER_ENDS, strict=False) if middle < end), _SCALES[-1])


def duration(seconds: float | None) -> str:
    """A time by itself, in the unit that suits it: `12.3 ms`, `1.23 s`."""
    return scale_of([seconds]).text(seconds)


def span(seconds: float | None) -> str:
    """How long something went on, for people: `45 s`, `2 min`, `1 h 5 min`."""
    if seconds is None:
        return UNKNOWN
    if seconds < 10:
        return f"{_three_digits(seconds)} s"
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min" + (f" {rest} s" if rest else "")
    hours, rest = divmod(minutes, 60)
    return f"{hours} h" + (f" {rest} min" if rest else "")


def age(then: datetime | None, now: datetime) -> str:
    """How long before `now`, in its largest unit: `3 days`."""
    if then is None:
        return UNKNOWN
    seconds = max(0.0, (now - then).total_seconds())
    for size, one in ((86_400 * 365, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(int(seconds // size), one)
    return "a moment"


def date(moment: datetime | None) -> str:
    return UNKNOWN if moment is None else f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".rstrip()


def count(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 endpoint`, `2 endpoints`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def rate(per_second: float | None) -> str:
    return UNKNOWN if per_second is None else f"{_three_digits(per_second)}/s"


def size(amount: float | None) -> str:
    """Bytes, in powers of 1024."""
    if amount is None:
        return UNKNOWN
    for unit, one in _BYTES:
        if abs(amount) >= one:
            return f"{_three_digits(amount / one)} {unit}".replace("-", "−")
    return f"{amount:.0f} B".replace("-", "−")


def share(ratio: float | None) -> str:
    """A part of a whole, unsigned: `0.42 %`. What is not nought is never shown as nought."""
    if ratio is None:
        return UNKNOWN
    percent = ratio * 100
    if 0 < percent < 0.01:
        return "<0.01 %"
    return f"{_percent_digits(percent)} %"


def used(ratio: float | None) -> str:
    """How much of a limit is used: `62 %`, and from the tenfold on `12.3 times`."""
    if ratio is None or ratio < MANIFOLD:
        return share(ratio)
    return f"{_three_digits(ratio)} times"


def change(ratio: float | None) -> str:
    """A relative change, signed: `+12.3 %`."""
    return UNKNOWN if ratio is None else f"{_signed(ratio * 100)} %"


def points(ratio: float | None) -> str:
    """A difference of two ratios, in percentage points: `+0.5 pp`."""
    return UNKNOWN if ratio is None else f"{_signed(ratio * 100)} pp"


def interval(low: float | None, high: float | None, *, unit: str = "%") -> str:
    """Both ends of a change, in `unit` of `%` or `pp`: `+8 … +17 %`. An end that is not known is left open."""
    if low is None and high is None:
        return "interval unknown"
    if low is None:
        return f"up to {_signed((high or 0) * 100)} {unit}"
    if high is None:
        return f"from {_signed(low * 100)} {unit}"
    return f"{_signed(low * 100)} … {_signed(high * 100)} {unit}"


def value(metric: Metric, amount: float | None) -> str:
    """An amount of a metric with its unit."""
    match METRICS[metric].unit:
        case Unit.SECONDS:
            return duration(amount)
        case Unit.PER_SECOND:
            return rate(amount)
        case Unit.RATIO:
            return share(amount)
        case Unit.COUNT:
            return UNKNOWN if amount is None else count(round(amount))
        case Unit.BYTES:
            return size(amount)
        case Unit.BYTES_PER_MINUTE:
            return UNKNOWN if amount is None else f"{size(amount)}/min"


def quantity(unit: SeriesUnit, amount: float | None) -> str:
    """An amount of a series from inside the stack, with its unit."""
    match unit:
        case SeriesUnit.CORES:
            return UNKNOWN if amount is None else f"{_three_digits(amount)} cores"
        case SeriesUnit.BYTES:
            return size(amount)
        case SeriesUnit.BYTES_PER_SECOND:
            return UNKNOWN if amount is None else f"{size(amount)}/s"
        case SeriesUnit.SECONDS:
            return duration(amount)
        case SeriesUnit.PER_SECOND:
            return rate(amount)
        case SeriesUnit.RATIO:
            return share(amount)
        case SeriesUnit.NUMBER:
            return UNKNOWN if amount is None else _three_digits(amount)


def chart_unit(unit: SeriesUnit, largest: float) -> tuple[str, float]:
    """How an axis names the unit, and by what values are divided: one for a whole chart, by its largest value."""
    match unit:
        case SeriesUnit.CORES:
            return " cores", 1.0
        case SeriesUnit.BYTES | SeriesUnit.BYTES_PER_SECOND:
            per = "/s" if unit is SeriesUnit.BYTES_PER_SECOND else ""
            name, one = next((each for each in _BYTES if largest >= each[1]), ("B", 1))
            return f" {name}{per}", float(one)
        case SeriesUnit.SECONDS:
            scale = scale_of([largest])
            return f" {scale.unit}", scale.size
        case SeriesUnit.PER_SECOND:
            return "/s", 1.0
        case SeriesUnit.RATIO:
            return " %", 0.01
        case SeriesUnit.NUMBER:
            return "", 1.0


def plain_number(number: float | None) -> str:
    return UNKNOWN if number is None else _three_digits(number)


def difference(metric: Metric, amount: float | None) -> str:
    """An absolute change of a metric: points for a ratio, else signed in its own unit."""
    if amount is None:
        return UNKNOWN
    if METRICS[metric].unit is Unit.RATIO:
        return points(amount)
    return ("+" if amount > 0 else MINUS if amount < 0 else "") + value(metric, abs(amount))


def moved(metric: Metric, amount: float | None, *, absolute: bool) -> str:
    """A change as a comparison has it: relative, or absolute in the metric's own unit."""
    return difference(metric, amount) if absolute else change(amount)


def tolerated(metric: Metric | None, ratio: float | None) -> str:
    """A tolerance, unsigned: of a ratio in points, else relative."""
    is_ratio = metric is not None and METRICS[metric].unit is Unit.RATIO
    return points(ratio).removeprefix("+") if is_ratio else share(ratio)


def bounds(metric: Metric, better: float | None, worse: float | None, *, absolute: bool) -> str:
    """The interval of a change, the smaller number first; which bound that is depends on the metric's direction."""
    low, high = (better, worse) if METRICS[metric].lower_is_better else (worse, better)
    if not absolute:
        return interval(low, high)
    if METRICS[metric].unit is Unit.RATIO:
        return interval(low, high, unit="pp")
    return f"{difference(metric, low)} … {difference(metric, high)}"


def _signed(percent: float) -> str:
    digits = _percent_digits(abs(percent))
    if not float(digits.replace(",", "")):
        return "0"
    return ("+" if percent > 0 else MINUS) + digits


def _percent_digits(percent: float) -> str:
    if percent >= 1000:
        return f"{percent:,.0f}"
    if percent and percent < 0.095:
        return f"{percent:.2f}"
    return f"{percent:.1f}".removesuffix(".0")


def _three_digits(number: float) -> str:
    """Three significant digits, with no exponent and no decimals above a hundred: 0.0123, 1.23, 12.3, 1,234."""
    size = abs(number)
    if size >= 99.95:
        return f"{number:,.0f}"
    decimals = 1 if size >= 9.995 else 2 if size >= 0.9995 else 3
    text = f"{number:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if size < 0.9995 or float(text).is_integer() else text

"""The inside of the stack as charts on the page: first what says something about the verdict, the rest folded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from perfgate.records.judgement import ScenarioJudgement
from perfgate.records.telemetry import Series, SeriesRef, SeriesUnit, Source, TelemetrySummary
from perfgate.report import numbers
from perfgate.report.columns import line, shortened
from perfgate.report.prose import one_line

OPEN: Final = 16  # panels that are not folded
LINES: Final = 6  # in a panel: as many as colours tell apart
# What says most about a stack comes first; the rest in the order in which it was sampled.
FIRST: Final = ("cpu", "memory", "throttled")
TITLES: Final = {
    "cpu": "CPU", "memory": "Memory", "throttled": "Time throttled", "network_in": "Network in",
    "network_out": "Network out", "block_read": "Disk reads", "block_write": "Disk writes", "pids": "Processes",
}  # fmt: skip
STYLES: Final = ("one", "two", "three", "four", "five", "six")


@dataclass(frozen=True)
class Panel:
    """`title` for the template, `drawn` for the script. `telling`: it is about the verdict, or about every stack."""

    title: str
    drawn: dict[str, Any]
    telling: bool

    @property
    def found_by(self) -> str:
        return " ".join([self.title, *(each["label"] for each in self.drawn["series"])])


def telemetry_panels(scenario: ScenarioJudgement) -> tuple[list[Panel], list[Panel]]:
    """Those to be seen at once, and those to be folded: for each quantity of the containers, for each probe and for
    each metric of a page, as many as its lines need.
    """
    if scenario.telemetry is None:
        return [], []
    telling = frozenset(_telling(scenario, scenario.telemetry))
    groups: dict[tuple[str, SeriesUnit], list[Series]] = {}
    for series in sorted(map(_from_the_start, scenario.telemetry.thinned), key=lambda each: _order(each, telling)):
        if any(series.values):  # a flat nothing has no chart; its row in the table tells it
            groups.setdefault((_title(series), series.key.unit), []).append(series)
    colours = _colours(scenario.telemetry)
    panels = [
        Panel(each, _drawn(unit, part, colours), any(series.key.label in telling for series in part))
        for (title, unit), group in groups.items()
        for each, part in _parted(title, group)
    ]
    telling_ones = [each for each in panels if each.telling]
    others = [each for each in panels if not each.telling]
    return telling_ones[:OPEN], [*telling_ones[OPEN:], *others]


def _telling(scenario: ScenarioJudgement, telemetry: TelemetrySummary) -> Iterator[str]:
    """Labels of the series that a budget, a reason, a note, or a place to look is about, and of what was declared to be
    watched.
    """
    yield from (each.key.label for each in scenario.telemetry_budgets if each.key is not None)
    yield from (each.key.label for each in scenario.where_to_look)
    facts = (*(each.facts for each in scenario.reasons), *(each.facts for each in scenario.notes))
    yield from (str(each["series"]) for each in facts if "series" in each)
    for queue in telemetry.queues:
        yield from (ref.label for _, ref in queue if isinstance(ref, SeriesRef))
    yield from (pool.used.label for pool in telemetry.pools)
    for series in telemetry.thinned:
        key = series.key
        if key.source is Source.PROBE or (key.source is Source.CONTAINER and key.name in {"cpu", "memory"}):
            yield key.label


def _from_the_start(series: Series) -> Series:
    """Without what was sampled before the load: the charts begin with it."""
    kept = [at for at, offset in enumerate(series.offsets) if offset >= 0]
    values = {"offsets": tuple(series.offsets[at] for at in kept), "values": tuple(series.values[at] for at in kept)}
    return series.model_copy(update=values)


def _order(series: Series, telling: frozenset[str]) -> tuple[int, int, bool]:
    """The first quantities of containers, probes, the other quantities, pages; each in the order of `TITLES`."""
    key, untold = series.key, series.key.label not in telling
    if key.source is Source.CONTAINER:
        known = list(TITLES)
        return (0 if key.name in FIRST else 2, known.index(key.name) if key.name in known else len(known), untold)
    return (1, 0, untold) if key.source is Source.PROBE else (3, 0, untold)


def _title(series: Series) -> str:
    key = series.key
    if key.source is Source.CONTAINER:
        return TITLES.get(key.name, one_line(key.name, 60))
    if key.source is Source.PROBE:
        return f"Probe {one_line(key.subject, 60)}"
    return one_line(key.name.partition("{")[0], 80)


def _colours(telemetry: TelemetrySummary) -> dict[str, str]:
    """A colour of its own for each container, the same in all charts, where there are colours enough."""
    subjects = dict.fromkeys(each.key.subject for each in telemetry.thinned if each.key.source is Source.CONTAINER)
    return dict(zip(subjects, STYLES, strict=False)) if len(subjects) <= len(STYLES) else {}


def _parted(title: str, group: Sequence[Series]) -> Iterator[tuple[str, Sequence[Series]]]:
    parts = [group[at : at + LINES] for at in range(0, len(group), LINES)]
    for at, part in enumerate(parts, 1):
        yield f"{title} ({at} of {len(parts)})" if len(parts) > 1 else title, part


def _drawn(unit: SeriesUnit, part: Sequence[Series], colours: Mapping[str, str]) -> dict[str, Any]:
    largest = max((abs(each) for series in part for each in series.values if each is not None), default=0.0)
    suffix, size = numbers.chart_unit(unit, largest)
    lines = [
        line(
            _line_name(series),
            colours.get(series.key.subject, STYLES[at]) if series.key.source is Source.CONTAINER else STYLES[at],
            [None if each is None else shortened(each / size) for each in series.values],
            time=[round(each, 2) for each in series.offsets],
        )
        for at, series in enumerate(part)
    ]
    end = max((series.offsets[-1] for series in part if series.offsets), default=0.0)
    return {"suffix": suffix, "series": lines, "end": round(end, 2)}


def _line_name(series: Series) -> str:
    key = series.key
    if key.source is not Source.PROMETHEUS:
        return one_line(key.subject, 40)
    labels = key.name.partition("{")[2].rstrip("}")
    return one_line(labels or key.subject, 60)

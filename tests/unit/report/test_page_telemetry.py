"""The inside of the stack as the page draws and lists it."""

from __future__ import annotations

import math
import re

import pytest

from perfgate.records.judgement import Judgement, TelemetryChecked
from perfgate.records.telemetry import (
    MOST_POINTS,
    MOST_SHOWN,
    Drain,
    Gap,
    Growth,
    Moved,
    SamplingCost,
    Series,
    SeriesKey,
    SeriesSummary,
    SeriesUnit,
    Source,
    TelemetrySummary,
)
from perfgate.records.verdict import Note, NoteCode, Reason, ReasonCode, Verdict
from perfgate.report.numbers import chart_unit, quantity
from perfgate.report.page import render_page
from perfgate.report.page_data import clocks, page_data
from perfgate.report.page_panels import OPEN, telemetry_panels
from perfgate.report.page_telemetry import telemetry_view
from perfgate.report.prose import plain
from perfgate.settings.series import parse_telemetry_budget
from tests.golden import judgements as made
from tests.unit.judge.test_side_by_side import judged, measured

MIB = 2**20
WATCHED = (
    (Source.PROMETHEUS, "http://api:8000/metrics", 'http_requests_total{path="/health"}', SeriesUnit.PER_SECOND, 30.0),
    (Source.CONTAINER, "api", "memory", SeriesUnit.BYTES, 180.0 * MIB),
    (Source.CONTAINER, "redis", "memory", SeriesUnit.BYTES, 9.0 * MIB),
    (Source.CONTAINER, "api", "cpu", SeriesUnit.CORES, 0.6),
    (Source.PROBE, "queue_depth", "value", SeriesUnit.NUMBER, 12.0),
)


def summary(
    watched: tuple[tuple[Source, str, str, SeriesUnit, float], ...] = WATCHED, points: int = 60
) -> TelemetrySummary:
    keys = [
        (SeriesKey(source=source, subject=of, name=name, unit=unit), size) for source, of, name, unit, size in watched
    ]
    offsets = tuple(float(each) for each in range(points))
    wave = [None if at == 7 else 1 + 0.2 * math.sin(at / 5) for at in range(points)]
    return TelemetrySummary(
        series=tuple(
            SeriesSummary(
                key=key, samples=points, missed=2, min=size / 2, max=size * 1.2, mean=size, p50=size, p95=size * 1.1,
                p99=size * 1.2, block=10, blocks=(size,) * 6,
                growth=Growth(per_minute=size / 10, low=size / 20, high=size / 5, confidence=0.95, blocks=6),
            )
            for key, size in keys
        ),
        events=(),
        gaps=(Gap(source=Source.PROBE, subject="pg_connections", missed=0, why="psql: <not found>"),),
        drains=(Drain(key=keys[-1][0], before=0, at_end=14, seconds=None, watched=30),),
        cost=SamplingCost(cpu=1.2, wall=60, samples=points * len(keys)),
        thinned=tuple(
            Series(key=key, offsets=offsets, values=tuple(each and size * each for each in wave))
            for key, size in keys
        ),
    )  # fmt: skip


def watched() -> Judgement:
    scenario = made.scenario(
        timeline=made.timeline(60), telemetry=summary(), base_telemetry=summary(WATCHED[1:4]), trend=()
    )
    return made.judgement(scenario)


def test_charts_group_what_shares_a_unit_and_a_meaning_in_the_order_that_says_most() -> None:
    panels, folded = telemetry_panels(watched().scenarios[0])
    assert [each.title for each in panels] == ["CPU", "Memory", "Probe queue_depth"]
    assert [each.found_by for each in folded] == ['http_requests_total path="/health"']
    memory = panels[1].drawn
    assert memory["suffix"] == " MiB"
    assert [each["label"] for each in memory["series"]] == ["api", "redis"]
    assert memory["series"][0]["values"][0] == 180.0
    assert memory["series"][0]["values"][7] is None
    assert len({each["style"] for each in memory["series"]}) == 2


def test_a_container_has_one_colour_in_all_charts() -> None:
    both = [(Source.CONTAINER, subject, name, SeriesUnit.BYTES, 5.0) for name, subjects in
            {"memory": ("api", "redis"), "block_write": ("redis", "api")}.items() for subject in subjects]  # fmt: skip
    scenario = made.scenario(timeline=made.timeline(60), telemetry=summary(tuple(both)), trend=())
    seen, folded = telemetry_panels(scenario)
    colours = [{each["label"]: each["style"] for each in panel.drawn["series"]} for panel in (*seen, *folded)]
    assert colours == [{"api": "one", "redis": "two"}] * 2
    assert [each["label"] for each in folded[0].drawn["series"]] == ["redis", "api"]


def test_they_stand_behind_the_load_on_its_clock_and_have_their_headings() -> None:
    (scenario,) = page_data(watched())["scenarios"]
    (clock,) = scenario["clocks"]
    assert [panel["suffix"] for panel in clock["panels"]] == [" ms", "/s", " cores", " MiB", "", "/s"]
    assert clock["end"] == 60
    text = render_page(watched())
    assert [int(each) for each in re.findall(r'data-panel="(\d+)"', text)] == list(range(len(clock["panels"])))
    assert "<figcaption>Probe queue_depth</figcaption>" in text


def test_beside_the_base_the_stack_has_a_clock_of_its_own() -> None:
    scenario = judged(measured(0.2)).model_copy(update={"telemetry": summary()})
    load, inside = clocks(scenario)
    assert [len(each["panels"]) for each in (load, inside)] == [2, 4]
    assert inside["end"] == 59
    text = render_page(made.judgement(scenario))
    assert "so the turns of the base are in it too" in text
    assert text.count('data-clock="1"') == 1


def test_beside_a_reference_it_has_so_too() -> None:
    scenario = made.by_reference().scenarios[0].model_copy(update={"telemetry": summary()})
    assert len(clocks(scenario)) == 2
    assert "so the turns of the reference are in it too" in render_page(made.judgement(scenario))


def test_what_was_sampled_before_the_load_and_a_flat_nothing_are_not_drawn() -> None:
    found = summary(WATCHED[1:2])
    before = found.thinned[0].model_copy(update={"offsets": (-2.0, 0.0, 1.0), "values": (9e9, 1e6, 2e6)})
    flat = found.thinned[0].model_copy(
        update={"key": found.thinned[0].key.model_copy(update={"name": "throttled"}), "values": (0.0,) * 60}
    )
    scenario = made.scenario(telemetry=found.model_copy(update={"thinned": (before, flat)}))
    (memory,), _ = telemetry_panels(scenario)
    assert memory.drawn["series"][0]["time"] == [0.0, 1.0]
    assert memory.drawn["suffix"] == " MiB"


def test_the_table_has_every_series_beside_the_base_with_growth_and_what_was_missed() -> None:
    view = telemetry_view(watched().scenarios[0])
    assert view is not None
    assert view.headers == ("mean", "base, mean", "p95", "max", "growth a minute", "samples")
    rows = {plain(row.name): [text for text, _ in row.cells] for row in view.rows}
    assert rows["container api: memory"] == [
        "180 MiB", "180 MiB", "198 MiB", "216 MiB", "+18 MiB (+9 MiB … +36 MiB)", "60, 2 missed",
    ]  # fmt: skip
    assert rows["probe queue_depth"][1] == "–"
    assert [plain(each) for each in view.lines] == [
        "probe queue_depth: 14 when the load ended, not yet as before 30 s later."
    ]
    assert [plain(each) for each in view.gaps] == [
        "probe pg_connections: could not be sampled at all (psql: <not found>)."
    ]
    assert plain(view.cost).startswith("Watching took 2 % of one core (300 samples of 5 series)")


def test_what_moved_with_a_regression_stands_under_its_reasons() -> None:
    moved = Moved(
        key=summary().series[1].key, baseline=90 * MIB, candidate=180 * MIB, change=1.0, distance=7.25, runs=8
    )
    text = render_page(made.judgement(made.regressed().model_copy(update={"where_to_look": (moved,)})))
    assert "it need not be the cause" in text
    assert "<code>container api: memory</code>: 180 MiB instead of 90 MiB, +100 %" in text


def test_a_stack_that_was_not_watched_has_no_such_section() -> None:
    assert telemetry_view(made.passed().scenarios[0]) is None
    assert "Containers, queues" not in render_page(made.passed())


def test_the_page_stays_small_with_all_that_telemetry_may_keep() -> None:
    many = tuple(
        (Source.PROMETHEUS, "p", f"metric_{at}", SeriesUnit.NUMBER, 1234.5678 + at) for at in range(MOST_SHOWN)
    )
    rows = made.rows(names=[("GET", f"/things/{index}", 0.05, 0.02) for index in range(20)])
    scenario = made.scenario(rows_=rows, timeline=made.timeline(600), telemetry=summary(many, MOST_POINTS))
    page = render_page(made.judgement(scenario))
    assert len(page.encode()) < 1_500_000
    seen, folded = telemetry_panels(scenario)
    assert (len(seen), len(folded)) == (0, MOST_SHOWN)


def test_what_has_a_budget_a_reason_a_note_or_a_place_to_look_is_drawn_at_once() -> None:
    named = ["budgeted", "blamed", "noted", "moved", "untold"]
    held = summary(tuple((Source.PROMETHEUS, "api", name, SeriesUnit.NUMBER, 5.0) for name in named))
    key = {each.key.name: each.key for each in held.series}
    budget = parse_telemetry_budget("prometheus api: budgeted max < 9")
    scenario = made.scenario(
        telemetry=held,
        telemetry_budgets=(TelemetryChecked(budget=budget, key=key["budgeted"], value=5, used=0.5, status="met"),),
        reasons=(
            Reason(
                code=ReasonCode.BACKLOG, verdict=Verdict.CONDITIONAL,
                facts={"series": key["blamed"].label, "service": "queue"},
            ),
        ),
        notes=(Note(code=NoteCode.MEMORY_GROWS, facts={"series": key["noted"].label}),),
        where_to_look=(Moved(key=key["moved"], baseline=1, candidate=5, change=4, distance=3, runs=2),),
    )  # fmt: skip
    seen, folded = telemetry_panels(scenario)
    assert [each.title for each in seen] == ["budgeted", "blamed", "noted", "moved"]
    assert [each.title for each in folded] == ["untold"]


def test_no_more_are_drawn_at_once_than_a_reader_looks_through_and_none_is_lost() -> None:
    probes = tuple((Source.PROBE, f"probe_{at}", "value", SeriesUnit.NUMBER, 5.0) for at in range(OPEN + 3))
    labels = tuple((Source.PROMETHEUS, "api", f'done{{worker="{at}"}}', SeriesUnit.NUMBER, 5.0) for at in range(8))
    seen, folded = telemetry_panels(made.scenario(telemetry=summary((*probes, *labels))))
    assert len(seen) == OPEN
    assert [each.title for each in folded] == [
        "Probe probe_16",
        "Probe probe_17",
        "Probe probe_18",
        "done (1 of 2)",
        "done (2 of 2)",
    ]
    assert [len(each.drawn["series"]) for each in folded[-2:]] == [6, 2]


@pytest.mark.parametrize(
    ("unit", "amount", "text", "axis"),
    [
        (SeriesUnit.CORES, 0.25, "0.25 cores", (" cores", 1.0)),
        (SeriesUnit.BYTES, 3.0 * MIB, "3 MiB", (" MiB", float(MIB))),
        (SeriesUnit.BYTES, 12.0, "12 B", (" B", 1.0)),
        (SeriesUnit.BYTES_PER_SECOND, 2048.0, "2 KiB/s", (" KiB/s", 1024.0)),
        (SeriesUnit.SECONDS, 0.25, "250 ms", (" ms", 0.001)),
        (SeriesUnit.PER_SECOND, 12.0, "12/s", ("/s", 1.0)),
        (SeriesUnit.RATIO, 0.25, "25 %", (" %", 0.01)),
        (SeriesUnit.NUMBER, 1234.0, "1,234", ("", 1.0)),
    ],
)  # fmt: skip
def test_every_unit_is_said_and_drawn(unit: SeriesUnit, amount: float, text: str, axis: tuple[str, float]) -> None:
    assert quantity(unit, amount) == text
    assert quantity(unit, None) == "–"
    assert chart_unit(unit, amount) == axis

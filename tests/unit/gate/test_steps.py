"""Changes of level among stored runs: where they are found, and what they move."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perfgate import gate
from perfgate.baselines import steps as room
from perfgate.baselines.steps import steps, steps_before
from perfgate.cli.loading import load_history
from perfgate.errors import SettingsError
from perfgate.judge.history import comparable
from perfgate.records.baseline import Baseline, baseline_of
from perfgate.records.endpoint import TOTAL
from perfgate.records.metric import Metric
from perfgate.report.history import history_table
from perfgate.report.history_plot import HEIGHT, history_svg
from tests.builders import measurement, stored, times
from tests.unit.gate.doors import World
from tests.unit.judge.test_by_reference import run

FAST, SLOW = 0.050, 0.060


def history(levels: Sequence[float], **more: str) -> list[Baseline]:
    """A run a day; each level with a spread of 2 %."""
    rng = np.random.default_rng(3)
    return [
        stored(measurement({"GET /": times(level * math.exp(rng.normal(0, 0.02)), 200)}, day=day, **more))
        for day, level in enumerate(levels)
    ]


def test_a_change_of_level_is_found_where_it_is_and_as_large_as_it_is() -> None:
    runs = history([FAST] * 12 + [SLOW] * 8)
    (step,) = steps(runs, Metric.P50)
    assert step.run == runs[12].id
    assert step.change == pytest.approx(0.2, abs=0.03)
    assert steps(list(reversed(runs)), Metric.P50) == (step,)  # in whatever order they come


def test_noise_alone_is_no_change_of_level() -> None:
    assert steps(history([FAST] * 30), Metric.P50) == ()


def test_one_run_far_off_is_no_change_of_level() -> None:
    assert steps(history([FAST] * 10 + [2 * FAST] + [FAST] * 10), Metric.P50) == ()


def test_too_few_runs_have_none() -> None:
    assert steps(history([FAST] * 3 + [SLOW] * 4), Metric.P50) == ()


def test_how_often_is_it_wrong() -> None:
    """On 80 series of 40 runs: steps where there are none, and a step of 10 % that is not found within three runs."""
    rng = np.random.default_rng(5)
    quiet = [bool(room.ends_of_levels(list(rng.normal(0, 0.03, 40)))) for _ in range(80)]
    stepped = [np.concatenate([rng.normal(0, 0.03, 30), rng.normal(math.log(1.1), 0.03, 10)]) for _ in range(80)]
    found = [any(abs(end - 30) <= 3 for end in room.ends_of_levels(list(each))) for each in stepped]
    assert sum(quiet) / 80 < 0.12
    assert sum(found) / 80 > 0.9


def test_runs_of_another_machine_or_load_move_nothing() -> None:
    runs = history([FAST] * 10) + [
        stored(measurement({"GET /": times(SLOW, 200)}, day=20 + day, cpu_model="other")) for day in range(8)
    ]
    candidate = measurement({"GET /": times(FAST, 200)}, day=40)
    assert steps_before(candidate, runs) == ()
    other_load = [*history([FAST] * 10), *history([SLOW] * 8, digest="load-2")]
    assert steps_before(candidate, other_load) == ()


def test_a_run_is_compared_with_those_since_the_newest_change_of_level(tmp_path: Path) -> None:
    world = World(tmp_path / "out")
    candidate = measurement({"GET /": times(SLOW, 200)}, day=60)
    runs = tuple(reversed(history([FAST] * 12 + [SLOW] * 8)))
    world.stored["baseline"] = list(runs)
    doors = replace(world.doors, steps_before=steps_before)
    known = gate.read_history(candidate, world.order(), doors)
    assert known.runs == runs
    assert comparable(candidate, known.runs, 30, known.steps).runs == runs[:8]
    # Judged again from its file it is the same.
    assert load_history(world.out / "baseline" / "baselines.json") == known
    # Without the library everything is compared with.
    without = gate.read_history(candidate, world.order(), world.doors)
    assert comparable(candidate, without.runs, 30, without.steps).runs == runs


def test_the_change_of_level_of_an_endpoint_is_shown_and_moves_nothing() -> None:
    def day(at: int, other: float) -> Baseline:
        return stored(measurement({"GET /": times(FAST, 900), "GET /b": times(other, 20)}, day=at))

    runs = [day(at, FAST if at < 12 else SLOW) for at in range(20)]
    candidate = measurement({"GET /": times(FAST, 900), "GET /b": times(SLOW, 20)}, day=60)
    found = [step for step in steps_before(candidate, runs) if step.metric is Metric.P50]
    assert [(step.endpoint, step.run) for step in found] == [("GET /b", runs[12].id)]
    assert comparable(candidate, runs, 30, found).runs == tuple(reversed(runs))


def test_without_the_library_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "can_look", lambda: False)
    with pytest.raises(SettingsError, match="ruptures is not installed"):
        steps(history([FAST] * 10), Metric.P50)


def test_the_history_marks_it_in_the_table_and_in_the_picture() -> None:
    runs = history([FAST] * 12 + [SLOW] * 8)
    found = steps(runs, Metric.P50)
    marked = [line for line in history_table(runs, Metric.P50, steps=found).splitlines() if "from here on" in line]
    assert len(marked) == 1
    assert f"{runs[12].measurement.started_at:%Y-%m-%d}" in marked[0]
    picture = history_svg(runs, Metric.P50, "total", found)
    assert picture.count("<circle") == 20
    assert picture.count("stroke-dasharray") == 1


def test_foreign_text_is_escaped_in_the_picture() -> None:
    assert "<script" not in history_svg(history([FAST] * 2), Metric.P50, "GET /<script>", ())


def beside_reference(levels: Sequence[float]) -> list[Baseline]:
    """A run a day, as much slower than its reference as told, on machines that differ by half."""
    rng = np.random.default_rng(6)
    measured = [
        run(level * math.exp(rng.normal(0, 0.015)) - 1, day=day, machine=math.exp(rng.normal(0, 0.5)))
        for day, level in enumerate(levels)
    ]
    return [baseline_of(each, each.started_at, "run") for each in measured]


def test_beside_a_reference_a_change_of_level_is_found_in_the_ratios() -> None:
    runs = beside_reference([1.0] * 12 + [1.1] * 8)
    (step,) = steps(runs, Metric.P50)
    assert step.run == runs[12].id
    assert step.change == pytest.approx(0.1, abs=0.02)
    assert {each.run for each in steps_before(run(0.1, day=60), runs) if each.endpoint == TOTAL} == {runs[12].id}
    # Beside another reference it is another series.
    assert steps_before(run(0.1, day=60, commit="d" * 40), runs) == ()


def test_the_history_tells_the_ratios_where_there_are_any() -> None:
    told = history_table(beside_reference([1.0, 1.1]), Metric.P50).splitlines()
    assert "beside its reference" in told[2]
    assert "v1.2.0 +" in told[3]
    assert "v1.2.0" in told[4]
    assert "reference" not in history_table(history([FAST] * 2), Metric.P50)


def test_beside_a_reference_the_picture_has_the_ratios_too() -> None:
    runs = beside_reference([1.0] * 3 + [1.1] * 3)
    picture = history_svg(runs, Metric.P50, "total", ())
    times, ratios = picture.split("beside its reference")
    assert (times.count("<circle"), ratios.count("<circle")) == (6, 6)
    heights = [float(each) for each in re.findall(r'cy="([\d.]+)"', ratios)]
    assert min(heights) > HEIGHT  # below the first panel
    assert min(heights[:3]) - max(heights[3:]) > 100  # ten percent is most of the panel, whatever the machine was
    assert "beside its reference" not in history_svg(history([FAST] * 2), Metric.P50, "total", ())

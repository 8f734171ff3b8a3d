"""`perfgate report`: the page again from saved files, or one page for several runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from perfgate.records.baseline import Baseline, StoredRuns
from perfgate.records.measurement import Measurement
from tests.builders import measurement, stored, times
from tests.golden import judgements as made
from tests.integration.cli.conftest import Project
from tests.unit.judge.test_side_by_side import measured


def run(day: float, median: float = 0.1) -> Measurement:
    return measurement({"GET /a": times(median, 400, seed=round(day) + 1)}, day=day)


@pytest.fixture
def saved(project: Project) -> Project:
    """A finished run and its history, as `perfgate run` leaves them; three more runs; one side by side."""
    out = project.folder / "out"
    candidate = run(9, 0.15)
    history = [stored(run(day)) for day in range(8)]
    for folder, each in {"baseline": candidate, "other": run(10), "wide/beside": measured(0.2, 0.2)}.items():
        (out / folder).mkdir(parents=True)
        (out / folder / "measurement.json").write_text(each.model_dump_json())
    (out / "baseline" / "baselines.json").write_text(StoredRuns(runs=tuple(history)).model_dump_json())
    (out / "judgement.json").write_text(made.regression().model_dump_json())
    return project


def page(project: Project, *given: str) -> str:
    done = project.here("report", *given, "-o", "pages/page.html")
    assert done.code == 0, done.said
    assert "report: pages/page.html" in done.said
    return (project.folder / "pages" / "page.html").read_text(encoding="utf-8")


def test_one_measurement_is_judged_again_with_what_it_was_compared_with(saved: Project) -> None:
    text = page(saved, "out/baseline/measurement.json")
    assert 'data-chart="trend"' in text
    assert "8 stored runs of the same load on such a machine" in text
    assert "compared with all of them" in text
    assert 'href="../out/baseline/measurement.json"' in text
    assert (saved.folder / "pages" / "../out/baseline/measurement.json").exists()


def test_one_measured_beside_its_base_has_its_pairs(saved: Project) -> None:
    text = page(saved, "out/wide/beside/measurement.json")
    assert 'data-chart="pairs"' in text
    assert 'href="../out/judgement.json"' in text


def test_a_judgement_is_shown_as_it_was_given(saved: Project) -> None:
    (saved.folder / "perfgate.yml").unlink()  # whatever the settings are by now
    assert re.search(r"<h1>.*Fail: p95 of <code>GET /health</code> is 23.1 % slower", page(saved, "out/judgement.json"))


def test_a_folder_gets_the_page_by_the_name_that_a_run_gives_it(saved: Project) -> None:
    done = saved.here("report", "out/judgement.json", "-o", "pages/of/it")
    assert (done.code, "report: pages/of/it/report.html" in done.said) == (0, True), done.said
    text = (saved.folder / "pages/of/it/report.html").read_text(encoding="utf-8")
    assert 'href="../../../out/junit.xml"' in text


def test_several_runs_and_a_history_share_one_page_each_run_once(saved: Project) -> None:
    first = "out/baseline/measurement.json"
    text = page(saved, first, first, "out/other/measurement.json", "out/baseline/baselines.json")
    assert "<h1>10 runs compared</h1>" in text
    assert text.count('<td role="cell" data-sort="2026-') == 10
    assert "Nothing is judged here" in text


def test_a_change_of_level_is_marked(saved: Project) -> None:
    pytest.importorskip("ruptures")
    runs = [stored(run(day, 0.1 if day < 10 else 0.2)) for day in range(20)]
    (saved.folder / "many.json").write_text(StoredRuns(runs=tuple(runs)).model_dump_json())
    text = page(saved, "many.json")
    assert re.search(r"<li>p50 of all endpoints together: level \+\d+(\.\d)? % from here on \(", text)
    assert '"steps":[{"at":10,"metric":"p50","text":"p50 +' in text
    assert "<code>GET /a</code>: level +" in text


def test_a_whole_stored_history(saved: Project) -> None:
    done = saved.here("baselines", "accept", "out/baseline/measurement.json", "--reason", "a <new> index")
    assert done.code == 0, done.said
    text = page(saved, "--history", "baseline")
    assert "<h1>1 run compared</h1>" in text
    assert "a &lt;new&gt; index" in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "there is nothing to report on"),
        (["out/absent.json"], "out/absent.json cannot be read"),
        (["out/notes.txt"], "out/notes.txt is no JSON"),
        (["out/number.json"], "holds no run"),
        (["out/strange.json"], "is no measurement that this version of PerfGate reads"),
        (["out/judgement.json", "out/other/measurement.json"], "a judgement has a page of its own"),
        (["--history", "absent"], "no run of a scenario 'absent' is stored"),
    ],
)
def test_what_is_no_run_is_refused_and_nothing_written(saved: Project, given: list[str], said: str) -> None:
    (saved.folder / "out" / "notes.txt").write_text("nothing")
    (saved.folder / "out" / "number.json").write_text("1")
    (saved.folder / "out" / "strange.json").write_text('{"a": 1}')
    done = saved.here("report", *given)
    assert done.code == 2
    assert said in " ".join(done.said.split())
    assert not (saved.folder / "perfgate-report.html").exists()


def test_a_stored_run_by_its_file(saved: Project) -> None:
    kept = Baseline(stored_at=run(1).started_at, why="accepted", note="kept", measurement=run(1))
    path: Path = saved.folder / "kept.json"
    path.write_text(kept.model_dump_json())
    assert ">kept</td>" in page(saved, "kept.json")

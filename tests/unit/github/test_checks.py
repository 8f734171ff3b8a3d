from __future__ import annotations

from perfgate.github.checks import annotations_of, judged
from perfgate.github.commands import annotation
from perfgate.settings.places import Place, Places
from tests.golden import judgements as made

FILE = "scenarios:\n  baseline:\n    traffic:\n      requests:\n        - {get: /other}\n        - {get: /health}\n"


def test_an_annotation_stands_on_the_line_that_its_reason_is_about() -> None:
    places = Places.read("perf/perfgate.yml", FILE, {})
    (told,) = annotations_of(made.regression(), places)
    assert told.place == Place("perf/perfgate.yml", 6)
    assert judged(made.regression(), places).annotations == (told,)


def test_without_the_files_it_stands_on_the_first_line() -> None:
    (told,) = annotations_of(made.regression())
    assert told.place is None
    assert ",line=1," in annotation("error", told.title, told.message, path="perfgate.yml")
    assert "file=perf/perfgate.yml,line=6," in annotation("error", "t", "m", path="perf/perfgate.yml", line=6)

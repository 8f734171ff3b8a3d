from __future__ import annotations

import pytest

from perfgate.judge.matching import is_surely_template, operations_by_label, segments
from perfgate.records.criteria import Interface, Operation


def interface(*paths: str, bases: tuple[str, ...] = ()) -> Interface:
    operations = tuple(
        Operation(method=method, path=path, statuses=())
        for method, path in (each.split(" ", 1) if " " in each else ("GET", each) for each in paths)
    )
    return Interface(document="api.json", bases=bases, operations=operations)


@pytest.mark.parametrize(
    ("recorded", "path"),
    [
        ("GET /tickets", "/tickets"),
        ("GET /tickets/", "/tickets"),
        ("GET /tickets?limit=20#top", "/tickets"),
        ("GET http://api:8000/tickets", "/tickets"),
        ("GET /tickets/17", "/tickets/{ticket_id}"),
        ("GET /tickets/{id}", "/tickets/{ticket_id}"),
        ("GET /tickets/[id]", "/tickets/{ticket_id}"),
        ("GET /tickets/search", "/tickets/search"),
        ("GET /tickets/17/notes/1", "/tickets/{a}/notes/{b}"),
        ("GET /report.pdf", "/report.{format}"),
        ("GET /report.", None),
        ("POST /tickets", None),
        ("GET /tickets/17/notes", None),
        ("GET ticket list", None),
        ("GET /", None),
    ],
)
def test_what_a_recorded_name_is(recorded: str, path: str | None) -> None:
    known = operations_by_label(
        [recorded],
        interface("/tickets", "/tickets/{ticket_id}", "/tickets/search", "/tickets/{a}/notes/{b}", "/report.{format}"),
    )
    assert [each.path for each in known.values()] == ([path] if path else [])


def test_the_server_under_which_most_is_known_counts() -> None:
    document = interface("/tickets", "/health", bases=("/v1", "/v2"))
    labels = ["GET /v2/tickets", "GET /v2/health", "GET /v1/tickets", "GET /health"]
    assert set(operations_by_label(labels, document)) == {"GET /v2/tickets", "GET /v2/health"}
    assert set(operations_by_label(["GET /tickets", "GET /nothing"], document)) == {"GET /tickets"}


def test_many_placeholders_are_no_puzzle() -> None:
    template = "/" + "{a}{b}x" * 500
    assert operations_by_label(["GET /" + "x" * 4000 + "y"], interface(template)) == {}


@pytest.mark.parametrize(
    ("recorded", "sure"),
    [("/t/17", True), ("/t/{id}", True), ("/t/:id", True), ("/t/<id>", True), ("/t/search", False), ("/u/17", False)],
)
def test_without_a_document_only_a_plain_value_passes_for_a_placeholder(recorded: str, sure: bool) -> None:
    assert is_surely_template(segments("/t/{id}"), segments(recorded)) is sure

from __future__ import annotations

import pytest

from perfgate.judge.coverage import cover, coverage_reasons
from perfgate.records.acceptance import Coverage
from perfgate.records.criteria import Interface, Operation, Policy
from perfgate.records.measurement import Measurement
from perfgate.settings.criteria import parse_demand
from tests.builders import measurement, times

RUN = measurement(
    {"GET /tickets/{id}": times(0.1, 30), "POST /tickets": times(0.1, 20)},
    failures={"POST /tickets": 3, "POST /hook": 9},
)


def covered(*demands: object, run: Measurement = RUN, elsewhere: tuple[Measurement, ...] = ()) -> Coverage:
    return cover(run, Policy(required=tuple(map(parse_demand, demands))), elsewhere)


@pytest.mark.parametrize(
    ("demand", "met_by"),
    [
        ("GET /tickets/{id}", 30),
        ("GET /tickets/{ticket}", 30),
        ("POST /tickets", 20),
        ("POST /hook", 0),  # every request failed: nothing was exercised
        ("POST /hook: 5xx", 9),
        ({"POST /tickets": 500}, 3),
        ("POST", 20),
        ("DELETE", 0),
        ("GET: 2xx", 30),
        (500, 12),
        ("4xx", 0),
        ("GET /tickets", 0),
    ],
)
def test_what_meets_a_demand(demand: object, met_by: int) -> None:
    found = covered(demand)
    assert found.demands[0].met_by == met_by
    assert len(list(coverage_reasons(found))) == (0 if met_by else 1)


def test_a_reason_says_why_it_does_not_count() -> None:
    whys = {
        each.facts["label"]: (each.facts["why"], each.endpoint)
        for each in coverage_reasons(covered("POST /hook", "GET /rare", "GET /rare: 404", "DELETE"))
    }
    assert whys == {
        "POST /hook": ("required, and no request succeeded", "POST /hook"),
        "GET /rare": ("required, and not requested", "GET /rare"),
        "GET /rare: 404": ("required, and never answered so", "GET /rare"),
        "DELETE": ("required, and not requested", None),
    }


def test_all_scenarios_of_a_run_share_the_demands_but_not_the_declared_traffic() -> None:
    own = measurement({"GET /a": times(0.1, 5)}, declared=["GET /a", "GET /b"])
    other = measurement({"GET /b": times(0.1, 7)}, declared=["GET /b", "GET /c"])
    other = other.model_copy(update={"scenario": other.scenario.model_copy(update={"name": "peak"})})
    found = covered("GET /a", "GET /b", "GET /c", run=own, elsewhere=(other,))
    assert [(each.met_by, each.scenarios) for each in found.demands] == [(5, ("baseline",)), (7, ("peak",)), (0, ())]
    assert found.silent == ("GET /b",)
    assert found.missing == ("GET /b", "GET /c")


DOCUMENT = Interface(
    document="api.json",
    bases=(),
    operations=(
        Operation(method="GET", path="/tickets/{ticket_id}", statuses=("200", "404", "4xx")),
        Operation(method="POST", path="/tickets", statuses=("200",)),
        Operation(method="POST", path="/hook", statuses=("202",)),
        Operation(method="DELETE", path="/tickets/{ticket_id}", statuses=()),
    ),
)


def test_a_document_is_held_against_what_was_requested() -> None:
    run = measurement({"GET /tickets/17": times(0.1, 4), "GET /tickets/18": times(0.1, 5), "POST /tickets": [0.1],
                       "GET /metrics": [0.1]}, failures={"POST /tickets": 1, "POST /hook": 2})  # fmt: skip
    found = cover(run, Policy(interface=DOCUMENT), ())
    told = {
        each.operation.label: (each.requests, each.succeeded, each.seen, each.unseen, each.undocumented)
        for each in found.operations
    }
    assert told == {
        "GET /tickets/{ticket_id}": (9, 9, ("200",), ("404", "4xx"), ()),
        "POST /tickets": (2, 1, ("200",), (), (500,)),
        "POST /hook": (2, 0, (), ("202",), (500,)),
        "DELETE /tickets/{ticket_id}": (0, 0, (), (), ()),
    }
    assert found.operations[0].labels == ("GET /tickets/17", "GET /tickets/18")
    assert found.unknown == ("GET /metrics",)
    assert found.exercised_share == 0.5
    assert not list(coverage_reasons(found))


@pytest.mark.parametrize(("at_least", "reasons"), [(0.5, 0), (0.51, 1)])
def test_a_share_of_the_operations_may_be_demanded(at_least: float, reasons: int) -> None:
    run = measurement({"GET /tickets/17": [0.1], "POST /tickets": [0.1]})
    interface = DOCUMENT.model_copy(update={"at_least": at_least})
    found = list(coverage_reasons(cover(run, Policy(interface=interface), ())))
    assert len(found) == reasons
    for each in found:
        assert (each.facts["exercised"], each.facts["operations"], each.facts["at_least"]) == (2, 4, at_least)


def test_a_document_tells_a_path_from_a_value() -> None:
    interface = DOCUMENT.model_copy(
        update={"operations": (*DOCUMENT.operations, Operation(method="GET", path="/tickets/search", statuses=()))}
    )
    policy = Policy(interface=interface, required=(parse_demand("GET /tickets/{id}"),))
    assert not cover(measurement({"GET /tickets/search": [0.1]}), policy, ()).demands[0].met_by
    assert cover(measurement({"GET /tickets/abc": [0.1]}), policy, ()).demands[0].met_by == 1

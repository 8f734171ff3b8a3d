import re
from pathlib import Path

from perfgate.load.order import declared_endpoints
from perfgate.records.criteria import Budget
from perfgate.records.endpoint import PER_TOKEN, POLL
from perfgate.settings.openapi import read_interface
from perfgate.settings.reading import read_file

PARAMETER, PLACEHOLDER = re.compile("<(?:int:)?([a-z]+)>"), r"{\1}"
EXAMPLE = Path(__file__).parents[3] / "examples" / "tickets"


def test_the_example_has_its_scenarios_on_both_stacks() -> None:
    file = read_file((EXAMPLE / "perfgate.yml").read_text(), "perfgate.yml")
    assert list(file.scenarios) == ["baseline", "steady", "peak", "burst", "endurance"]
    assert file.stack.compose is not None
    assert file.stack.process is not None
    assert list(file.stack.process.commands) == ["llm", "api", "worker"]


def test_every_required_endpoint_is_loaded_by_every_scenario() -> None:
    file = read_file((EXAMPLE / "perfgate.yml").read_text(), "perfgate.yml")
    for scenario in file.scenarios.values():
        loaded = {endpoint.label for endpoint in declared_endpoints(scenario) if not endpoint.is_aside}
        assert loaded >= {demand.text for demand in file.coverage.require}


def test_journeys_and_streams_are_measured_and_held_to_budgets() -> None:
    file = read_file((EXAMPLE / "perfgate.yml").read_text(), "perfgate.yml")
    for name in ("baseline", "peak", "burst", "endurance"):
        held = {budget.endpoint for budget in file.scenarios[name].budgets if isinstance(budget, Budget)}
        measured = {each for each in declared_endpoints(file.scenarios[name]) if each.is_aside and each.method != POLL}
        unheld = PER_TOKEN if name == "baseline" else ""
        assert held - {None} == {each.label for each in measured if each.method != unheld}


def test_the_openapi_document_describes_every_route_of_the_application() -> None:
    described = {each.label for each in read_interface((EXAMPLE / "openapi.yaml").read_text(), "").operations}
    source = (EXAMPLE / "tickets" / "api.py").read_text()
    routes = re.findall(r"@app\.(get|post)\(\"([^\"]+)\"\)", source)
    assert described == {f"{method.upper()} {PARAMETER.sub(PLACEHOLDER, path)}" for method, path in routes}

import re
from pathlib import Path

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
        assert scenario.traffic is not None
        loaded = {f"{each.method} {each.name or each.path}" for each in scenario.traffic.requests}
        assert loaded == {each.text for each in file.coverage.require}


def test_the_openapi_document_describes_every_route_of_the_application() -> None:
    described = {each.label for each in read_interface((EXAMPLE / "openapi.yaml").read_text(), "").operations}
    source = (EXAMPLE / "tickets" / "api.py").read_text()
    routes = re.findall(r"@app\.(get|post)\(\"([^\"]+)\"\)", source)
    assert described == {f"{method.upper()} {PARAMETER.sub(PLACEHOLDER, path)}" for method, path in routes}

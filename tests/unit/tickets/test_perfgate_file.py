from pathlib import Path

from perfgate.settings.reading import read_file

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
        assert loaded == set(file.coverage.require)

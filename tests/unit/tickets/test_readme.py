import re
from pathlib import Path

EXAMPLE = Path(__file__).parents[3] / "examples" / "tickets"
SWITCH = re.compile(r"\b(?:TICKETS|LLM)_[A-Z_]+\b")


def switches_of(*files: str) -> set[str]:
    return {name for file in files for name in SWITCH.findall((EXAMPLE / file).read_text())}


def test_readme_has_every_switch_and_no_other() -> None:
    assert switches_of("README.md") == switches_of("tickets/switches.py", "tickets/llm.py")


def test_compose_passes_every_switch_on() -> None:
    of_processes = {"TICKETS_DATA", "TICKETS_FRESH"}  # a container's start is always a fresh one
    assert switches_of("docker-compose.yml") == switches_of("README.md") - of_processes

"""Every command in the documentation is run by a test, and every file that it links to is read by one.

What `tests/integration/docs` runs, its modules say while they are imported. The rest is named here: the test elsewhere
that runs it, or why no test does.
"""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.documentation import PAGES, ROOT, RUN, Written, commands
from tests.integration.docs import test_benchmarks, test_commands, test_example, test_lock, test_on_compose, test_pieces

RUNNING = (test_benchmarks, test_commands, test_example, test_lock, test_on_compose, test_pieces)
ELSEWHERE = {
    command: f"tests/{place}"
    for command, place in {
        "perfgate report FILE...": "integration/cli/test_report.py::page",
        "perfgate publish": "integration/github/test_publish_command.py::test_a_forks_pull_request_is_told_its_verdict",
        "perfgate worker --master 10.0.0.5:5557": (
            "e2e/load/test_workers.py::test_what_two_containers_sent_is_merged_whole"
        ),
        "perfgate run --compare paired --base v1.2.0": "integration/cli/test_side_by_side.py::git",
        "perfgate COMMAND --help": "integration/cli/test_bad_input.py::test_help_or_nothing",
        "perfgate --version": "integration/cli/test_bad_input.py::test_the_version_costs_no_imports",
        "python -m perfgate.settings.reference > docs/settings.md": (
            "unit/settings/test_policy.py::test_the_reference_page_is_what_the_code_says"
        ),
        "docker compose up": "e2e/tickets/test_compose.py::project",
        "docker compose up --build": "e2e/tickets/test_compose.py::project",
        "docker compose port api 8000": "e2e/tickets/test_compose.py::url",
        "docker compose down --timeout 0": "e2e/tickets/test_compose.py::project",
        "promtool check": "integration/deploy/test_monitoring.py::test_rules_and_settings_hold",
        "promtool test rules": "integration/deploy/test_monitoring.py::test_rules_and_settings_hold",
        "locust -f": "integration/load/test_scenarios.py::test_plain_locust_runs_it",
        "locust --headless": "integration/load/test_scenarios.py::test_plain_locust_runs_it",
    }.items()
}
# Only read, and why.
NOT_RUN = {"make test": "runs this; .ci/run, which is what CI runs, ends with it"}


def is_run(written: Written) -> bool:
    return any(written.is_covered_by(command) for command in (*RUN, *ELSEWHERE))


def test_every_command_is_run_or_it_is_said_why_not() -> None:
    unknown = [f"{each.place}: {each.text}" for each in commands() if not is_run(each) and each.text not in NOT_RUN]
    assert unknown == [], "run it in tests/integration/docs, or name here the test that does"


def test_nothing_is_named_here_that_no_page_has() -> None:
    told = {each.text for each in commands()}
    assert [command for command in (*ELSEWHERE, *NOT_RUN) if command not in told] == []
    assert [command for command in NOT_RUN if command in RUN or command in ELSEWHERE] == []


@pytest.mark.parametrize("command", ELSEWHERE)
def test_the_test_elsewhere_is_there_and_speaks_of_it(command: str) -> None:
    """Its file has the words and options of the command, whatever their values are there."""
    file, _, name = ELSEWHERE[command].partition("::")
    source = (ROOT / file).read_text(encoding="utf-8")
    assert name in {each.name for each in ast.walk(ast.parse(source)) if isinstance(each, ast.FunctionDef)}
    words = {each for each in command.split()[1:] if re.fullmatch(r"-{0,2}[a-z][a-z-]+", each)}
    assert [each for each in words if each not in source] == []


def test_a_command_that_is_new_is_noticed() -> None:
    assert not is_run(Written("perfgate run --conquer", "README.md:1", in_block=True))
    assert not is_run(Written("perfgate conquer", "README.md:1", in_block=False))
    assert is_run(Written("perfgate baselines", "README.md:1", in_block=False))


# Files that a page links to, other than pages and folders: what reads or makes them.
FILES = {
    "LICENSE": "tests/integration/docs/test_commands.py",
    "action.yml": "tests/unit/docs/test_workflows.py",
    "deploy/monitoring/prometheus.yml": "tests/integration/deploy/test_monitoring.py",
    "deploy/monitoring/rules.yml": "tests/integration/deploy/test_monitoring.py",
    "docs/pictures/campaign-*.svg": "tests/integration/docs/test_benchmarks.py",
    "docs/first-load-test/*.html": "tests/unit/docs/test_first_load_test.py",
    "docs/pictures/comment-*.png": "tests/integration/docs/test_example.py",
    "docs/pictures/page-*.png": "tests/integration/docs/test_example.py",
    "docs/schema/*.json": "tests/integration/docs/test_commands.py",
    "docs/workflows/*.yml": "tests/integration/workflows/test_linters.py",
    "examples/tickets/perfgate.yml": "tests/integration/docs/test_example.py",
    "scenarios/service_desk.py": "tests/e2e/tickets/test_traffic.py",
}


def linked() -> set[str]:
    found = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) + re.findall(r"src(?:set)?=\"([^\"]+)\"", text)
        paths = {(page.parent / link).resolve() for link in links if "://" not in link}
        found |= {str(each.relative_to(ROOT)) for each in paths if each.is_file() and each.suffix != ".md"}
    return found


def test_every_file_that_is_linked_to_is_read_by_a_test() -> None:
    assert [each for each in sorted(linked()) if not any(fnmatch(each, pattern) for pattern in FILES)] == []
    assert [pattern for pattern in FILES if not any(fnmatch(each, pattern) for each in linked())] == []


@pytest.mark.parametrize("pattern", FILES)
def test_the_test_of_a_file_names_it(pattern: str) -> None:
    source = (ROOT / FILES[pattern]).read_text(encoding="utf-8")
    last = Path(pattern).name.partition("*")[0] or Path(pattern).parent.name
    assert last in source

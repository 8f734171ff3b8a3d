"""The commands of the benchmarks, as docs/ names them, with as few trials as they take: that they run, no more.

All at once, two at a time; nothing here is timed.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Lock

import pytest

from tests.documentation import ROOT, as_written, commands, shortened
from tests.integration.docs.checkout import Checkout, changed, checkout

pytestmark = pytest.mark.timeout(600)
# Command, what makes it short, and what it must have printed.
Short = tuple[str, dict[str, str], str]
SIMULATED: list[Short] = [
    (as_written(f"python -m benchmarks.accuracy.simulate {options}"), {"trials": "1", **fewer}, printed)
    for options, fewer, printed in (
        ("--trials 2000 --seed 10 --runner typical", {"change": "20"}, r"\| lumpy \| p95 \| \+20%"),
        ("--trials 20000 --seed 11 --runner typical --change 0", {}, r"\| lumpy \| p95 \| \+0%"),
        (
            "--trials 1000 --seed 10 --runner quiet --runner noisy",
            {"change": "20"},
            r"\| noisy \| lumpy \| p95 \| \+20%",
        ),
        (
            "--trials 2000 --seed 10 --runner typical --change 0 --change 10 --change 20 --alpha-fail 0.0025",
            {},
            r"\| lumpy \| p95 \| \+20%",
        ),
        (
            "--trials 2000 --seed 10 --runner typical --change 10 --change 20 --first-look 8",
            {},
            r"\| lumpy \| p95 \| \+20%",
        ),
    )
]
PAIRED = as_written(
    'python -m benchmarks.accuracy.real_runs --paired --clean 8 --delayed 3 --duration 45s --delay "GET /health=5ms"'
)
SHORT: list[Short] = [
    *SIMULATED,
    (
        as_written("python -m benchmarks.accuracy.other_rules"),
        {"trials": "1", "change": "0"},
        "t-limit 0.99 over 30 runs . lumpy",
    ),
    (as_written("python -m benchmarks.accuracy.reference"), {"trials": "2", "pool": "10"}, "in ratio"),
    (as_written("python -m benchmarks.accuracy.steps"), {"series": "1"}, "^. 10 % "),
    (as_written("python -m benchmarks.accuracy.swapped"), {"trials": "4"}, "^. noisy "),
    (
        as_written("python -m benchmarks.accuracy.real_runs"),
        {"clean": "1", "delayed": "0", "duration": "3s"},
        "0 of 1 wrong",
    ),
    (PAIRED, {"clean": "1", "delayed": "0", "duration": "12s"}, "0 of 1 wrong"),
    (as_written("python -m benchmarks.recorder_overhead"), {"rounds": "1"}, "ratio"),
    (as_written("python -m benchmarks.reporting_time"), {"rounds": "1", "requests": "20000"}, "20,000 requests"),
    (as_written("python -m benchmarks.start_up"), {"rounds": "1"}, "ratio"),
    (as_written("perfgate plan -c benchmarks/accuracy/campaign.yml"), {"duration": "5s"}, "p50"),
]
CAMPAIGN = as_written("python -m benchmarks.accuracy.campaign FOLDER")
AGAIN = as_written("python -m benchmarks.accuracy.campaign_again FOLDER")
DRAWN = as_written("python -m benchmarks.page_time")
WATCHED = as_written("python -m benchmarks.telemetry_cost --rounds 1 --seconds 10")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return checkout(tmp_path_factory.mktemp("benchmarks"))


@pytest.fixture(scope="module")
def ran(fresh: Checkout) -> Mapping[str, tuple[int, str]]:
    """Gates of the example meet at its ports, so one after the other; in turns so short that eight pairs fit in."""
    example = Lock()

    def run(command: str, options: Mapping[str, str]) -> tuple[int, str]:
        with example if "real_runs" in command else nullcontext():
            return fresh.run(shortened(command, **options))

    settings = fresh.folder / "examples/tickets/perfgate.yml"
    with changed(settings, ("{block: 600ms}", "{block: 300ms}")), ThreadPoolExecutor(2) as two:
        begun = {command: two.submit(run, command, options) for command, options, _ in SHORT}
        return {command: each.result() for command, each in begun.items()}


@pytest.mark.parametrize(("command", "printed"), [(command, printed) for command, _, printed in SHORT])
def test_it_runs(ran: Mapping[str, tuple[int, str]], command: str, printed: str) -> None:
    code, said = ran[command]
    assert code == 0, said
    assert re.search(printed, said, re.MULTILINE), said


def test_the_page_is_timed_in_a_browser(fresh: Checkout) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium")
    code, said = fresh.run(shortened(DRAWN, requests="1000", rounds="2"))
    assert code == 0, said
    assert "interactive" in said


@pytest.mark.docker
def test_watching_containers_is_weighed(fresh: Checkout) -> None:
    """Of one container for two seconds; the bound it holds is for ten on a machine that does little else."""
    _, said = fresh.run(shortened(WATCHED, containers="1", seconds="2"))
    assert re.search(r"of a core", said), said


def test_a_campaign_of_one_gate_can_be_judged_again(fresh: Checkout) -> None:
    """A gate of thirteen seconds, which hold eight pairs."""
    settings = fresh.folder / "benchmarks/accuracy/campaign.yml"
    text, many = re.subn(r"duration: \S+", "duration: 13s", settings.read_text())
    assert many == 1
    with changed(settings, (settings.read_text(), text)):
        code, said = fresh.run(shortened(CAMPAIGN.replace("FOLDER", "gates"), same="0", slower="0"))
    assert code == 0, said
    assert json.loads((fresh.folder / "gates" / "0000" / "gate.json").read_text())["exit_code"] in {0, 10, 11}, said
    code, said = fresh.run(AGAIN.replace("FOLDER", "gates"))
    assert code == 0, said
    assert said.startswith("| injected | luck of a start |"), said  # the first gate tells only how long responses take


TABLE = re.compile(r"python -m benchmarks\.accuracy\.campaign_table \w+")
TABLES = sorted({as_written(each.text) for each in commands() if TABLE.fullmatch(each.text)})


@pytest.mark.parametrize("command", TABLES)
def test_a_campaigns_tables_are_those_of_the_page(fresh: Checkout, command: str) -> None:
    """And its picture is the one that is shown."""
    code, said = fresh.run(command)
    assert code == 0, said
    page = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    rows = [line for line in said.splitlines() if line.startswith("| ")]
    assert len(rows) > 10
    assert [row for row in rows if row not in page] == []
    code, said = fresh.run(command.replace("campaign_table", "campaign_plot"))
    assert code == 0, said
    picture = f"docs/pictures/campaign-{command.rsplit(maxsplit=1)[-1]}.svg"
    assert (fresh.folder / picture).read_text() == (ROOT / picture).read_text()

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from perfgate.baselines.opening import open_store
from perfgate.cli import main
from perfgate.records.starts import StartsCompared
from tests.builders import measurement, stored, times

FILE = """
version: 1
stack: {external: {target: "http://127.0.0.1:1"}}
scenarios:
  baseline:
    duration: 60s
    warm_up: 0s
    traffic: {rate: 50/s, requests: [{get: /}]}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "perfgate.yml"
    path.write_text(FILE, encoding="utf-8")
    return path


def plan(config: Path, *more: str) -> int:
    return main(["plan", "--config", str(config), *more])


def planned(config: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, object]:
    assert plan(config, *more, "--json") == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)["scenarios"][0]
    return found


def test_says_what_the_load_shows_and_what_the_tolerance_costs(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan(config) == 0
    text = capsys.readouterr().out
    assert (
        "baseline: 60 s of load, base and head in turns: 23 pairs of blocks of 1 s, 50/s (as perfgate.yml says)" in text
    )
    assert "assumed, for a quiet machine" in text
    assert "p50: with 60 s of load a slow-down of " in text
    assert "at 10 % with " in text


def test_a_longer_load_a_higher_rate_and_a_wider_tolerance_show_more(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def p50(*more: str) -> float:
        each = planned(config, capsys, *more)["side_by_side"][0]  # type: ignore[index]
        return float(each["detectable"])

    plain = p50()
    assert p50("--duration", "2m") < plain
    assert p50("--rate", "200/s") < plain
    assert p50("--tolerance", "20%") > plain


def test_noise_is_taken_from_self_tests_where_there_are_any(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(".perfgate/baselines", folder=config.parent)
    for number in range(10):
        at = measurement({"GET /": times(0.05, 60)}).started_at + timedelta(minutes=number)
        store.write_starts(
            StartsCompared(
                id=f"20261125-12{number:02}00-abcdef-2",
                at=at,
                why="self-test",
                scenario="baseline",
                scenario_digest="d",
                cpu_model="c",
                commit=None,
                difference=0.03,
                error=0.01,
                pairs=23,
            )
        )
    found = planned(config, capsys)
    assert (found["noise_from"], found["noise_runs"], found["start_luck_runs"]) == ("self-tests", 10, 10)
    assert found["start_luck"] == pytest.approx(0.02)  # sqrt((0.03**2 - 0.01**2) / 2)


def test_stored_runs_tell_what_can_be_seen_against_them(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(".perfgate/baselines", folder=config.parent)
    for number in range(3):
        store.write(stored(measurement({"GET /": times(0.05 + number / 100, 600)}, day=number)))
    found = planned(config, capsys)
    assert found["noise_from"] == "stored"
    assert [each["metric"] for each in found["stored"]] == ["p50", "p95"]  # type: ignore[attr-defined]
    assert plan(config) == 0
    assert "against stored runs" in capsys.readouterr().out


@pytest.mark.parametrize("block", ["200ms", "100ms"])
def test_blocks_of_which_nothing_is_left_are_named(
    config: Path, capsys: pytest.CaptureFixture[str], block: str
) -> None:
    """The first 0.2 s of a turn are left out of what is judged."""
    config.write_text(f"{FILE}side_by_side: {{block: {block}}}\n", encoding="utf-8")
    assert plan(config) == 0
    assert "p50: not to be judged, a block has only 0 requests" in capsys.readouterr().out


@pytest.mark.parametrize(("option", "value"), [("--rate", "fast"), ("--duration", "90"), ("--tolerance", "0%")])
def test_what_cannot_be_read_is_named(
    config: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan(config, option, value) == 2
    assert option in capsys.readouterr().out

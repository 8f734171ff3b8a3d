"""The engine's answers under cgroup v1 and v2, as taken from an engine and cut to the fields that are read."""

from __future__ import annotations

from typing import Any

import pytest

from perfgate.telemetry.stats import container_values, is_running

MIB = 2**20


def answer(second: int, **changes: Any) -> dict[str, Any]:
    return {
        "read": f"2026-11-25T12:00:{second:02}.123456789Z",
        "cpu_stats": {
            "cpu_usage": {"total_usage": second * 500_000_000},
            "throttling_data": {"periods": second * 10, "throttled_periods": second * 4, "throttled_time": 0},
        },
        "memory_stats": {"usage": 100 * MIB, "stats": {"total_inactive_file": 30 * MIB}},
        "networks": {"eth0": {"rx_bytes": second * 1000, "tx_bytes": 0}, "eth1": {"rx_bytes": second, "tx_bytes": 7}},
        "blkio_stats": {
            "io_service_bytes_recursive": [
                {"op": "Read", "value": second * 4096},
                {"op": "Write", "value": 0},
                {"op": "Total", "value": 9},
            ]
        },
        "pids_stats": {"current": 5},
        **changes,
    }


def values(before: dict[str, Any], now: dict[str, Any]) -> dict[str, float | None]:
    return {key.name: value for key, value in container_values("api", before, now).items()}


def test_rates_are_differences_of_counters_over_the_engines_own_clock() -> None:
    assert values(answer(10), answer(12)) == {
        "cpu": 0.5,
        "memory": 70 * MIB,
        "throttled": 0.4,
        "pids": 5,
        "network_in": 1001,
        "network_out": 0,
        "block_read": 4096,
        "block_write": 0,
    }


def test_version_2_of_cgroups_names_the_cache_otherwise_and_writes_small() -> None:
    second = {
        "memory_stats": {"usage": 100 * MIB, "stats": {"inactive_file": 20 * MIB}},
        "blkio_stats": {"io_service_bytes_recursive": [{"op": "read", "value": 4096}, {"op": "write", "value": 512}]},
    }
    first = {**second, "blkio_stats": {"io_service_bytes_recursive": None}}
    found = values(answer(1, **first), answer(2, **second))
    assert found["memory"] == 80 * MIB
    assert (found["block_read"], found["block_write"]) == (4096, 512)


def test_without_a_limit_there_is_nothing_to_throttle() -> None:
    unlimited = {"cpu_stats": {"cpu_usage": {"total_usage": 5}, "throttling_data": {"periods": 0}}}
    assert "throttled" not in values(answer(1, **unlimited), answer(2, **unlimited))


def test_two_looks_at_one_moment_give_no_rate() -> None:
    assert "cpu" not in values(answer(12), answer(12))


def test_a_counter_that_went_back_gives_no_rate() -> None:
    assert "cpu" not in values(answer(12), answer(13, cpu_stats={"cpu_usage": {"total_usage": 1}}))


@pytest.mark.parametrize("empty", [{}, {"cpu_stats": {}}, {"cpu_stats": {"cpu_usage": {"total_usage": 0}}}])
def test_an_ended_container_is_told_by_its_empty_answer(empty: dict[str, Any]) -> None:
    assert not is_running(empty)
    assert is_running(answer(1))


def test_an_engine_that_says_little_is_no_error() -> None:
    assert values({"read": "2026-11-25T12:00:00Z"}, {"read": "2026-11-25T12:00:01Z"}) == {}

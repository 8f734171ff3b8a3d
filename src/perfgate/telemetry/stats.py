"""What the engine says of a container, once a second, as rates and amounts. Pure.

`GET /containers/{id}/stats` of Docker's engine API; the same fields under cgroup v1 and v2 but for those named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from perfgate.records.telemetry import CONTAINER_SERIES, SeriesKey, Source

NANO: Final = 1e-9


def container_values(service: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[SeriesKey, float | None]:
    """Between two answers; rates from the difference of cumulative counters, over the engine's own time stamps.

    None: the engine does not say (an engine without limits on memory, a container without a network of its own).
    A counter that went back, since the container was restarted, gives no rate.
    """
    seconds = read_at(now) - read_at(before)
    values: dict[str, float | None] = {
        "cpu": _rate(_cpu(before), _cpu(now), seconds),
        "memory": _memory(now),
        "throttled": _throttled(before, now),
        "pids": _number(now, "pids_stats", "current"),
    }
    for name, count in (("network_in", "rx_bytes"), ("network_out", "tx_bytes")):
        values[name] = _rate(_network(before, count), _network(now, count), seconds)
    for name, operation in (("block_read", "read"), ("block_write", "write")):
        values[name] = _rate(_block(before, operation), _block(now, operation), seconds)
    return {container_key(service, name): value for name, value in values.items() if value is not None}


def container_key(service: str, name: str) -> SeriesKey:
    return SeriesKey(source=Source.CONTAINER, subject=service, name=name, unit=CONTAINER_SERIES[name])


def read_at(answer: Mapping[str, Any]) -> float:
    """When the engine looked, in seconds since the epoch by its own clock. Raises `ValueError`."""
    return datetime.fromisoformat(str(answer.get("read"))).timestamp()


def is_running(answer: Mapping[str, Any]) -> bool:
    """Of a container that has ended the engine sends empty answers."""
    return _number(answer, "cpu_stats", "cpu_usage", "total_usage") not in {None, 0.0}


def _rate(before: float | None, now: float | None, seconds: float) -> float | None:
    if before is None or now is None or seconds <= 0 or now < before:
        return None
    return (now - before) / seconds


def _cpu(answer: Mapping[str, Any]) -> float | None:
    used = _number(answer, "cpu_stats", "cpu_usage", "total_usage")
    return None if used is None else used * NANO


def _memory(answer: Mapping[str, Any]) -> float | None:
    """Without the page cache that can be dropped at once: `inactive_file` of cgroup v2, `total_inactive_file` of v1."""
    usage = _number(answer, "memory_stats", "usage")
    if usage is None:
        return None
    for name in ("total_inactive_file", "inactive_file"):
        if (cache := _number(answer, "memory_stats", "stats", name)) is not None:
            return max(usage - cache, 0.0)
    return usage


def _throttled(before: Mapping[str, Any], now: Mapping[str, Any]) -> float | None:
    """Share of the scheduler's periods in which the container had used up what it may."""
    counts = [
        _number(answer, "cpu_stats", "throttling_data", name)
        for name in ("periods", "throttled_periods")
        for answer in (before, now)
    ]
    old, new, old_throttled, new_throttled = counts
    if old is None or new is None or old_throttled is None or new_throttled is None or new < old:
        return None
    if not new:
        return None  # no limit, no periods
    return min(max((new_throttled - old_throttled) / (new - old), 0.0), 1.0) if new > old else 0.0


def _network(answer: Mapping[str, Any], count: str) -> float | None:
    networks = answer.get("networks")
    if not isinstance(networks, Mapping):
        return None
    counts = [_number(each, count) for each in networks.values() if isinstance(each, Mapping)]
    return sum(each for each in counts if each is not None)


def _block(answer: Mapping[str, Any], operation: str) -> float | None:
    """`Read` under cgroup v1, `read` under v2; empty where nothing was read or written yet."""
    entries = (answer.get("blkio_stats") or {}).get("io_service_bytes_recursive")
    if entries is None:
        return 0.0 if "blkio_stats" in answer else None
    return float(sum(each.get("value", 0) for each in entries if str(each.get("op", "")).lower() == operation))


def _number(answer: Mapping[str, Any], *path: str) -> float | None:
    value: Any = answer
    for part in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

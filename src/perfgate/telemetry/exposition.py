"""Prometheus pages as values: counters as rates, histograms as mean, p95 and rate, gauges as they are. Pure."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Final

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from perfgate.judge.buckets import bucket_quantile
from perfgate.records.telemetry import SeriesKey, SeriesUnit, Source
from perfgate.telemetry.samples import Buckets, CannotSampleError, Sample

MOST_OF_A_PAGE: Final = 150  # series
LONGEST_NAME: Final = 290  # characters, with labels; `SeriesKey.name` takes 300
_NAME: Final = re.compile(r"(?:# (?:HELP|TYPE) )?([a-zA-Z_:][\w:]*)")
_PARTS: Final = ("_bucket", "_count", "_sum", "_total")
_UNITS: Final = (
    ("_seconds", SeriesUnit.SECONDS),
    ("_bytes", SeriesUnit.BYTES),
    ("_ratio", SeriesUnit.RATIO),
)


@dataclass(frozen=True)
class Counts:
    """A histogram or summary at one moment, cumulative: `counts` by upper end of the bucket, the last is infinite."""

    counts: Mapping[float, float]
    count: float
    total: float


@dataclass(frozen=True)
class Snapshot:
    """A page at one moment, by name with labels."""

    gauges: Mapping[str, float] = field(default_factory=dict)
    counters: Mapping[str, float] = field(default_factory=dict)
    histograms: Mapping[str, Counts] = field(default_factory=dict)


def read_page(body: bytes, wanted: Iterable[str]) -> Snapshot:
    """The metrics whose names fit one of `wanted`, shell patterns. Raises `CannotSampleError` for what is no page."""
    patterns = tuple(wanted)
    lines = [line for line in body.decode(errors="replace").splitlines() if _is_wanted(line, patterns)]
    try:
        families = list(text_string_to_metric_families("\n".join(lines) + "\n"))
    except (ValueError, KeyError, IndexError) as error:
        raise CannotSampleError(f"this is no Prometheus page: {error}") from error
    gauges: dict[str, float] = {}
    counters: dict[str, float] = {}
    histograms: dict[str, Counts] = {}
    for family in families:
        match family.type:
            case "counter":
                counters |= _plain(family)
            case "histogram" | "summary":
                histograms |= _histograms(family)
                gauges |= {name: value for name, value in _plain(family).items() if 'quantile="' in name}
            case _:
                gauges |= _plain(family)
    return Snapshot(gauges, _with_sums(counters), _with_merged(histograms))


def page_values(page: str, before: Snapshot | None, now: Snapshot, seconds: float) -> Sample:
    """Between two looks, `seconds` apart. Where a counter went back it began anew at nought."""
    found = _Found(page)
    for name, value in now.gauges.items():
        found.add(name, _unit(name), value)
    if before is not None and seconds > 0:
        for name, value in now.counters.items():
            if (old := before.counters.get(name)) is not None:
                found.add(name, SeriesUnit.PER_SECOND, increase(old, value) / seconds)
        for name, counts in now.histograms.items():
            if (earlier := before.histograms.get(name)) is not None:
                found.add_histogram(name, earlier, counts, seconds)
    return Sample(found.values, found.buckets)


def increase(before: float, now: float) -> float:
    return now - before if now >= before else now


class _Found:
    def __init__(self, page: str) -> None:
        self.page = page
        self.values: dict[SeriesKey, float | None] = {}
        self.buckets: dict[SeriesKey, Buckets] = {}

    def add(self, name: str, unit: SeriesUnit, value: float | None) -> SeriesKey | None:
        if len(self.values) >= MOST_OF_A_PAGE or len(name) > LONGEST_NAME:
            return None
        key = SeriesKey(source=Source.PROMETHEUS, subject=self.page, name=name, unit=unit)
        self.values[key] = value if value is not None and math.isfinite(value) else None
        return key

    def add_histogram(self, name: str, before: Counts, now: Counts, seconds: float) -> None:
        observed = increase(before.count, now.count)
        was_reset = now.count < before.count
        total = now.total if was_reset else now.total - before.total
        unit = _unit(name)
        key = self.add(name, unit, total / observed if observed > 0 else None)
        self.add(f"{name} rate", SeriesUnit.PER_SECOND, observed / seconds)
        bounds = tuple(sorted(bound for bound in now.counts if math.isfinite(bound)))
        if key is None or not bounds:
            return
        cumulative = [now.counts[bound] - (0.0 if was_reset else before.counts.get(bound, 0.0)) for bound in bounds]
        counts = tuple(max(0.0, high - low) for low, high in pairwise([0.0, *cumulative, observed]))
        self.add(f"{name} p95", unit, bucket_quantile(bounds, counts, 0.95))
        self.buckets[key] = Buckets(bounds, counts, total)


def _is_wanted(line: str, patterns: tuple[str, ...]) -> bool:
    """Names of the parts of a histogram, and of a counter, fit where the whole does."""
    match = _NAME.match(line)
    if match is None:
        return False
    name = match[1]
    if name.endswith("_created"):
        return False
    names = {name, *(name.removesuffix(part) for part in _PARTS)}
    return any(fnmatchcase(each, pattern) for each in names for pattern in patterns)


def _plain(family: Metric) -> dict[str, float]:
    return {
        _labelled(sample.name, sample.labels): sample.value
        for sample in family.samples
        if math.isfinite(sample.value) and not sample.name.endswith(("_bucket", "_sum", "_count"))
    } or {
        _labelled(sample.name, sample.labels): sample.value
        for sample in family.samples
        if family.type not in {"histogram", "summary"} and math.isfinite(sample.value)
    }


def _histograms(family: Metric) -> dict[str, Counts]:
    counts: dict[str, dict[float, float]] = defaultdict(dict)
    ends: dict[str, dict[str, float]] = defaultdict(dict)
    for sample in family.samples:
        labels = {key: value for key, value in sample.labels.items() if key not in {"le", "quantile"}}
        name = _labelled(family.name, labels)
        if sample.name.endswith("_bucket") and "le" in sample.labels:
            counts[name][float(sample.labels["le"])] = sample.value
        elif sample.name.endswith(("_sum", "_count")):
            ends[name][sample.name.rpartition("_")[2]] = sample.value
    return {
        name: Counts(counts[name], each["count"], each.get("sum", 0.0))
        for name, each in ends.items()
        if "count" in each and all(math.isfinite(value) for value in each.values())
    }


def _with_sums(counters: dict[str, float]) -> dict[str, float]:
    """All label sets of a counter added up, under its bare name."""
    sums: dict[str, float] = defaultdict(float)
    for name, value in counters.items():
        sums[name.partition("{")[0]] += value
    return {**sums, **counters}


def _with_merged(histograms: dict[str, Counts]) -> dict[str, Counts]:
    merged: dict[str, list[Counts]] = defaultdict(list)
    for name, counts in histograms.items():
        merged[name.partition("{")[0]].append(counts)
    return {**{name: _merged(parts) for name, parts in merged.items()}, **histograms}


def _merged(parts: list[Counts]) -> Counts:
    bounds = {bound for part in parts for bound in part.counts}
    return Counts(
        {bound: sum(part.counts.get(bound, 0.0) for part in parts) for bound in sorted(bounds)},
        sum(part.count for part in parts),
        sum(part.total for part in parts),
    )


def _labelled(name: str, labels: Mapping[str, str]) -> str:
    if not labels:
        return name
    return name + "{" + ",".join(_labels(labels)) + "}"


def _labels(labels: Mapping[str, str]) -> Iterator[str]:
    for key in sorted(labels):
        value = labels[key].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        yield f'{key}="{value}"'


def _unit(name: str) -> SeriesUnit:
    bare = name.partition("{")[0]
    return next((unit for suffix, unit in _UNITS if bare.endswith(suffix)), SeriesUnit.NUMBER)

"""Series, and budgets on them, as users write them: `probe queue_depth`, `container api: memory growth < 5MiB/min`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

from perfgate.records.criteria import Statistic, TelemetryBudget
from perfgate.records.telemetry import CONTAINER_SERIES, SeriesRef, SeriesUnit, Source
from perfgate.settings.nearest import did_you_mean
from perfgate.settings.units import parse_duration, parse_percentage, parse_rate, parse_size

_SERIES: Final = re.compile(r"(?P<source>container|prometheus|probe)\s+(?P<subject>[^\s:]+)(?:\s*:\s+(?P<name>\S.*))?")
_BUDGET: Final = re.compile(
    r"(?P<source>container|prometheus|probe)\s+(?P<subject>[^\s:]+)\s*:\s+"
    r"(?:(?P<name>\S.*?)\s+)?(?P<statistic>[a-z0-9]+)\s*(?P<op><=|>=|<|>)\s*(?P<limit>\S.*)"
)
_DRIFT: Final = re.compile(
    r"(?:(?P<endpoint>[^<>=]*?\S)\s*:\s+)?(?P<name>p50|p95|p99|mean)\s+drift\s*(?P<op><=|<)\s*(?P<limit>\S.*)"
)
# Each unit is written in a way of its own, so that the text alone says which it is.
_WRITTEN: Final[tuple[tuple[SeriesUnit, Callable[[str], float]], ...]] = (
    (SeriesUnit.NUMBER, float),
    (SeriesUnit.BYTES, parse_size),
    (SeriesUnit.BYTES_PER_SECOND, lambda text: parse_size(text.removesuffix("/s")) if text.endswith("B/s") else _no()),
    (SeriesUnit.RATIO, parse_percentage),
    (SeriesUnit.SECONDS, parse_duration),
    (SeriesUnit.PER_SECOND, parse_rate),
)
_EXAMPLE: Final = "write it as `probe queue_depth: max < 500` or `container api: memory growth < 5MiB/min`"


def parse_series(text: object) -> SeriesRef:
    """`probe queue_depth`, `prometheus api: tickets_received_total`, `container api: memory`."""
    if isinstance(text, SeriesRef):
        return text
    if not isinstance(text, str) or not (match := _SERIES.fullmatch(text.strip())):
        raise ValueError(f"{text!r} is no series: write it as `probe NAME`, or as `prometheus PAGE: METRIC`")
    source = Source(match["source"])
    return SeriesRef(source=source, subject=match["subject"], name=_name(source, match["name"]))


Reference = Annotated[
    SeriesRef,
    BeforeValidator(parse_series),
    WithJsonSchema({"type": "string", "examples": ["probe queue_depth", "prometheus api: tickets_received_total"]}),
]


def is_telemetry_budget(text: str) -> bool:
    """Whether it means a series of the stack, or how a response time drifts; other budgets are on the load."""
    return bool(re.match(r"(container|prometheus|probe)\s", text) or re.search(r"\sdrift\s*[<>]", text))


def parse_telemetry_budget(text: str) -> TelemetryBudget:
    """Raises `ValueError` that says what is wrong with it."""
    plain = " ".join(text.split())
    if match := _DRIFT.fullmatch(plain):
        return TelemetryBudget(
            source=Source.REQUESTS,
            subject=match["endpoint"] or "total",
            name=match["name"],
            statistic=Statistic.DRIFT,
            comparison=match["op"],
            limit=parse_percentage(match["limit"]),
            unit=SeriesUnit.RATIO,
            text=plain,
        )
    if not (match := _BUDGET.fullmatch(plain)):
        raise ValueError(f"{text!r} is no budget on a series: {_EXAMPLE}")
    source, statistic = Source(match["source"]), _statistic(match["statistic"])
    name = _name(source, match["name"])
    limit, unit = _limit(statistic, match["limit"])
    known = CONTAINER_SERIES.get(name) if source is Source.CONTAINER else None
    wanted = {SeriesUnit.CORES: SeriesUnit.NUMBER}.get(known, known) if known else None
    if wanted is not None and statistic is not Statistic.DRAIN and unit is not wanted:
        raise ValueError(f"{match['limit']!r} does not fit {name}, which is in {known}")
    return TelemetryBudget(
        source=source,
        subject=match["subject"],
        name=name,
        statistic=statistic,
        comparison=match["op"],
        limit=limit,
        unit=known or unit,
        text=plain,
    )


def _name(source: Source, name: str | None) -> str:
    match source:
        case Source.PROBE:
            if name not in {None, "value"}:
                raise ValueError(f"a probe has one value: leave {name!r} out")
            return "value"
        case Source.CONTAINER:
            if name not in CONTAINER_SERIES:
                near = did_you_mean(name or "", tuple(CONTAINER_SERIES))
                raise ValueError(f"a container has no series {name!r}{near}; there are {', '.join(CONTAINER_SERIES)}")
            return name
        case _:
            if name is None:
                raise ValueError("name the metric of the page, as `prometheus api: tickets_received_total`")
            return name


def _statistic(name: str) -> Statistic:
    fitting = tuple(each for each in Statistic if each is not Statistic.DRIFT)
    if name not in fitting:
        raise ValueError(
            f"a series has no statistic {name!r}{did_you_mean(name, fitting)}; there are {', '.join(fitting)}"
        )
    return Statistic(name)


def _limit(statistic: Statistic, text: str) -> tuple[float, SeriesUnit]:
    if statistic is Statistic.DRAIN:
        return parse_duration(text), SeriesUnit.SECONDS
    if statistic is not Statistic.GROWTH:
        return _quantity(text)
    amount, slash, per = text.rpartition("/")
    minutes = {"s": 1 / 60, "min": 1.0, "h": 60.0}.get(per.strip())
    if not slash or minutes is None:
        raise ValueError(f"{text!r} is no growth: write it with its time, as 5MiB/min or 2/h")
    value, unit = _quantity(amount.strip())
    return value / minutes, unit


def _quantity(text: str) -> tuple[float, SeriesUnit]:
    for unit, parse in _WRITTEN:
        try:
            return float(parse(text)), unit
        except ValueError:
            continue
    raise ValueError(f"{text!r} is no amount: write a number, or one with its unit, as 512MiB, 2s, 80% or 5/s")


def _no() -> float:
    raise ValueError

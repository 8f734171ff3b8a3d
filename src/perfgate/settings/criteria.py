"""Budgets, tolerances and demands as users write them, turned into records; at the end as fields of the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from perfgate.records.criteria import Budget, Demand, TelemetryBudget, Tolerance
from perfgate.records.endpoint import FIRST_TOKEN, PER_TOKEN
from perfgate.records.metric import INVERSES, METRICS, Metric, Unit
from perfgate.settings.nearest import did_you_mean
from perfgate.settings.series import is_telemetry_budget, parse_telemetry_budget
from perfgate.settings.units import parse_duration, parse_percentage, parse_rate

# Margins for comparing with stored runs. Two runs on shared machines differ by 3-30 % with no change at all, so margins
# of 5 or 10 % could be honoured by no number of requests; 25 % can. Below `at_least` a change is nobody's concern.
DEFAULT_TOLERANCES: Final = (
    Tolerance(metric=Metric.P50, fail=0.25, at_least=0.002),
    Tolerance(metric=Metric.P95, fail=0.25, at_least=0.002),
    Tolerance(metric=Metric.ERROR_RATIO, fail=0.005),
)

# Base and head on one machine share its noise, so a few per cent can be shown (docs/judging.md, "Side by side").
SIDE_BY_SIDE_TOLERANCES: Final = (
    Tolerance(metric=Metric.P50, fail=0.05, at_least=0.0005),
    Tolerance(metric=Metric.P95, fail=0.10, at_least=0.0005),
    Tolerance(metric=Metric.ERROR_RATIO, fail=0.005),
)

LABEL: Final = re.compile(r"[A-Z]+ \S.*")
_BUDGET: Final = re.compile(
    r"(?:(?P<endpoint>[^<>=]*?\S)\s*:\s+)?(?:(?P<of>ttft|tokens_per_second)\s+)?(?P<metric>[a-z0-9_]+)\s*"
    r"(?P<op><=|>=|<|>)\s*(?P<limit>.+)"
)


def parse_any_budget(text: object) -> Budget | TelemetryBudget:
    """On the load, or on what happened inside the stack meanwhile."""
    if isinstance(text, Budget | TelemetryBudget):
        return text
    if isinstance(text, Mapping) and len(text) == 1:  # what YAML makes of `- GET /health: p95 < 1s` without quotes
        ((subject, limit),) = text.items()
        text = f"{subject}: {limit}"
    if isinstance(text, str) and is_telemetry_budget(text.strip()):
        return parse_telemetry_budget(text.strip())
    return parse_budget(text)


def parse_budget(text: object) -> Budget:
    """`p95 < 60s`, `success_rate > 99%`, `POST /hooks/{source}: p99 < 800ms`."""
    if not isinstance(text, str) or not (match := _BUDGET.fullmatch(text.strip())):
        raise ValueError(f"{text!r} is no budget: write it as `p95 < 800ms` or `GET /health: p95 < 800ms`")
    endpoint = _label(match["endpoint"])
    if match["of"] is None:
        metric = _metric(match["metric"])
    else:
        metric, endpoint = _of_stream(match["of"], match["metric"], endpoint)
    return Budget.model_validate(
        {
            "endpoint": endpoint,
            "metric": metric,
            "comparison": match["op"],
            "limit": _in_unit(metric, match["limit"].strip()),
            "text": " ".join(text.split()),
        }
    )


def _of_stream(of: str, name: str, endpoint: str | None) -> tuple[Metric, str]:
    """What a streamed answer is measured by has rows of its own beside its request's."""
    if endpoint is None:
        raise ValueError(f"say of which endpoint, as `POST /chat: {of} {name} …`")
    if of == "ttft":
        return _metric(name), f"{FIRST_TOKEN} {endpoint}"
    known = {each.value.rpartition(" ")[2]: each for each in INVERSES}
    if name not in known:
        raise ValueError(f"tokens_per_second is held by `p50` or, for the slowest 5 %, by `p5`; not by {name!r}")
    return known[name], f"{PER_TOKEN} {endpoint}"


_STATUS: Final = re.compile(r"[1-5](?:xx|\d\d)", re.IGNORECASE)
_DEMAND: Final = re.compile(r"(?P<method>[A-Z]+)(?: (?P<path>\S.*?))?(?:: (?P<status>[1-5](?:[xX]{2}|\d\d)))?")


def parse_demand(text: object) -> Demand:
    """`POST /tickets/{id}`, `POST /tickets: 201`, `DELETE`, `4xx`."""
    if isinstance(text, Demand):
        return text
    if isinstance(text, Mapping) and len(text) == 1:  # what YAML makes of `- POST /tickets: 201` without quotes
        ((endpoint, status),) = text.items()
        text = f"{endpoint}: {status}"
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    written = " ".join(text.split()) if isinstance(text, str) else ""
    if _STATUS.fullmatch(written):
        return Demand(text=written, status=written.lower())
    match = _DEMAND.fullmatch(written)
    if match is None:
        raise ValueError(
            f"{text!r} cannot be required: write an endpoint as `POST /tickets/{{id}}`, a method as `DELETE`, "
            "a status as `4xx`, or both as `POST /tickets: 201`"
        )
    status = match["status"].lower() if match["status"] else None
    return Demand(text=written, method=match["method"], path=match["path"], status=status)


def parse_tolerances(value: object) -> tuple[Tolerance, ...]:
    """`{p95: 10%, error_ratio: 0.5pp, "GET /health: p50": {fail: 10%, warn: 5%, at_least: 2ms}}`."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, Mapping):
        raise ValueError("tolerances are a mapping, as `{p95: 10%}`")  # noqa: TRY004 - pydantic reports only ValueError
    return tuple(_tolerance(str(key), each) for key, each in value.items())


def _tolerance(key: str, value: object) -> Tolerance:
    endpoint, _, name = key.rpartition(": ")
    metric = _metric(name.strip())
    if metric in INVERSES:
        raise ValueError(f"{metric} has no tolerance; one on {INVERSES[metric]} of `{PER_TOKEN} POST /…` says the same")
    if METRICS[metric].unit is Unit.COUNT:
        raise ValueError(f"{metric} grows with the length of a run; a tolerance fits throughput or error_ratio")
    parts: Mapping[str, Any] = value if isinstance(value, Mapping) else {"fail": value}
    for part in parts:
        if part not in {"fail", "warn", "at_least"}:
            raise ValueError(f"{key}: unknown key {part!r}{did_you_mean(part, ('fail', 'warn', 'at_least'))}")
    if "fail" not in parts:
        raise ValueError(f"{key}: `fail` is missing")
    fail = parse_percentage(parts["fail"])
    warn = parse_percentage(parts["warn"]) if "warn" in parts else None
    if fail <= 0 or (warn is not None and not 0 < warn < fail):
        raise ValueError(f"{key}: `fail` must be above 0, and `warn` between 0 and `fail`")
    floor = _in_unit(metric, parts["at_least"]) if "at_least" in parts else _default_floor(metric)
    return Tolerance(metric=metric, endpoint=_label(endpoint or None), fail=fail, warn=warn, at_least=floor)


def _default_floor(metric: Metric) -> float:
    return next((each.at_least for each in DEFAULT_TOLERANCES if each.metric is metric), 0.0)


def _metric(name: str) -> Metric:
    try:
        return Metric(name)
    except ValueError:
        raise ValueError(f"there is no metric {name!r}{did_you_mean(name, tuple(Metric))}") from None


def _label(text: str | None) -> str | None:
    if text is None or text == "total":
        return None
    if not LABEL.fullmatch(text):
        raise ValueError(f"{text!r} is no endpoint: write method and name, as `POST /tickets/{{id}}`")
    return text


def _in_unit(metric: Metric, text: object) -> float:
    match METRICS[metric].unit:
        case Unit.SECONDS:
            return parse_duration(text)
        case Unit.RATIO:
            return parse_percentage(text)
        case Unit.PER_SECOND:
            has_unit_in_name = metric in INVERSES and isinstance(text, str) and re.fullmatch(r"\d+(\.\d+)?", text)
            return parse_rate(f"{text}/s" if has_unit_in_name else text)
        case Unit.COUNT | Unit.BYTES | Unit.BYTES_PER_MINUTE:
            if isinstance(text, int) and not isinstance(text, bool):
                return float(text)
            if isinstance(text, str) and text.replace("_", "").isdigit():
                return float(text.replace("_", ""))
            raise ValueError(f"{text!r} is no count: write a whole number")


Label = Annotated[str, Field(pattern=f"^{LABEL.pattern}$", examples=["POST /tickets/{id}"])]
BudgetText = Annotated[
    Budget | TelemetryBudget,
    BeforeValidator(parse_any_budget),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "minProperties": 1,
                    "maxProperties": 1,
                    "description": "what YAML makes of `POST /tickets: p99 < 2s` without quotes",
                },
            ],
            "examples": ["p95 < 800ms", "POST /tickets: p99 < 2s", "container api: memory growth < 5MiB/min"],
        }
    ),
]
_TOLERANCE_VALUE: Final = {"type": "string", "pattern": r"^\d+(\.\d+)? ?(%|pp)$"}
Tolerances = Annotated[
    tuple[Tolerance, ...],
    BeforeValidator(parse_tolerances),
    WithJsonSchema(
        {
            "type": "object",
            "description": "metric, or `METHOD /name: metric`, to how much worse is accepted",
            "propertyNames": {
                "pattern": f"^([A-Z]+ .+: )?({'|'.join(each for each in Metric if each not in INVERSES)})$"
            },
            "additionalProperties": {
                "anyOf": [
                    _TOLERANCE_VALUE,
                    {
                        "type": "object",
                        "properties": {
                            "fail": _TOLERANCE_VALUE,
                            "warn": _TOLERANCE_VALUE,
                            "at_least": {"type": ["string", "number"]},
                        },
                        "required": ["fail"],
                        "additionalProperties": False,
                    },
                ]
            },
        }
    ),
]
DemandText = Annotated[
    Demand,
    BeforeValidator(parse_demand),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "integer"]},
                {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "integer"]},
                    "minProperties": 1,
                    "maxProperties": 1,
                    "description": "what YAML makes of `POST /tickets: 201` without quotes",
                },
            ],
            "examples": ["POST /tickets/{id}", "POST /tickets: 201", "DELETE", "4xx"],
        }
    ),
]

"""The reference page of `perfgate.yml`, made from the classes that read it: `python -m perfgate.settings.reference`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any, Final

from perfgate.settings.schema import json_schema

HEAD: Final = """\
# Settings: `perfgate.yml`

Made from the code by `python -m perfgate.settings.reference > docs/settings.md`; a test holds the two together.
Unknown keys are refused. Durations, sizes, percentages and rates are written with units, as `2m30s`,
`5MiB`, `5%`, `200/s`.
"""
# Name in the schema, heading, and what to know before the table.
PARTS: Final = (
    ("File", "The file", ""),
    ("Stack", "stack", ""),
    ("Compose", "stack.compose", ""),
    ("Process", "stack.process", ""),
    ("Command", "stack.process.commands.NAME", ""),
    ("External", "stack.external", ""),
    ("Ready", "ready", "Of `stack`, and of a command."),
    ("Scenario", "scenarios.NAME", "Exactly one of `traffic` and `locustfile`."),
    ("Traffic", "scenarios.NAME.traffic", ""),
    (
        "Request",
        "scenarios.NAME.traffic.requests[]",
        "`{get: /health}` says the same as `{method: GET, path: /health}`.",
    ),
    (
        "Journey",
        "scenarios.NAME.traffic.journeys[]",
        (
            "Polls begin at a random moment within `every`, so that the end-to-end time is not stepped; it is at most "
            "`every` too long."
        ),
    ),
    (
        "Step",
        "scenarios.NAME.traffic.journeys[].steps[]",
        "A request as above, without a weight, and what a journey adds to it.",
    ),
    ("Source", "take", "Of a step; a text alone is a place in the JSON."),
    ("Condition", "until, fail_on", "Of a step."),
    ("JsonStyle", "json_style", "Of a request with `json`. The default has no blanks and nothing but ASCII."),
    (
        "Signing",
        "sign",
        (
            "Of a request: `{like: github, secret_env: HOOK_SECRET}`. What the server refuses is looked into once an "
            "endpoint, and the report says whether the secret or the server's way of reading the body is at fault."
        ),
    ),
    ("Stage", "scenarios.NAME.stages[]", ""),
    ("Telemetry", "telemetry", ""),
    ("Page", "telemetry.prometheus[]", ""),
    ("Probe", "telemetry.probes.NAME", ""),
    (
        "Queue",
        "telemetry.queues.NAME",
        "A series is written as `probe NAME`, `prometheus PAGE: METRIC` or `container SERVICE: SERIES`.",
    ),
    ("Pool", "telemetry.pools.NAME", ""),
    ("Coverage", "coverage", ""),
    ("WaiverSettings", "waivers[]", "A failing criterion with a valid waiver is conditional instead, and named."),
    (
        "AcceptanceSettings",
        "acceptance",
        "`of ENDPOINT` and `up to` may be left out: then wherever, and however large.",
    ),
    (
        "EventPolicy",
        "policy.EVENT or policy.BRANCH-PATTERN",
        (
            "Arguments count first, then branch patterns (the most specific first), then the event, then the defaults: "
            "releases and `release/*` block on conditional, everything else on fail; pushes and schedules of the "
            "default branch and local runs are stored. What is merged is the accepted state, so nothing of a pull "
            "request or a merge queue is ever stored."
        ),
    ),
    ("BaselineSettings", "baseline", ""),
    ("SideBySideSettings", "side_by_side", ""),
)
CRITERIA: Final = """\
## Budgets

One text each: `[ENDPOINT: ]METRIC COMPARISON LIMIT`, as `p95 < 800ms`, `success_rate > 99%`,
`POST /webhooks/{source}: p99 < 2s`. Metrics: requests, failures, success_rate, error_ratio, p50, p95, p99, mean, max,
throughput. Comparisons: `<`, `<=`, `>`, `>=`.

Of streamed answers: `POST /chat: ttft p95 < 500ms` (time to the first token, any metric of a time) and
`POST /chat: tokens_per_second p50 > 30` (after the first token; `p5` for the slowest 5 % of the answers). The report
has them as rows `TTFT POST /chat` and `TPOT POST /chat` (time per output token). Of journeys: `JOURNEY name: p95 < 5s`.

Budgets on what happened inside the stack: `SOURCE SUBJECT: [SERIES ]STATISTIC COMPARISON LIMIT`, as
`probe queue_depth: max < 500`, `container api: memory growth < 5MiB/min`, `container *: throttled mean < 5%`,
`prometheus worker: tickets_in_queue_seconds p95 < 2s`, `probe queue_depth: drain < 30s`. Series of a container: cpu (in
cores), memory, network_in, network_out, block_read, block_write, throttled, pids. Statistics: min, max, mean, p50, p95,
p99, growth (a minute), drain (of a queue's depth, after the load). How much slower answers become while the load goes
on: `[ENDPOINT: ]p95 drift < 10%`, of p50, p95, p99 or mean.

## Tolerances

A mapping from a metric, or `ENDPOINT: METRIC`, to how much worse than the baseline is accepted: `p95: 10%`, or
`p95: {fail: 10%, warn: 5%, at_least: 2ms}`. For `error_ratio` and `success_rate` it is a difference in percentage
points (`0.5pp`). A worsening below `at_least` is never a regression.
"""


def reference_markdown() -> str:
    schema = json_schema()
    parts = {"File": schema, **schema["$defs"]}
    sections = [section for name, title, text in PARTS for section in _section(parts[name], title, text)]
    return "\n".join([HEAD, *sections, CRITERIA])


def _section(part: dict[str, Any], title: str, text: str) -> Iterator[str]:
    yield f"## {title}\n"
    about = " ".join(str(part.get("description", "")).split())
    if title != "The file" and (about or text):
        yield " ".join(each for each in (about, text) if each) + "\n"
    yield "| key | written as | default | meaning |"
    yield "| --- | --- | --- | --- |"
    required = part.get("required", [])
    for key, value in part["properties"].items():
        default = "required" if key in required else _default(value)
        yield f"| `{key}` | {_written(value)} | {default} | {_cell(str(value.get('description', '')))} |"
    yield ""


def _written(value: dict[str, Any]) -> str:
    if "enum" in value:
        return " or ".join(f"`{each}`" for each in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    if value.get("examples"):
        return _cell(", ".join(f"`{each}`" for each in value["examples"]))
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(_written(each) for each in value["anyOf"] if each.get("type") != "null"))
    if "$ref" in value:
        name = str(value["$ref"]).rsplit("/", 1)[-1].removesuffix("Settings")
        return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    if value.get("type") == "array":
        return f"list of {_written(value['items'])}"
    if value.get("type") == "object":
        inner = value.get("additionalProperties")
        return f"mapping to {_written(inner)}" if isinstance(inner, dict) and "anyOf" not in inner else "mapping"
    return _cell(str(value.get("type", "any value")))


def _default(value: dict[str, Any]) -> str:
    default = value.get("default")
    return "" if default in (None, (), [], {}) else f"`{default}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference_markdown())

"""`perfgate.yml` as values. These classes are the schema: `perfgate schema` and the reference page come from them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import (
    BeforeValidator,
    Field,
    WithJsonSchema,
)

from perfgate.records.criteria import BlockOn, Budget, Demand, TelemetryBudget, Tolerance
from perfgate.records.metric import INVERSES, Metric
from perfgate.settings.criteria import LABEL, parse_any_budget, parse_demand, parse_tolerances
from perfgate.settings.part import Part
from perfgate.settings.telemetry import Telemetry
from perfgate.settings.traffic import Traffic
from perfgate.settings.units import Address, Duration, Percentage, Rate

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
Label = Annotated[str, Field(pattern=f"^{LABEL.pattern}$", examples=["POST /tickets/{id}"])]


class Ready(Part):
    """When the stack may be loaded."""

    path: str = Field(default="/", pattern="^/", description="requested on the target until it answers below 400")
    within: Duration = Field(default=120.0, gt=0, description="time limit, from the start of the stack")


class Compose(Part):
    files: tuple[str, ...] = Field(
        default=("docker-compose.yml",), min_length=1, description="compose files, merged in order"
    )
    profiles: tuple[str, ...] = Field(default=(), description="compose profiles to activate")
    env: dict[str, str] = Field(default_factory=dict, description="set for compose's interpolation")
    target: str | None = Field(default=None, description="overrides `stack.target` for this kind of stack")


class Command(Part):
    run: tuple[str, ...] = Field(min_length=1, description="program and arguments; no shell")
    env: dict[str, str] = Field(default_factory=dict, description="added to PerfGate's own environment")
    folder: str = Field(default=".", description="working folder, relative to perfgate.yml")
    ready: Ready | None = Field(default=None, description="wait for this path on the target before the next command")


class Process(Part):
    commands: dict[str, Command] = Field(min_length=1, description="started in this order")
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = Field(
        default=(),
        description="every port that the commands listen on; where base and head run side by side, the base gets "
        "others in their place in `run`, `env` and `target`",
    )
    target: str | None = Field(default=None, description="overrides `stack.target` for this kind of stack")


class External(Part):
    """Something that already runs; PerfGate neither starts nor stops it."""

    base: str | None = Field(default=None, description="URL of the base, or of the reference, to be measured beside it")
    target: str | None = Field(default=None, description="overrides `stack.target` for this kind of stack")


class Stack(Part):
    """The application under test. Where several kinds are given, `--stack` chooses; the first of compose, process,
    external is the default.
    """

    target: str | None = Field(default=None, description="base URL, as another container on the network would say it")
    ready: Ready = Field(default_factory=Ready)
    compose: Compose | None = None
    process: Process | None = None
    external: External | None = None


class Stage(Part):
    """A step of a load profile with a shape."""

    duration: Duration = Field(gt=0)
    users: int = Field(ge=0)
    spawn_rate: Rate = Field(gt=0)


class Scenario(Part):
    profile: str = Field(default="baseline", description="baseline, peak, burst or endurance")
    users: int | None = Field(default=None, ge=1, le=100_000, description="overrides the profile's")
    spawn_rate: Rate | None = Field(default=None, gt=0, description="overrides the profile's")
    duration: Duration | None = Field(
        default=None, gt=0, description="of the load, warm-up included; overrides the profile's"
    )
    stages: tuple[Stage, ...] | None = Field(default=None, description="overrides the profile's shape")
    warm_up: Duration = Field(default=10.0, ge=0, description="first part of the load, recorded and left out")
    traffic: Traffic | None = None
    locustfile: str | None = Field(default=None, description="instead of `traffic`: any Locust file, unchanged")
    tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    user_classes: tuple[str, ...] = Field(default=(), description="of the Locust file; default: all")
    env: dict[str, str] = Field(default_factory=dict, description="for Locust's process")
    secrets: tuple[str, ...] = Field(
        default=(),
        description="environment variables that a Locust file needs, as for the secret of a webhook; of PerfGate's "
        "own environment Locust's process sees nothing else",
    )
    budgets: tuple[BudgetText, ...] = Field(default=(), description="of this scenario alone, beside the file's")
    workers: int = Field(
        default=0, ge=0, le=64, description="processes of this machine that share the load; 0: one process does it all"
    )
    expect_workers: int = Field(
        default=0, ge=0, le=1000, description="workers of other machines (`perfgate worker`) that the load waits for"
    )
    bind: Address | None = Field(
        default=None, description="where workers of other machines join; nothing there asks who they are"
    )
    otlp: str | None = Field(
        default=None,
        pattern="^https?://",
        description="URL of an OTLP receiver (HTTP) that Locust sends response times and users to while it runs",
    )


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


class Coverage(Part):
    """What the run must exercise, all its scenarios together. A request that failed has exercised nothing."""

    require: tuple[DemandText, ...] = Field(
        default=(), description="endpoints, methods, statuses (`201`, `4xx`), or statuses of an endpoint"
    )
    openapi: str | None = Field(
        default=None,
        min_length=1,
        description="OpenAPI document, JSON or YAML, relative to perfgate.yml: the report lists what of it was tested",
    )
    at_least: Percentage | None = Field(
        default=None, gt=0, le=1, description="share of the document's operations that must be exercised"
    )


class WaiverSettings(Part):
    metric: Metric
    endpoint: Label | None = Field(default=None, description="default: all together")
    up_to: Percentage = Field(gt=0)
    reason: str = Field(min_length=1)
    issue: str | None = None
    expires: date


class AcceptanceSettings(Part):
    """How people accept a cost for one change, beside this file: each way is shown in the comment."""

    label: str = Field(
        default="perfgate-accept",
        max_length=50,
        description="on the pull request, accepts every slow-down found in it; empty: none does",
    )
    trailer: str = Field(
        default="Perfgate-Accept",
        pattern=r"^([A-Za-z][A-Za-z0-9-]{0,49})?$",
        description="in a commit message, as `Perfgate-Accept: p95 of POST /tickets up to 25%: why`; not from forks; "
        "empty: none does",
    )
    comments: bool = Field(
        default=True,
        description="`/perfgate accept p95 of POST /tickets up to 25%: why`, by people who may write to the repository",
    )


class Compare(StrEnum):
    """What a run is compared with."""

    STORED = "stored"
    PAIRED = "paired"
    BOTH = "both"
    AUTO = "auto"


class EventPolicy(Part):
    """What holds for an event or a branch; what is not given comes from the defaults."""

    scenarios: tuple[str, ...] | None = Field(default=None, description="default: all")
    compare: Compare | None = Field(
        default=None,
        description="`stored` runs; the base beside it on the same machine (`paired`); `both`; `auto`: paired where a "
        "base can be had",
    )
    block_on: BlockOn | None = Field(default=None, description="the verdict from which on the job fails")
    time_limit: Duration | None = Field(default=None, gt=0, description="for all load of the run together")
    store: bool | None = Field(default=None, description="whether a valid run becomes a baseline")


class BaselineSettings(Part):
    store: str = Field(
        default=".perfgate/baselines",
        description="a folder; any URL that fsspec reads and writes; or `branch`, a branch of the repository on GitHub "
        "that is called perfgate-baselines, or as `branch:NAME` says",
    )
    keep: int = Field(default=200, ge=1, description="how many runs of a scenario are kept")
    reference: str | None = Field(
        default=None,
        min_length=1,
        max_length=255,
        pattern="^[^-]",
        examples=["v1.2.0"],
        description="tag or commit of this repository that each run is measured beside: runs are then compared by how "
        "much slower than it they are, which bears a far tighter tolerance than times do; stays the same until it is "
        "moved here",
    )
    creep: Percentage = Field(
        default=0.15,
        gt=0,
        description="how much slower than the reference p50, p95 and whatever else has a tolerance may become before "
        "each run is conditional; moving the reference accepts it",
    )


class SideBySideSettings(Part):
    """Base and head loaded in turns; a scenario's duration is shared between them."""

    block: Duration | None = Field(
        default=None, gt=0, description="length of a turn; default: 30 requests long, between 1 s and 5 s"
    )
    stacks: Literal["auto", "together", "swapped"] = Field(
        default="auto",
        description="base and head up together; or swapped, one at a time, which takes longer and is less certain; "
        "`auto`: together where the memory suffices",
    )
    base: str | None = Field(
        default=None, min_length=1, description="branch or commit; the merge base is used; default: the default branch"
    )


class File(Part):
    """`perfgate.yml`."""

    version: Literal[1] = 1
    stack: Stack
    scenarios: dict[str, Scenario] = Field(min_length=1)
    budgets: tuple[BudgetText, ...] = Field(default=(), description="absolute limits")
    tolerances: Tolerances | None = Field(
        default=None,
        description="how much worse than the baseline is accepted; default: p50 25%, p95 25%, error_ratio 0.5pp; "
        "side by side, or beside a reference, p50 5%, p95 10%, error_ratio 0.5pp",
    )
    telemetry: Telemetry = Field(default_factory=Telemetry)
    coverage: Coverage = Field(default_factory=Coverage)
    waivers: tuple[WaiverSettings, ...] = ()
    acceptance: AcceptanceSettings = Field(default_factory=AcceptanceSettings)
    policy: dict[str, EventPolicy] = Field(default_factory=dict, description="by event name or branch pattern")
    baseline: BaselineSettings = Field(default_factory=BaselineSettings)
    side_by_side: SideBySideSettings = Field(default_factory=SideBySideSettings)

"""`perfgate.yml` as values. These classes are the schema: `perfgate schema` and the reference page come from them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from perfgate.records.criteria import BlockOn, Budget, Demand, Tolerance
from perfgate.records.metric import Metric
from perfgate.settings.criteria import LABEL, parse_budget, parse_demand, parse_tolerances
from perfgate.settings.units import Duration, Percentage, Rate, WaitRange

BudgetText = Annotated[
    Budget,
    BeforeValidator(parse_budget),
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
            "examples": ["p95 < 800ms", "POST /tickets: p99 < 2s", "success_rate > 99%"],
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
            "propertyNames": {"pattern": f"^([A-Z]+ .+: )?({'|'.join(Metric)})$"},
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
METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options")


class Part(BaseModel):
    """A mapping of the file: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


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

    base: str | None = Field(default=None, description="URL of the base, to be compared side by side")
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


class JsonStyle(Part):
    """How a JSON body is written, where a signature makes it matter."""

    spaces: bool = Field(default=False, description="after `,` and `:`")
    sort_keys: bool = False
    ascii: bool = Field(default=True, description="other characters as `\\u00e9`; false: as they are, in UTF-8")


class Signing(Part):
    """HMAC over the exact bytes of the body, as webhooks carry it."""

    secret_env: str = Field(
        pattern=r"^[A-Za-z_]\w*$",
        description="environment variable that holds the secret; the scenario's `env` may give a harmless one for "
        "where it is not set",
    )
    like: Literal["github", "stripe", "slack", "standard-webhooks"] | None = Field(
        default=None, description="a published scheme; the other keys change it"
    )
    headers: dict[str, str] | None = Field(
        default=None,
        description="with `{signature}`, `{timestamp}` (whole seconds since 1970) and `{id}` (of this message), as "
        '`X-Signature: "sha256={signature}"`',
    )
    over: str | None = Field(
        default=None, description="what is signed, as `{timestamp}.{body}`; without `like`: `{body}`"
    )
    algorithm: Literal["sha1", "sha256", "sha384", "sha512"] | None = Field(default=None, description="else sha256")
    encoding: Literal["hex", "base64"] | None = Field(default=None, description="of the signature; else hex")
    secret_encoding: Literal["text", "base64"] | None = Field(default=None, description="else text")

    @model_validator(mode="after")
    def _signs(self) -> Signing:
        """Where nothing is said of a scheme that is published, the headers are needed."""
        if self.headers is None and self.like is None:
            raise ValueError("give `like`, or `headers`")
        if self.headers is not None and not any("{signature}" in value for value in self.headers.values()):
            raise ValueError("no header holds {signature}")
        if self.over is not None and "{body}" not in self.over:
            raise ValueError("`over` does not hold {body}: any body would have the same signature")
        return self


class Request(Part):
    """One kind of request of declared traffic. In the file the method may be the key: `get: /health`."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = "GET"
    path: str = Field(pattern="^/", description="may hold `{name}` placeholders, filled from `values`")
    name: str | None = Field(default=None, description="grouped under this; default: the path with its placeholders")
    weight: int = Field(default=1, ge=1, le=100_000)
    headers: dict[str, str] = Field(default_factory=dict)
    json_body: Any = Field(default=None, alias="json", description="JSON body; strings may hold placeholders")
    json_style: JsonStyle = Field(default_factory=JsonStyle)
    body: str | None = Field(default=None, description="text body; may hold placeholders")
    sign: Signing | None = Field(default=None, description="the body, in headers of its own")
    values: dict[str, Any] = Field(
        default_factory=dict,
        description="generators for placeholders: `1..100`, a list to choose from, `uuid`, `sequence`",
    )
    expect_status: tuple[int, ...] = Field(default=(), description="statuses that count as success; default: below 400")
    expect_body: str | None = Field(default=None, description="text the answer must contain")
    timeout: Duration = Field(default=60.0, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _method_as_key(cls, value: Any) -> Any:
        """`{get: /health}` says the same as `{method: GET, path: /health}`."""
        if not isinstance(value, dict):
            return value
        short = [key for key in METHODS if key in value]
        if not short:
            return value
        if len(short) > 1 or "path" in value or "method" in value:
            raise ValueError(f"give one method and one path, as `{short[0]}: /health`")
        rest = {key: each for key, each in value.items() if key != short[0]}
        return {"method": short[0].upper(), "path": value[short[0]], **rest}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Beside `method` and `path` the schema knows `get: /health` and its like, exactly one of them."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        path = schema["properties"]["path"]
        schema["properties"] |= {method: {**path, "description": f"{method.upper()} this path"} for method in METHODS}
        schema.pop("required", None)
        schema["oneOf"] = [{"required": [key]} for key in ("path", *METHODS)]
        return schema

    @model_validator(mode="after")
    def _one_body(self) -> Request:
        if self.body is not None and self.json_body is not None:
            raise ValueError("give either `json` or `body`")
        return self


class Traffic(Part):
    wait: WaitRange = Field(default=(3.0, 7.0), description="`3s..7s` between requests of a user")
    rate: Rate | None = Field(
        default=None, gt=0, description="send this many a second whatever the server does, instead of waits"
    )
    spacing: Literal["even", "poisson"] = Field(default="even", description="of requests that are sent at a rate")
    requests: tuple[Request, ...] = Field(min_length=1)


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


class SideBySideSettings(Part):
    """Base and head loaded in turns; a scenario's duration is shared between them."""

    block: Duration | None = Field(
        default=None, gt=0, description="length of a turn; default: 30 requests long, between 1 s and 5 s"
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
        "side by side p50 5%, p95 10%, error_ratio 0.5pp",
    )
    coverage: Coverage = Field(default_factory=Coverage)
    waivers: tuple[WaiverSettings, ...] = ()
    acceptance: AcceptanceSettings = Field(default_factory=AcceptanceSettings)
    policy: dict[str, EventPolicy] = Field(default_factory=dict, description="by event name or branch pattern")
    baseline: BaselineSettings = Field(default_factory=BaselineSettings)
    side_by_side: SideBySideSettings = Field(default_factory=SideBySideSettings)

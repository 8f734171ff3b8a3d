"""Declared traffic, as `perfgate.yml` has it: requests, how they are signed, journeys of several requests."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from perfgate.settings.json_path import parse_path
from perfgate.settings.part import Part
from perfgate.settings.units import Duration, Rate, WaitRange

METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options")


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


class Call(Part):
    """A request of declared traffic. In the file the method may be the key: `get: /health`."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = "GET"
    path: str = Field(pattern="^/", description="may hold `{name}` placeholders, filled from `values`")
    name: str | None = Field(default=None, description="grouped under this; default: the path with its placeholders")
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
    stream: Literal["openai", "sse"] | None = Field(
        default=None,
        description="the answer comes piece by piece, as server-sent events: time to the first token and time per "
        "token are measured too. `openai`: as chat completions stream, until `[DONE]`; `sse`: each event is a token",
    )
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
    def _one_body(self) -> Call:
        if self.body is not None and self.json_body is not None:
            raise ValueError("give either `json` or `body`")
        return self


class Request(Call):
    """One kind of request of declared traffic. In the file the method may be the key: `get: /health`."""

    weight: int = Field(default=1, ge=1, le=100_000)


class Source(Part):
    """Where in an answer a value stands: `json`, `header` or `text`; with both of the latter, `text` is searched in the
    header's value.
    """

    json_path: str | None = Field(default=None, alias="json", description="place in the JSON, as `data.items[0].id`")
    header: str | None = Field(default=None, min_length=1)
    text: str | None = Field(default=None, description="regular expression over the text; its first group, if any")

    @model_validator(mode="after")
    def _can_be_read(self) -> Source:
        if (self.json_path is None) == (self.header is None and self.text is None):
            raise ValueError("give one of `json`, `header`, `text`, or `text` of a `header`")
        _readable(self.json_path, self.text)
        return self


def _readable(json_path: str | None, text: str | None) -> None:
    if json_path is not None:
        parse_path(json_path)
    if text is not None:
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"{text!r} is no regular expression: {error}") from None


class Condition(Part):
    """What an answer must show: exactly one of `status`, `json`, `header`, `text`."""

    status: int | None = Field(default=None, ge=100, le=599)
    json_path: str | None = Field(default=None, alias="json", description="place in the JSON")
    header: str | None = Field(default=None, min_length=1)
    text: str | None = Field(default=None, description="regular expression that is found in the text")
    equals: Any = Field(default=None, description="the value at `json` or `header`; without it any but null will do")

    @model_validator(mode="after")
    def _can_be_asked(self) -> Condition:
        if sum(each is not None for each in (self.status, self.json_path, self.header, self.text)) != 1:
            raise ValueError("give one of `status`, `json`, `header`, `text`")
        if self.equals is not None and self.json_path is None and self.header is None:
            raise ValueError("`equals` goes with `json` or `header`")
        _readable(self.json_path, self.text)
        return self


def _with_place_alone(value: object) -> object:
    """`id` says the same as `{json: id}`."""
    return {"json": value} if isinstance(value, str) else value


SourceOrPlace = Annotated[Source, BeforeValidator(_with_place_alone, json_schema_input_type=Source | str)]


class Step(Call):
    """A request of a journey. Values drawn or taken in earlier steps fill its placeholders, too."""

    take: dict[str, SourceOrPlace] = Field(
        default_factory=dict,
        description="values for later steps from this answer: `{id: data.id}`, `{id: {header: Location}}`",
    )
    until: Condition | None = Field(
        default=None, description="ask again until the answer shows this; such requests are counted as `POLL`"
    )
    fail_on: Condition | None = Field(default=None, description="ends the journey as a failure")
    every: Duration = Field(default=0.1, gt=0, description="between answer and next question, where there is `until`")


class Journey(Part):
    """Several requests, one after the other, measured as one: `JOURNEY name`, from the first step's begin to the last's
    end. One that a step ends, or that takes too long, is a failure of that endpoint.
    """

    name: str = Field(min_length=1, max_length=200)
    weight: int = Field(default=1, ge=1, le=100_000)
    within: Duration = Field(default=60.0, gt=0, description="time limit")
    steps: tuple[Step, ...] = Field(min_length=1)


class Traffic(Part):
    wait: WaitRange = Field(default=(3.0, 7.0), description="`3s..7s` between requests of a user")
    rate: Rate | None = Field(
        default=None, gt=0, description="send this many a second whatever the server does, instead of waits"
    )
    spacing: Literal["even", "poisson"] = Field(default="even", description="of requests that are sent at a rate")
    requests: tuple[Request, ...] = ()
    journeys: tuple[Journey, ...] = Field(default=(), description="chosen by weight, as requests are")

    @model_validator(mode="after")
    def _sends_something(self) -> Traffic:
        if not self.requests and not self.journeys:
            raise ValueError("give `requests` or `journeys`")
        names = [each.name for each in self.journeys]
        if twice := next((each for each in names if names.count(each) > 1), None):
            raise ValueError(f"there are two journeys called {twice!r}")
        return self

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every request, those of journeys too."""
        return (*self.requests, *(step for each in self.journeys for step in each.steps))

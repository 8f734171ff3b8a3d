"""Declared traffic: what is refused, and how."""

from typing import Any

import jsonschema
import pytest
import yaml

from perfgate.errors import SettingsError
from perfgate.load.order import LoadOrder, declared_endpoints, locust_environment, locustfile_of, secrets_of
from perfgate.settings.profiles import resolve
from perfgate.settings.reading import read_file
from perfgate.settings.scenario import Scenario
from perfgate.settings.schema import json_schema

SIGN = {"like": "github", "secret_env": "HOOK"}
JOURNEY = {
    "name": "order to delivery",
    "steps": [
        {"post": "/orders", "sign": SIGN, "take": {"id": "data.id", "link": {"header": "Location", "text": r"\d+$"}}},
        {"get": "/orders/{id}", "until": {"json": "state", "equals": "done"}, "fail_on": {"status": 410}},
        {"post": "/chat", "stream": "openai", "name": "chat"},
    ],
}


def text(traffic: dict[str, Any], **scenario: Any) -> str:
    described = {"stack": {"external": {}, "target": "http://a"}, "scenarios": {"s": {"traffic": traffic, **scenario}}}
    return yaml.safe_dump(described, sort_keys=False)


def scenario(traffic: dict[str, Any], **keys: Any) -> Scenario:
    return read_file(text(traffic, **keys), "perfgate.yml").scenarios["s"]


def test_what_is_read_is_what_the_schema_says() -> None:
    described = {"journeys": [JOURNEY], "requests": [{"get": "/", "json_style": {"spaces": True}}]}
    jsonschema.validate(yaml.safe_load(text(described)), json_schema())
    assert [each.label for each in declared_endpoints(scenario(described))] == [
        "GET /", "POST /orders", "POLL /orders/{id}", "POST chat", "TTFT POST chat", "TPOT POST chat",
        "JOURNEY order to delivery",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("traffic", "said"),
    [
        ({}, "give `requests` or `journeys`"),
        ({"journeys": [JOURNEY, JOURNEY]}, "there are two journeys called 'order to delivery'"),
        ({"requests": [{"get": "/", "sign": {"secret_env": "A"}}]}, "give `like`, or `headers`"),
        ({"requests": [{"get": "/", "sign": {"secret_env": "A", "headers": {"X": "y"}}}]}, "no header holds"),
        ({"requests": [{"get": "/", "sign": {**SIGN, "over": "{timestamp}"}}]}, "does not hold {body}"),
        ({"requests": [{"get": "/", "sing": SIGN}]}, 'unknown key; did you mean "sign"?'),
        ({"journeys": [{"name": "a", "steps": [{"get": "/", "take": {"x": "a..b"}}]}]}, "names no place in JSON"),
        ({"journeys": [{"name": "a", "steps": [{"get": "/", "take": {"x": {"text": "("}}}]}]}, "no regular expression"),
        ({"journeys": [{"name": "a", "steps": [{"get": "/", "take": {"x": {"json": "a", "text": "b"}}}]}]}, "give one"),
        ({"journeys": [{"name": "a", "steps": [{"get": "/", "until": {}}]}]}, "give one of `status`"),
        (
            {"journeys": [{"name": "a", "steps": [{"get": "/", "until": {"status": 200, "equals": 1}}]}]},
            "`equals` goes",
        ),
        ({"journeys": [{"name": "a", "steps": [{"get": "/", "weight": 2}]}]}, "weight: unknown key"),
    ],
)
def test_mistakes_are_named_with_their_line(traffic: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_file(text(traffic), "perfgate.yml")
    assert said in caught.value.message
    assert caught.value.message.startswith("perfgate.yml:")


def test_a_step_knows_what_earlier_steps_took_and_nothing_else(tmp_path: Any) -> None:
    def order(*steps: dict[str, Any]) -> LoadOrder:
        made = scenario({"journeys": [{"name": "a", "steps": steps}]})
        return LoadOrder(made, resolve(made), "http://a", {}, tmp_path, tmp_path)

    taking = {"post": "/", "take": {"id": "id"}}
    assert locustfile_of(order(taking, {"get": "/{id}"})).name == "declared.py"
    with pytest.raises(SettingsError, match=r"GET /\{id\}: nothing says what \{id\} is"):
        locustfile_of(order({"get": "/{id}"}, taking))


def test_secrets_come_from_the_environment_first_and_nothing_else_does(tmp_path: Any) -> None:
    traffic = {"requests": [{"get": "/", "sign": SIGN}]}
    assert secrets_of(scenario(traffic), {"HOOK": "real", "OTHER": "x"}) == {"HOOK": "real"}
    harmless = scenario(traffic, env={"HOOK": "harmless"})
    assert secrets_of(harmless, {}) == {"HOOK": "harmless"}
    order = LoadOrder(harmless, resolve(harmless), "http://a", {}, tmp_path, tmp_path)
    assert locust_environment(order, {"HOOK": "real", "OTHER": "x", "PATH": "/bin"}) == {"PATH": "/bin", "HOOK": "real"}
    named = Scenario(locustfile="a.py", secrets=("TOKEN",))
    assert secrets_of(named, {"TOKEN": "t"}) == {"TOKEN": "t"}


@pytest.mark.parametrize("environ", [{}, {"HOOK": ""}])
def test_a_secret_that_is_missing_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="the environment variable HOOK, whose secret the load needs, is not set"):
        secrets_of(scenario({"journeys": [JOURNEY]}), environ)


def test_a_secret_that_is_written_wrongly_is_refused_without_being_shown() -> None:
    traffic = {"requests": [{"get": "/", "sign": {"like": "standard-webhooks", "secret_env": "HOOK"}}]}
    with pytest.raises(SettingsError, match="HOOK: the secret is not in base64") as caught:
        secrets_of(scenario(traffic), {"HOOK": "whsec_not!base64"})
    assert "not!base64" not in str(caught.value)

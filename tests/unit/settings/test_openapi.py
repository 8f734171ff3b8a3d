from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from perfgate.settings import openapi
from perfgate.settings.openapi import UnreadableInterfaceError, read_interface

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "servers": [{"url": "https://api.example.com/v1/"}, {"url": "/v1"}, {"url": "/"}, {"url": "{host}/v2"}, {}],
    "paths": {
        "/tickets": {
            "summary": "all of them",
            "parameters": [],
            "get": {"responses": {"200": {}, "4XX": {}, "default": {}}},
            "post": {"responses": {201: {}}},
        },
        "/tickets/{id}": {"$ref": "#/components/pathItems/ticket~1one"},
        "/broken": "text",
        "x-internal": {"get": {}},
    },
    "components": {"pathItems": {"ticket/one": {"delete": {}}}},
}


@pytest.mark.parametrize("text", [json.dumps(DOCUMENT), yaml.safe_dump(DOCUMENT), "\ufeff\n" + json.dumps(DOCUMENT)])
def test_operations_statuses_and_servers(text: str) -> None:
    read = read_interface(text, "api.json")
    assert [(each.label, each.statuses) for each in read.operations] == [
        ("GET /tickets", ("200", "4xx")),
        ("POST /tickets", ("201",)),
        ("DELETE /tickets/{id}", ()),
    ]
    assert read.bases == ("/v1", "{host}/v2")
    assert read.document == "api.json"


def test_a_document_of_version_2() -> None:
    document = {"swagger": "2.0", "basePath": "/api/", "paths": {"/a": {"get": {"responses": {"200": {}}}}}}
    read = read_interface(json.dumps(document), "api.json")
    assert (read.bases, [each.label for each in read.operations]) == (("/api",), ["GET /a"])


def without_paths(paths: Any) -> str:
    return json.dumps(DOCUMENT | {"paths": paths})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no mapping"),
        ("[1]", "holds no mapping"),
        ("{", "cannot be read as JSON or YAML"),
        ("a: [", "cannot be read as JSON or YAML"),
        ('{"a":' * 100_000, "cannot be read as JSON or YAML"),
        ("paths: {}", "has neither `openapi` nor `swagger`"),
        (without_paths({}), "describes not one operation"),
        (without_paths([]), "describes not one operation"),
        (without_paths({"/a": {"$ref": "#/nowhere"}}), "describes not one operation"),
        (without_paths({"/a": {"$ref": "other.yaml#/a"}}), "describes /a in another file (other.yaml#/a)"),
        (without_paths({"/a": {"$ref": 3}}), "describes /a in another file (3)"),
        (" " * (openapi.LARGEST + 1), "is larger than 10 MiB"),
        (without_paths({f"/{number}": {"get": {}} for number in range(20_001)}), "more than 20,000 operations"),
    ],
)
def test_what_is_no_document_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(UnreadableInterfaceError, match=re.escape(why)):
        read_interface(text, "api.json")


def test_aliases_that_repeat_without_end_cost_nothing() -> None:
    bomb = "openapi: 3.0.0\na: &a [x]\n" + "".join(
        f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, after in zip("abcdefghi", "bcdefghij", strict=True)
    )
    read = read_interface(bomb + "paths: {/a: {get: {responses: {'200': *j}}}}", "api.yaml")
    assert [each.label for each in read.operations] == ["GET /a"]

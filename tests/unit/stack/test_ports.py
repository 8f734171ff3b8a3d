"""A second stack beside the first: other ports, wherever they are named."""

from __future__ import annotations

from itertools import count

import pytest

from perfgate.errors import SettingsError
from perfgate.records.stack import StackKind
from perfgate.settings.stack import Stack
from perfgate.stack.ports import moved_aside

STACK = Stack.model_validate(
    {
        "target": "http://127.0.0.1:8080",
        "process": {
            "ports": [8080, 9090],
            "commands": {
                "api": {"run": ["serve", "--port=8080"], "env": {"WORKER": "http://127.0.0.1:9090", "ODD": "18080"}}
            },
        },
    }
)


def test_ports_are_replaced_as_whole_numbers_everywhere() -> None:
    numbers = count(5000)
    moved = moved_aside(STACK, StackKind.PROCESS, lambda: next(numbers), head=STACK).process
    assert moved is not None
    assert moved.target == "http://127.0.0.1:5000"
    assert moved.commands["api"].run == ("serve", "--port=5000")
    assert moved.commands["api"].env == {"WORKER": "http://127.0.0.1:5001", "ODD": "18080"}


def test_a_port_is_given_only_once_and_never_one_of_the_heads() -> None:
    offered = iter([9090, 5000, 5000, 8080, 5001])
    moved = moved_aside(STACK, StackKind.PROCESS, lambda: next(offered), head=STACK).process
    assert moved is not None
    assert moved.target == "http://127.0.0.1:5000"
    assert moved.commands["api"].env["WORKER"] == "http://127.0.0.1:5001"


def test_a_base_that_does_not_name_its_ports_has_the_heads() -> None:
    assert STACK.process is not None
    unnamed = STACK.model_copy(update={"process": STACK.process.model_copy(update={"ports": ()})})
    numbers = count(5000)
    moved = moved_aside(unnamed, StackKind.PROCESS, lambda: next(numbers), head=STACK)
    assert moved.process is not None
    assert moved.process.target == "http://127.0.0.1:5000"
    with pytest.raises(SettingsError, match=r"stack\.process\.ports"):
        moved_aside(unnamed, StackKind.PROCESS, lambda: 1, head=unnamed)


def test_compose_stacks_are_kept_apart_anyhow() -> None:
    assert moved_aside(STACK, StackKind.COMPOSE, lambda: 1, head=STACK) is STACK


def test_an_external_base_is_where_the_file_says() -> None:
    known = Stack.model_validate({"target": "http://head:1", "external": {"base": "http://base:2"}})
    moved = moved_aside(known, StackKind.EXTERNAL, lambda: 1, head=known).external
    assert moved is not None
    assert moved.target == "http://base:2"
    unknown = Stack.model_validate({"target": "http://head:1", "external": {}})
    with pytest.raises(SettingsError, match=r"stack\.external\.base"):
        moved_aside(unknown, StackKind.EXTERNAL, lambda: 1, head=unknown)

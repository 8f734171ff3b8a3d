"""Nothing is worded and documented that no judgement can hold."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import perfgate.judge
from perfgate.records.verdict import NoteCode, ReasonCode


def given() -> set[tuple[str, str]]:
    """Every `ReasonCode.X` and `NoteCode.X` in the sources of the room."""
    sources = Path(perfgate.judge.__path__[0]).glob("*.py")
    nodes = (node for path in sources for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return {
        (node.value.id, node.attr)
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


@pytest.mark.parametrize("codes", [ReasonCode, NoteCode])
def test_every_code_is_given_by_some_rule(codes: type[ReasonCode] | type[NoteCode]) -> None:
    found = given()
    assert [each.name for each in codes if (codes.__name__, each.name) not in found] == []

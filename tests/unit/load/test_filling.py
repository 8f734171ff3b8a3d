"""Placeholders and generators of declared traffic."""

from __future__ import annotations

import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.load.filling import GeneratorMistakeError, Template, check_placeholders, fill_json, generator


@pytest.fixture
def chance() -> random.Random:
    return random.Random(1)


def test_a_range_includes_both_ends(chance: random.Random) -> None:
    draw = generator("-1..2", chance)
    assert {draw() for _ in range(200)} == {-1, 0, 1, 2}


def test_a_list_is_chosen_from(chance: random.Random) -> None:
    draw = generator(["red", 7, None], chance)
    assert {draw() for _ in range(200)} == {"red", 7, None}


def test_a_sequence_counts_from_one(chance: random.Random) -> None:
    draw = generator("sequence", chance)
    assert [draw(), draw(), draw()] == [1, 2, 3]


def test_uuids_differ_between_loads_though_chance_is_seeded() -> None:
    drawn = {str(generator("uuid", random.Random(1))()) for _ in range(10)}
    assert len(drawn) == 10
    assert all(uuid.UUID(each).version == 4 for each in drawn)


def test_the_same_seed_draws_the_same() -> None:
    first, second = (generator("1..1000000", random.Random(3)) for _ in range(2))
    assert [first() for _ in range(20)] == [second() for _ in range(20)]


@pytest.mark.parametrize("described", ["1..", "9..1", "uuid4", [], 5, None, {"a": 1}, ""])
def test_anything_else_is_refused(described: object, chance: random.Random) -> None:
    with pytest.raises(GeneratorMistakeError, match="names no generator"):
        generator(described, chance)


def test_only_known_names_are_placeholders() -> None:
    template = Template.of('{"id": "{id}", "query": "{user}"}', ["id"])
    assert template.fill({"id": 5}) == '{"id": "5", "query": "{user}"}'


def test_values_are_quoted_in_a_path() -> None:
    assert Template.of("/tickets/{id}/x", ["id"]).fill_path({"id": "a/b ü"}) == "/tickets/a%2Fb%20%C3%BC/x"


@given(st.text())
def test_text_without_known_names_is_left_alone(text: str) -> None:
    assert Template.of(text, []).fill({}) == text
    assert Template.of(text, ["x"]).fill({"x": "{x}"}) == text


def test_json_keeps_the_kind_of_a_value_that_stands_alone() -> None:
    described = {"id": "{n}", "title": "ticket {n}", "tags": ["{n}", "{other}"], "open": True, "none": None}
    assert fill_json(described, {"n": 3}) == {
        "id": 3,
        "title": "ticket 3",
        "tags": [3, "{other}"],
        "open": True,
        "none": None,
    }


def test_a_path_that_cannot_be_filled_is_refused() -> None:
    check_placeholders("/tickets/{id}", {"id": "1..5"})
    with pytest.raises(GeneratorMistakeError, match=r"\{id\}"):
        check_placeholders("/tickets/{id}", {})
    with pytest.raises(GeneratorMistakeError, match=r"5\.\.1"):
        check_placeholders("/tickets", {"id": "5..1"})

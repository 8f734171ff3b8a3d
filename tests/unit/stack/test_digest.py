"""Equal where two runs may be compared, and nothing in it that a reader could guess a secret from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.stack.digest import digest


def model(**environment: str) -> dict[str, Any]:
    return {"name": "shop", "services": {"web": {"image": "app", "environment": environment, "command": ["serve"]}}}


@pytest.mark.parametrize(
    "changed",
    [
        model(WORKERS="3"),
        model(WORKERS="2", MORE="1"),
        {**model(WORKERS="2"), "volumes": {}},
        {
            "name": "shop",
            "services": {"web": {"image": "app:2", "environment": {"WORKERS": "2"}, "command": ["serve"]}},
        },
    ],
)
def test_another_description_is_another(changed: dict[str, Any]) -> None:
    assert digest(changed) != digest(model(WORKERS="2"))


@pytest.mark.parametrize("name", ["DB_PASSWORD", "api_secret", "GH_TOKEN", "AWS_KEY", "CREDENTIALS", "Salt", "AUTH"])
@pytest.mark.parametrize("place", ["environment", "args", "labels", "env"])
def test_secret_variables_count_by_name_alone(name: str, place: str) -> None:
    def described(value: str) -> dict[str, Any]:
        return {"services": {"web": {place: {name: value, "OTHER": "1"}}}}

    assert digest(described("one")) == digest(described("two"))
    assert digest(described("one")) != digest({"services": {"web": {place: {"OTHER": "1"}}}})


def test_names_outside_of_variables_are_no_secrets() -> None:
    assert digest({"services": {"token-api": {"image": "a"}}}) != digest({"services": {"token-api": {"image": "b"}}})
    assert digest({"environment": {"KEY": {"a": 1}}}) != digest({"environment": {"KEY": {"a": 2}}})


def test_passwords_in_urls_do_not_count() -> None:
    one, two, other = (model(DATABASE=f"postgresql://{who}/shop") for who in ("u:p1@db", "u:p2@db", "u:p1@other"))
    assert digest(one) == digest(two) != digest(other)


def test_generated_text_does_not_count_wherever_it_stands() -> None:
    def described(project: str, folder: str) -> str:
        made = {"name": project, "volumes": {f"{project}_data": {"source": f"{folder}/data"}}, "list": [folder]}
        return digest(made, generated={project: "<project>", folder: "<folder>"})

    assert described("perfgate-1", "/home/a") == described("perfgate-2", "/srv/b")
    assert described("perfgate-1", "/home/a") != digest({"name": "<project>"})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4))
def test_order_of_keys_does_not_count(description: dict[str, Any]) -> None:
    turned = dict(reversed(description.items()))
    assert digest(turned) == digest(description) == digest(json.loads(json.dumps(description)))

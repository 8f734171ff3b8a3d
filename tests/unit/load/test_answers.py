from typing import Any

import pytest

from perfgate.load.answers import Answer, NotInAnswerError, meeting, taking
from perfgate.settings.traffic import Condition, Source

ANSWER = Answer(202, {"Location": "/jobs/7"}, b'{"id": 7, "done": true, "items": [{"name": "a b"}], "none": null}')


def source(**keys: Any) -> dict[str, Any]:
    return Source.model_validate(keys).model_dump(by_alias=True)


def condition(**keys: Any) -> dict[str, Any]:
    return Condition.model_validate(keys).model_dump(by_alias=True)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ({"json": "id"}, 7),
        ({"json": "items[0].name"}, "a b"),
        ({"header": "location"}, "/jobs/7"),
        ({"header": "Location", "text": r"\d+"}, "7"),
        ({"text": r'"id": (\d)'}, "7"),
    ],
)
def test_values_are_taken(keys: dict[str, Any], value: object) -> None:
    assert taking(source(**keys))(ANSWER) == value


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"json": "items[1]"}, r'the answer\'s JSON has no \$\["items"\]\[1\]'),
        ({"json": "id.name"}, "has no"),
        ({"header": "X-Id"}, "the answer has no header X-Id"),
        ({"text": "nothing"}, "the answer does not match 'nothing'"),
    ],
)
def test_what_is_missing_is_named(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(NotInAnswerError, match=said):
        taking(source(**keys))(ANSWER)


def test_what_is_no_json_is_said() -> None:
    with pytest.raises(NotInAnswerError, match="the answer is no JSON"):
        taking(source(json="id"))(Answer(200, {}, b"<html>"))


@pytest.mark.parametrize(
    ("keys", "met"),
    [
        ({"status": 202}, True),
        ({"status": 200}, False),
        ({"json": "id", "equals": 7}, True),
        ({"json": "id", "equals": "7"}, False),
        ({"json": "done", "equals": 1}, False),  # true is no 1
        ({"json": "id"}, True),
        ({"json": "none"}, False),
        ({"json": "nothing", "equals": 7}, False),
        ({"header": "Location", "equals": "/jobs/7"}, True),
        ({"header": "X-Id"}, False),
        ({"text": "items"}, True),
    ],
)
def test_conditions(keys: dict[str, Any], met: bool) -> None:
    assert meeting(condition(**keys))(ANSWER) is met

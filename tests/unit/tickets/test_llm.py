import random
import statistics
from collections import Counter

import pytest

from tickets.llm import Behaviour, answer_to


def behaviour(**env: str) -> Behaviour:
    return Behaviour.read(env)


def test_latency_has_the_median_and_spread_asked_for() -> None:
    asked = behaviour(LLM_LATENCY="200ms", LLM_SIGMA="0.5")
    chance = random.Random(1)
    drawn = sorted(asked.first_token_after(chance) for _ in range(20_000))
    assert statistics.median(drawn) == pytest.approx(0.2, rel=0.02)
    assert drawn[19_000] / 0.2 == pytest.approx(2.276, rel=0.04)  # exp(0.5 * 1.6449), the 95 % point


def test_without_spread_every_call_takes_the_median() -> None:
    assert behaviour(LLM_LATENCY="200ms", LLM_SIGMA="0").first_token_after(random.Random(1)) == 0.2


def test_shares_of_errors_and_rate_limits() -> None:
    asked = behaviour(LLM_ERRORS="10%", LLM_RATE_LIMITED="20%")
    chance = random.Random(1)
    counts = Counter(asked.status(chance) for _ in range(10_000))
    assert counts[500] == pytest.approx(1000, abs=150)
    assert counts[429] == pytest.approx(2000, abs=200)
    assert counts.keys() == {200, 429, 500}


def test_answer_has_as_many_words_as_asked_for() -> None:
    messages = [{"role": "user", "content": "it burns"}]
    assert answer_to({"messages": messages}, 5) == ["it", "burns", "it", "burns", "it"]
    assert answer_to({"messages": messages, "max_tokens": 1}, 5) == ["it"]
    assert answer_to({}, 2) == ["Nothing.", "Nothing."]

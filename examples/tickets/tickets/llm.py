"""A stand-in for an LLM, as OpenAI's chat completions say it: `python -m tickets.llm`.

The time to the first token is log-normal, the rest follows at a steady rate; shares of the calls fail.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, jsonify, request

from tickets.serving import serve
from tickets.switches import seconds, share


@dataclass(frozen=True)
class Behaviour:
    """Every `LLM_*` environment variable; README.md has their meaning."""

    latency: float  # seconds to the first token, the median
    sigma: float  # of the latency's logarithm; 0 makes every call take the median
    tokens: int  # of an answer
    rate: float  # tokens per second
    errors: float  # share of calls answered 500
    limited: float  # share of calls answered 429
    seed: int | None

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Behaviour:
        return cls(
            latency=seconds(env.get("LLM_LATENCY") or "150ms"),
            sigma=float(env.get("LLM_SIGMA") or 0.3),
            tokens=int(env.get("LLM_TOKENS") or 20),
            rate=float(env.get("LLM_TOKENS_PER_SECOND") or 200),
            errors=share(env.get("LLM_ERRORS") or "0%"),
            limited=share(env.get("LLM_RATE_LIMITED") or "0%"),
            seed=int(env["LLM_SEED"]) if env.get("LLM_SEED") else None,
        )

    def status(self, chance: random.Random) -> int:
        drawn = chance.random()
        return 500 if drawn < self.errors else 429 if drawn < self.errors + self.limited else 200

    def first_token_after(self, chance: random.Random) -> float:
        """Seconds."""
        return self.latency * math.exp(chance.gauss(0.0, self.sigma))


def main() -> None:
    env = os.environ
    app = llm(Behaviour.read(env))
    serve(app, "llm", env.get("LLM_HOST") or "127.0.0.1", int(env.get("LLM_PORT") or 8002), threads=64)


def llm(behaviour: Behaviour) -> Flask:
    app = Flask("llm")
    chance = random.Random(behaviour.seed)

    @app.get("/health")
    def alive() -> Response:
        return jsonify(status="ok")

    @app.post("/v1/chat/completions")
    def complete() -> Response | tuple[Response, int] | tuple[Response, int, dict[str, str]]:
        asked: dict[str, Any] = request.get_json()
        status = behaviour.status(chance)
        if status == 500:
            return jsonify(error={"type": "server_error", "message": "as ordered by LLM_ERRORS"}), 500
        if status == 429:
            error = {"type": "rate_limit_error", "message": "as ordered by LLM_RATE_LIMITED"}
            return jsonify(error=error), 429, {"Retry-After": "1"}
        words = answer_to(asked, behaviour.tokens)
        first = behaviour.first_token_after(chance)
        if asked.get("stream"):
            return Response(_events(asked, words, first, behaviour.rate), content_type="text/event-stream")
        time.sleep(first + len(words) / behaviour.rate)
        return jsonify(_completion(asked, words))

    return app


def answer_to(asked: dict[str, Any], tokens: int) -> list[str]:
    """The question's own words, over and over. A word is a token here."""
    messages = asked.get("messages") or [{}]
    words = str(messages[-1].get("content", "")).split() or ["Nothing."]
    return list(itertools.islice(itertools.cycle(words), min(tokens, asked.get("max_tokens") or tokens)))


def _completion(asked: dict[str, Any], words: list[str]) -> dict[str, Any]:
    prompt = sum(len(str(message.get("content", "")).split()) for message in asked.get("messages", []))
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.get("model", "stand-in"),
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": " ".join(words)}, "finish_reason": "stop"}
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": len(words),
            "total_tokens": prompt + len(words),
        },
    }


def _events(asked: dict[str, Any], words: list[str], first: float, rate: float) -> Iterator[str]:
    """Server-sent events, a token each. Every token has its moment from the start, so lateness does not add up."""
    begun = time.perf_counter()
    head = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": asked.get("model", "stand-in"),
    }
    for number, word in enumerate(words):
        time.sleep(max(0.0, begun + first + number / rate - time.perf_counter()))
        delta = {"role": "assistant", "content": word} if number == 0 else {"content": f" {word}"}
        yield _event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield "data: [DONE]\n\n"


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"


if __name__ == "__main__":
    main()

"""Short notations for base and head loaded in turns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perfgate.judge.pairing import TurnPair, Window
from perfgate.records.endpoint import Endpoint
from perfgate.records.recording import Recording
from tests.builders import START

BLOCK = 1.0


def schedule(pairs: int, *, seed: int = 1) -> list[TurnPair]:
    chance = np.random.default_rng(seed)
    turns = []
    for number in range(pairs):
        at = START + number * 2.5
        early, late = Window(at, at + BLOCK), Window(at + 1.25, at + 1.25 + BLOCK)
        turns.append(TurnPair(early, late) if chance.random() < 0.5 else TurnPair(late, early))
    return turns


def side(
    windows: Sequence[Window],
    *,
    median: float = 0.1,
    seed: int,
    rate: int = 60,
    failing: float = 0.0,
    endpoints: Sequence[str] = ("GET /",),
    slow: Sequence[str] = (),
    factor: float = 1.0,
) -> Recording:
    """Requests evenly over the windows, endpoints in turn; those in `slow` take `factor` as long."""
    chance = np.random.default_rng(seed)
    start = np.concatenate([np.linspace(each.opens, each.closes, rate, endpoint=False) for each in windows])
    endpoint = np.arange(len(start)) % len(endpoints)
    factors = np.array([factor if label in slow or not slow else 1.0 for label in endpoints])
    seconds = median * np.exp(chance.normal(0, 0.2, len(start))) * factors[endpoint]
    message = (chance.random(len(start)) < failing).astype(np.uint16)
    many = len(start)
    return Recording(
        endpoints=tuple(Endpoint(method=each.split(" ")[0], name=each.split(" ")[1]) for each in endpoints),
        messages=("", "500 Server Error"),
        start=start,
        lag=np.zeros(many, np.float32),
        response_time=seconds.astype(np.float32),
        size=np.full(many, 100, np.uint32),
        endpoint=endpoint.astype(np.uint16),
        status=np.full(many, 200, np.uint16),
        message=message,
        health=(),
        heads=({},),
        ends=({},),
    )

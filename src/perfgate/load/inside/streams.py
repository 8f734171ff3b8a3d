"""Streamed answers read as they come, and what they show recorded beside their request."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

from perfgate.load.streams import StreamMeter
from perfgate.records.measurement import FIRST_TOKEN, PER_TOKEN

KEPT: Final = 1 << 20  # bytes of an answer, for what its text must contain


def read(response: Any, meter: StreamMeter) -> bytes:
    """The answer's beginning; `meter` hears all of it. Raises OSError and what geventhttpclient does."""
    kept = b""
    for piece in pieces_of(response):
        meter.feed(piece, time.perf_counter())
        if len(kept) < KEPT:
            kept += piece
    meter.end(time.perf_counter())
    return kept


def pieces_of(response: Any) -> Iterator[bytes]:
    """Of an answer of either of Locust's clients, asked for with `stream=True`: as they come in."""
    if hasattr(response, "raw"):  # of requests
        yield from _pieces_of_requests(response)
        return
    answer = response._response  # noqa: SLF001 - Locust's own `iter_content` reads it, in pieces of a set size only
    while line := answer.readline(b"\n"):
        yield line
    if rest := answer.read():
        yield rest


def _pieces_of_requests(response: Any) -> Iterator[bytes]:
    if response.raw.chunked:
        yield from response.raw.stream(None, decode_content=True)
        return
    while piece := response.raw.read1(decode_content=True):
        yield piece


def record_tokens(request_event: Any, meta: dict[str, Any], meter: StreamMeter, begun: float) -> None:
    """Rows of their own, of the time to the first token and of the time per token after it; `meta` is the request's,
    `begun` is on the meter's clock.
    """
    if meter.first is None:
        return
    common = {
        "name": f"{meta['request_type']} {meta['name']}",
        "response_length": 0,
        "exception": None,
        "response": meta["response"],
        "start_time": meta["start_time"],
        "url": meta["url"],
    }
    first = (meter.first - begun) * 1000
    request_event.fire(request_type=FIRST_TOKEN, response_time=first, context=meta["context"], **common)
    if (per_token := meter.seconds_per_token) is not None:
        request_event.fire(request_type=PER_TOKEN, response_time=per_token * 1000, context={}, **common)

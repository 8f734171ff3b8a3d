"""Streamed answers read as they come, and what they show recorded beside their request."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import urllib3
from geventhttpclient.response import HTTPParseError

from perfgate.load.streams import StreamMeter
from perfgate.records.endpoint import FIRST_TOKEN, PER_TOKEN

KEPT: Final = 1 << 20  # bytes of an answer, for what its text must contain
# What reading an answer that does not end well raises, of either of Locust's clients.
BROKEN: Final = (OSError, HTTPParseError, urllib3.exceptions.HTTPError)


@dataclass(frozen=True)
class Heard:
    """`begun`: when the request was sent, on the meter's clock. `trouble`: why it is no whole answer."""

    meter: StreamMeter
    content: bytes
    begun: float
    trouble: str | None


def hear_out(response: Any, kind: str, late: TimeoutError) -> Heard:
    """Read to the end an answer that was asked for with `stream=True`; its row then has the whole time and size.

    `late` is what a timeout of the caller's raises.
    """
    meta, meter = response.request_meta, StreamMeter(kind)
    begun = time.perf_counter() - (time.time() - meta["start_time"])  # its own time is for the headers alone
    content, trouble = b"", None
    try:
        for piece in pieces_of(response):
            meter.feed(piece, time.perf_counter())
            content += piece if len(content) < KEPT else b""
        meter.end(time.perf_counter())
        trouble = meter.trouble
    except BROKEN as broken:
        trouble = str(late) if broken is late else f"the stream broke off ({type(broken).__name__})"
    meta["response_time"] = (time.perf_counter() - begun) * 1000
    meta["response_length"] = meter.size
    return Heard(meter, content, begun, trouble)


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
    if getattr(response.raw, "chunked", False):
        yield from response.raw.stream(None, decode_content=True)
        return
    while piece := response.raw.read1(decode_content=True):
        yield piece


def record_tokens(response: Any, heard: Heard) -> None:
    """Rows of their own, of the time to the first token and of the time per token after it."""
    meta, meter = response.request_meta, heard.meter
    fire = response._request_event.fire  # noqa: SLF001 - where the request's own row goes
    if meter.first is None:
        return
    common = {
        "name": f"{meta['request_type']} {meta['name']}",
        "response_length": 0,
        "exception": None,
        "response": response,
        "start_time": meta["start_time"],
        "url": meta["url"],
    }
    first = (meter.first - heard.begun) * 1000
    fire(request_type=FIRST_TOKEN, response_time=first, context=meta["context"], **common)
    if (per_token := meter.seconds_per_token) is not None:
        fire(request_type=PER_TOKEN, response_time=per_token * 1000, context={}, **common)

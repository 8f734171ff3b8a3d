"""Server-sent events in any pieces, and what they say of tokens."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.load.streams import LARGEST_EVENT, Events, StreamMeter

# Examples of the standard: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
STANDARD = [
    (b"data: YHOO\ndata: +2\ndata: 10\n\n", ["YHOO\n+2\n10"]),
    (b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n", None),
    (b"data\n\ndata\ndata\n\ndata:\n", ["", "\n"]),
    (b"data:test\n\ndata: test\n\n", ["test", "test"]),
    (b"\xef\xbb\xbfdata: a\r\n\r\ndata: b\r\rdata: c\n\r\n", ["a", "b", "c"]),
]


def heard(pieces: list[bytes]) -> list[str]:
    events = Events()
    found = [data for piece in pieces for data in events.feed(piece)]
    return [*found, *events.feed(b"", last=True)]


@pytest.mark.parametrize(("stream", "events"), STANDARD)
def test_examples_of_the_standard(stream: bytes, events: list[str] | None) -> None:
    assert heard([stream]) == (events or ["first event", "second event"])  # the third has no empty line after it


LINE = st.text(alphabet=st.characters(exclude_characters="\r\n\ufeff", exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.lists(LINE, min_size=1, max_size=3), max_size=5), st.sampled_from(["\n", "\r\n", "\r"]), st.data())
def test_pieces_make_no_difference(events: list[list[str]], end: str, data: st.DataObject) -> None:
    stream = "".join("".join(f"data: {line}{end}" for line in lines) + end for lines in events).encode()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert heard(pieces) == ["\n".join(lines) for lines in events]


@given(st.lists(st.binary(max_size=30), max_size=10), st.sampled_from(["openai", "sse"]))
def test_no_bytes_are_too_strange(pieces: list[bytes], kind: str) -> None:
    meter = StreamMeter(kind)
    for at, piece in enumerate(pieces):
        meter.feed(piece, float(at))
    meter.end(99.0)
    assert meter.size == sum(map(len, pieces))
    assert meter.trouble is not None or meter.first is not None


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    meter = StreamMeter("sse")
    meter.feed(b"data: " + b"x" * (LARGEST_EVENT + 1), 0.0)
    assert meter.trouble == "an event is larger than a megabyte"


def chunk(**delta: object) -> bytes:
    return f"data: {json.dumps({'choices': [{'delta': delta}]})}\n\n".encode()


def test_tokens_are_timed_from_the_first_that_says_something() -> None:
    meter = StreamMeter("openai")
    meter.feed(chunk(role="assistant", content=""), 0.1)
    for at, text in ((0.5, "a"), (0.7, " b"), (0.9, " c")):
        meter.feed(chunk(content=text), at)
    meter.feed(b'data: {"choices": [], "usage": {"completion_tokens": 5}}\n\ndata: [DONE]\n\n', 1.5)
    meter.end(1.6)
    assert (meter.first, meter.last, meter.tokens, meter.told, meter.trouble) == (0.5, 0.9, 3, 5, None)
    assert meter.seconds_per_token == pytest.approx(0.1)


def test_nothing_is_said_of_a_rate_that_nothing_shows() -> None:
    for moments in ([0.5], [0.5, 0.5, 0.5]):  # one token; all in one piece
        meter = StreamMeter("sse")
        for at in moments:
            meter.feed(b"data: x\n\n", at)
        meter.end(1.0)
        assert (meter.first, meter.trouble, meter.seconds_per_token) == (0.5, None, None)


@pytest.mark.parametrize(
    ("stream", "trouble"),
    [
        (chunk(content="a"), "the stream ended before [DONE]"),
        (b"data: [DONE]\n\n", "the stream held no token"),
        (b"data: {\n\n", "an event of the stream is no JSON"),
        (b'data: {"error": {"message": "secret"}}\n\ndata: [DONE]\n\n', "the stream ended in an error"),
        (b"data: [1]\n\ndata: [DONE]\n\n", "the stream held no token"),
    ],
)
def test_what_is_no_whole_answer(stream: bytes, trouble: str) -> None:
    meter = StreamMeter("openai")
    meter.feed(stream, 0.0)
    meter.end(1.0)
    assert meter.trouble == trouble


@pytest.mark.parametrize("delta", [{"reasoning_content": "hm"}, {"tool_calls": [{"index": 0}]}])
def test_reasoning_and_calls_of_tools_are_tokens_too(delta: dict[str, object]) -> None:
    meter = StreamMeter("openai")
    meter.feed(chunk(**delta), 0.25)
    assert (meter.first, meter.tokens) == (0.25, 1)

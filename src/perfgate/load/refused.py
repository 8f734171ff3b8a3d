"""Who is likely wrong where a signed request is refused: shown by a handful of probes, sent once.

The empty object is written the same by every serialiser. Rightly signed it comes through where the server works the
signature out over JSON that it wrote anew; where even that is refused, the two sides do not share a secret. The same
body in other styles of JSON shows which one the server writes.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final

from perfgate.load.answers import Answer
from perfgate.load.signing import JsonStyle, Signer
from perfgate.records.load import Finding

REFUSED: Final = frozenset({401, 403})
UNCHANGING: Final = b"{}"
CLOCK_OFF: Final = 30.0  # seconds; servers that check the signed time commonly allow some minutes

Send = Callable[[bytes, Mapping[str, str]], Answer | None]  # None: no answer


@dataclass
class Diagnosis:
    """`probes` says what was tried and what came of it."""

    finding: Finding = Finding.UNCLEAR
    style: str | None = None
    wrongly: int | None = None  # status of the same body wrongly signed, after a 5xx
    clock_off: float | None = None
    probes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Refused:
    """A signed request and its answer; `now` is our clock, seconds since 1970."""

    signer: Signer
    body: bytes
    headers: Mapping[str, str]
    answer: Answer
    send: Send
    now: Callable[[], float]

    def diagnose(self) -> Diagnosis:
        found = Diagnosis(clock_off=clock_off(self.answer, self.now()))
        if not self.signer.verifies(self.body, self.headers):
            found.finding = Finding.SENDER
        elif self.answer.status in REFUSED:
            self._find_out(found)
        else:
            self._after_error(found)
        return found

    def _find_out(self, found: Diagnosis) -> None:
        if self._only_the_time_is_wrong(found):
            found.finding = Finding.CLOCK
            return
        comes_through = self._probe(found, "{} rightly signed", UNCHANGING) not in {*REFUSED, None}
        # Says nothing where a wrong signature comes as far: then the server looks at the body first.
        tells = comes_through and self._probe(found, "{} wrongly signed", UNCHANGING, wrongly=True) in REFUSED
        for style, body in other_styles(self.body):
            if self._probe(found, f"the same body, json_style {style}", body) not in {*REFUSED, None}:
                found.style = style
                break
        if tells or found.style is not None:
            found.finding = Finding.RESERIALISED
        elif not comes_through:
            found.finding = Finding.SECRET

    def _only_the_time_is_wrong(self, found: Diagnosis) -> bool:
        if "{timestamp}" not in self.signer.scheme.over or abs(found.clock_off or 0.0) < CLOCK_OFF:
            return False
        status = self._probe(found, "the same body at the server's time", self.body, off=found.clock_off or 0.0)
        return status not in {*REFUSED, None}

    def _after_error(self, found: Diagnosis) -> None:
        """Whether the signature was looked at before the server failed."""
        found.wrongly = self._probe(found, "the same body wrongly signed", self.body, wrongly=True)
        if found.wrongly is not None:
            found.finding = Finding.SERVER_ERROR

    def _probe(
        self, found: Diagnosis, what: str, body: bytes, *, wrongly: bool = False, off: float = 0.0
    ) -> int | None:
        signer = Signer(self.signer.scheme, self.signer.key + b"?") if wrongly else self.signer
        signed = signer.headers(body, timestamp=int(self.now() + off), id="msg_probe")
        answer = self.send(body, {**self.headers, **signed})
        found.probes.append(f"{what}: {answer.status if answer is not None else 'no answer'}")
        return answer.status if answer is not None else None


def other_styles(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The same JSON written otherwise, each once, with the style as `json_style` has it. None for what is no JSON."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    seen = {body}
    for sort_keys, spaces, ascii_only in itertools.product((False, True), (True, False), (True, False)):
        style = JsonStyle(spaces=spaces, sort_keys=sort_keys, ascii=ascii_only)
        written = style.write(value)
        if written not in seen:
            seen.add(written)
            yield _as_setting(style), written


def _as_setting(style: JsonStyle) -> str:
    said = {"spaces": style.spaces, "sort_keys": style.sort_keys, "ascii": style.ascii}
    default = JsonStyle()
    return "{" + ", ".join(f"{k}: {str(v).lower()}" for k, v in said.items() if v is not getattr(default, k)) + "}"


def clock_off(answer: Answer, now: float) -> float | None:
    """Seconds that the server's clock is ahead of ours, by its `Date`, which is of whole seconds."""
    said = answer.header("Date")
    try:
        return parsedate_to_datetime(said).timestamp() - now if said else None
    except (TypeError, ValueError):
        return None

"""Reasons that lie in the traffic: refused signatures and failed journeys."""

from __future__ import annotations

from typing import Final

from perfgate.records.load import Finding
from perfgate.records.verdict import Reason
from perfgate.report import numbers
from perfgate.report.prose import Code, Prose, prose
from perfgate.report.wording.facts import Facts
from perfgate.report.wording.said import FILE, Said
from perfgate.report.wording.words import place

KNOWN: Final = frozenset(Finding)
FIRST_SERVER_ERROR: Final = 500


def signature_refused(reason: Reason, facts: Facts) -> Said:
    text = facts.text("finding")
    finding = Finding(text) if text in KNOWN else Finding.UNCLEAR
    refused = prose(
        "{} of {} to {} were answered {}",
        numbers.count(facts.whole("refused")),
        numbers.counted(facts.whole("requests") or 0, "signed request"),
        place(reason.endpoint),
        numbers.count(facts.whole("status")),
    )
    why, remedy = _why(finding, facts)
    return Said(prose("{}: {}", refused, why), remedy)


def _why(finding: Finding, facts: Facts) -> tuple[Prose, Prose]:
    match finding:
        case Finding.SECRET:
            return prose(
                "the two sides likely do not share a secret. The signature fits the bytes that were sent, and the "
                "server refuses even a rightly signed {}, which no serialiser changes.",
                Code("{}"),
            ), prose(
                "Give both sides the same secret; then compare algorithm, header and what is signed with {} in {}.",
                Code("sign"),
                FILE,
            )
        case Finding.RESERIALISED:
            return prose(
                "the server is likely wrong. The signature fits the bytes that were sent; {}, so it checks the "
                "signature over JSON that it wrote anew.",
                _shown_by(facts),
            ), prose(
                "Let the server check the signature over the raw body, before it parses it{}.",
                facts.clause("; until then {} in the request gets the load through", "style_setting"),
            )
        case Finding.CLOCK:
            return prose(
                "the clocks differ: the server's is off by {} from the sender's, and it takes the same body signed for "
                "its own time.",
                numbers.span(abs(facts.number("clock_off") or 0.0)),
            ), prose("Set the clocks, or let the server allow for more.")
        case Finding.SENDER:
            return prose("the sender is wrong. The signature does not fit the bytes that were sent."), prose(
                "Sign the bytes that go out, after the JSON is written, and send those as they are."
            )
        case Finding.SERVER_ERROR:
            return prose(
                "that is a server error, not a refused signature: the signature fits the bytes that were sent{}.",
                _as_to_signature(facts.whole("wrongly")),
            ), prose("Read the server's log; what it answered is below.")
        case Finding.UNCLEAR:
            return prose(
                "the signature fits the bytes that were sent; what the server has against it, probes did not show."
            ), prose("What was tried is below; see the server's log.")


def _shown_by(facts: Facts) -> Prose:
    if facts.text("style") is None:
        return prose("it takes a rightly signed {}, which no serialiser changes", Code("{}"))
    return prose("it takes the same body written in another style")


def _as_to_signature(wrongly: int | None) -> str:
    if wrongly is None:
        return ""
    if wrongly >= FIRST_SERVER_ERROR:
        return f", and the same body wrongly signed was answered {wrongly}, too, so it failed before it looked"
    return f", and the same body wrongly signed was answered {wrongly}"


def journey_failed(reason: Reason, facts: Facts) -> Said:
    return Said(
        prose(
            "{} of {} failed: {}.",
            numbers.count(facts.whole("failures")),
            numbers.counted(facts.whole("requests") or 0, "journey"),
            place(facts.text("label") or reason.endpoint),
        ),
        prose(
            "What they failed of is below. A budget such as {} decides how many may.",
            Code("JOURNEY …: success_rate > 99%"),
        ),
    )

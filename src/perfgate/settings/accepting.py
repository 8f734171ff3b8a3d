"""A cost that somebody accepts in words: `p95 of POST /tickets up to 25%: the signature is checked now`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from perfgate.records.metric import Metric
from perfgate.settings.criteria import LABEL
from perfgate.settings.units import parse_percentage

REASON_LIMIT: Final = 300  # characters
_SAID: Final = re.compile(
    r"(?P<metric>[a-z0-9_]+)(?: of (?P<endpoint>total|[A-Z]+ \S.*?))?"
    r"(?: up to (?P<up_to>\S+ ?(?:%|pp)))?: +(?P<why>\S.*)"
)


@dataclass(frozen=True)
class Accepted:
    """`endpoint` None: wherever; `up_to` None: however large."""

    metric: Metric
    endpoint: str | None
    up_to: float | None
    reason: str


def parse_accepted(text: str) -> Accepted:
    """Raises `ValueError` saying how to write it."""
    said = _SAID.fullmatch(" ".join(text.replace("`", "").split()))
    if said is None or said["metric"] not in set(Metric):
        raise ValueError("write it as `METRIC [of ENDPOINT] [up to N%]: why`")
    endpoint = said["endpoint"]
    if endpoint not in (None, "total") and not LABEL.fullmatch(endpoint):
        raise ValueError("an endpoint is method and name, as `POST /tickets/{id}`")
    up_to = None if said["up_to"] is None else parse_percentage(said["up_to"])
    if up_to is not None and up_to <= 0:
        raise ValueError("what is accepted must be above 0")
    return Accepted(Metric(said["metric"]), endpoint, up_to, said["why"][:REASON_LIMIT])
